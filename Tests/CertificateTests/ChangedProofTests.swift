import Certificate
import Consistency
import History
import KeyValue
import Reports
import TestSupport
import Testing

/// Proofs of what is so, changed in one place such that they prove it no longer.
@Suite("Changed proofs are refused")
struct ChangedProofTests {
  private static let count: UInt64 = 1_500

  @Test("what was dropped, doubled, misattributed or made up is missed", arguments: Model.allCases)
  func changes(model: Model) {
    var seen: [String: Int] = [:]
    for seed in 0..<Self.count {
      let history = ForgedProofTests.history(seed, model)
      guard let claim = Claim(check(history, model)) else { continue }
      var random = SplitMix64(seed: seed)
      for form in forms(of: claim.evidence, model, history, &random) {
        #expect(ForgedProofTests.isProved(Claim(claim.model, form), history), "seed \(seed): \(form)")
        for (name, evidence) in changes(of: form, history, &random) {
          seen[name, default: 0] += 1
          #expect(
            !ForgedProofTests.isProved(Claim(claim.model, evidence), history),
            "seed \(seed), \(name): \(evidence)\nof \(form)\n\(HistoryText.text(history))")
        }
      }
    }
    #expect(seen.count >= 4 && seen.values.allSatisfy { $0 > 5 }, "\(model): \(seen)")
  }

  @Test("vector clocks are needed only where there is no order; larger ones than allowed are beyond reach")
  func tooWide() throws {
    var seen: [String: Int] = [:]
    for model in Model.allCases {
      for seed in 0..<UInt64(200) {
        let history = ForgedProofTests.history(seed, model)
        guard let claim = Claim(check(history, model)), claim.holds, !history.operations.isEmpty else {
          continue
        }
        var random = SplitMix64(seed: seed)
        for form in forms(of: claim.evidence, model, history, &random) {
          var verifier = Verifier(history, clocksMax: 0)
          #expect(try verifier.verify(Claim(claim.model, form)) == .proved, "seed \(seed), \(model)")
          guard model == .causal, case .readsFrom(let sources, let order) = form else { continue }
          #expect(!order.isEmpty, "seed \(seed)")
          let bare = Claim(.causal, .readsFrom(sources, along: []))
          #expect(ForgedProofTests.isProved(bare, history), "seed \(seed)")
          guard case .beyondReach = try verifier.verify(bare) else {
            Issue.record("seed \(seed): proved without clocks or an order")
            continue
          }
          seen["beyond reach", default: 0] += 1
        }
      }
    }
    #expect(seen["beyond reach", default: 0] > 5, "\(seen)")
  }

  @Test("a limit that is reached on the way proves nothing and refutes nothing", arguments: Model.allCases)
  func limited(model: Model) throws {
    var findings: [Bool: Int] = [:]
    for seed in 0..<UInt64(200) {
      let history = ForgedProofTests.history(seed, model)
      guard let claim = Claim(check(history, model)) else { continue }
      var random = SplitMix64(seed: seed)
      let changed = changes(of: claim.evidence, history, &random).map { Claim(claim.model, $0.1) }
      for patience in [0, 1, 2, 5, 10, 20, 100, 1000] {
        let finding = try finding(of: claim, history, patience: patience)
        findings[finding == .proved, default: 0] += 1
        for claim in changed {
          let forged = try? self.finding(of: claim, history, patience: patience)
          #expect(forged != .proved, "seed \(seed), \(claim)")
        }
      }
    }
    #expect(findings.values.allSatisfy { $0 > 100 } && findings.count == 2, "\(findings)")
  }

  /// What a verifier says that stops at the question after so many.
  private func finding(of claim: Claim, _ history: History, patience: Int) throws -> Finding {
    var verifier = Verifier(history)
    var questions = 0
    verifier.limit(stepsPerQuestion: 0) { _ in
      questions += 1
      return questions > patience ? "there is no time left" : nil
    }
    return try verifier.verify(claim)
  }

  @Test(
    "two operations that changed places are found out where it matters",
    arguments: [Model.linearizable, .sequential])
  func swaps(model: Model) {
    var refused = 0
    for seed in 0..<Self.count {
      let history = ForgedProofTests.history(seed, model)
      guard let claim = Claim(check(history, model)), claim.holds else { continue }
      var random = SplitMix64(seed: seed)
      let evidence: Evidence
      let orders: [[Int32]]
      switch claim.evidence {
      case .order(let order):
        let other = swapped(order, &random)
        evidence = .order(other)
        orders = [other]
      case .orderOfEachKey(let keys):
        let others = keys.map { KeyOrder(key: $0.key, operations: swapped($0.operations, &random)) }
        evidence = .orderOfEachKey(others)
        orders = others.map(\.operations)
      default: continue
      }
      let isRight = orders.allSatisfy { isOrder($0, history, isRealTime: model == .linearizable) }
      #expect(ForgedProofTests.isProved(Claim(claim.model, evidence), history) == isRight, "seed \(seed)")
      if !isRight { refused += 1 }
    }
    #expect(refused > 100, "\(refused)")
  }

  private func swapped(_ order: [Int32], _ random: inout SplitMix64) -> [Int32] {
    guard order.count > 1 else { return order }
    var order = order
    order.swapAt(random.below(order.count), random.below(order.count))
    return order
  }

  /// The definition, pair by pair.
  private func isOrder(_ order: [Int32], _ history: History, isRealTime: Bool) -> Bool {
    let operations = order.map { history.operations[Int($0)] }
    return operations.indices.allSatisfy { place in
      let operation = operations[place]
      let keepsOrder = operations[..<place].indices.allSatisfy { before in
        if operations[before].process == operation.process { return order[before] < order[place] }
        return !isRealTime || operation.completed >= operations[before].invoked
      }
      let last = operations[..<place].last { $0.key == operation.key && $0.mayWrite }
      return keepsOrder
        && BruteForce.fits(operation, last?.value ?? history.initialValue(of: operation.key))
    }
  }

  /// The evidence, and where it is an order of all operations another form in which it shows the same of a weaker model.
  private func forms(
    of evidence: Evidence, _ model: Model, _ history: History, _ random: inout SplitMix64
  ) -> [Evidence] {
    guard case .order(let whole) = evidence, Model.sequential.implied.contains(model) else {
      return [evidence]
    }
    var sources = Sources(reads: [], writes: [])
    var held: [KeyID: Int32] = [:]
    for index in whole {
      let operation = history.operations[Int(index)]
      if operation.kind != .write {
        sources.reads.append(index)
        sources.writes.append(held[operation.key] ?? Sources.initial)
      }
      if operation.mayWrite { held[operation.key] = index }
    }
    // A write of unknown outcome that nothing read from need not have happened.
    let needed = Set(sources.reads).union(sources.writes)
    let order = whole.filter { history.operations[Int($0)].outcome == .ok || needed.contains($0) }
    switch model {
    case .causalConvergence: return [evidence, .arbitration(order, sources)]
    case .causal, .writesFollowReads: return [evidence, .readsFrom(sources, along: order)]
    case .causalMemory, .pram:
      guard !order.isEmpty else { return [evidence] }
      let process = history.operations[Int(random.pick(order))].process
      let own = order.filter {
        history.operations[Int($0)].process == process || history.operations[Int($0)].mayWrite
      }
      return [
        evidence,
        .orderOfEachProcess([ProcessOrder(process: process, operations: own)], common: order),
      ]
    default: return [evidence, .readsFrom(sources, along: [])]
    }
  }

  /// Changes each of which breaks the evidence for certain.
  private func changes(
    of evidence: Evidence, _ history: History, _ random: inout SplitMix64
  ) -> [(String, Evidence)] {
    func isCertain(_ index: Int32) -> Bool {
      let operation = history.operations[Int(index)]
      return operation.outcome == .ok && (operation.kind != .read || operation.hasResult)
    }
    var changed: [(String, Evidence)] = [
      ("another kind", .agreement([])), ("stranger's core", .core(Core(operations: [Int32.max]))),
      ("empty core", .core(Core(operations: []))),
    ]
    func edit(_ order: [Int32], _ name: String, _ make: ([Int32]) -> Evidence) {
      if let place = order.indices.filter({ isCertain(order[$0]) }).last {
        var shorter = order
        shorter.remove(at: place)
        changed.append(("\(name) dropped", make(shorter)))
      }
      if let first = order.first { changed.append(("\(name) doubled", make(order + [first]))) }
      changed.append(("\(name) made up", make(order + [Int32(history.operations.count)])))
      changed.append(("\(name) negative", make([-7] + order)))
    }
    func edit(_ sources: Sources, _ make: (Sources) -> Evidence) {
      guard !sources.reads.isEmpty else { return }
      let place = random.below(sources.reads.count)
      var shorter = sources
      shorter.reads.remove(at: place)
      changed.append(("columns of two lengths", make(shorter)))
      shorter.writes.remove(at: place)
      if isCertain(sources.reads[place]) { changed.append(("source dropped", make(shorter))) }
      var doubled = sources
      doubled.reads.append(sources.reads[place])
      doubled.writes.append(sources.writes[place])
      changed.append(("source doubled", make(doubled)))
      let read = history.operations[Int(sources.reads[place])]
      let wrong = history.operations.indices.filter {
        let write = history.operations[$0]
        return !write.mayWrite || write.key != read.key || !BruteForce.fits(read, write.value)
      }
      if !wrong.isEmpty {
        var other = sources
        other.writes[place] = Int32(random.pick(wrong))
        changed.append(("source wrong", make(other)))
      }
      if !BruteForce.fits(read, history.initialValue(of: read.key)) {
        var other = sources
        other.writes[place] = Sources.initial
        changed.append(("source initial", make(other)))
      }
    }
    switch evidence {
    case .order(let order): edit(order, "operation") { .order($0) }
    case .orderOfEachKey(let keys):
      if let key = keys.last {
        edit(key.operations, "operation") {
          .orderOfEachKey(keys.dropLast() + [KeyOrder(key: key.key, operations: $0)])
        }
        changed.append(("key doubled", .orderOfEachKey(keys + [key])))
      }
    case .orderOfEachProcess(let orders, let common):
      if let order = orders.last {
        let own = order.operations.filter { history.operations[Int($0)].process == order.process }
        edit(own, "operation") { own in
          .orderOfEachProcess(
            orders.dropLast() + [ProcessOrder(process: order.process, operations: own)], common: common)
        }
        changed.append(("process doubled", .orderOfEachProcess(orders + [order], common: common)))
      }
      // Without a common order those that all processes have are enough.
      if common.count > 1 { edit(common, "common operation") { .orderOfEachProcess(orders, common: $0) } }
      let processes = common.map { history.operations[Int($0)].process }
      if Set(processes).count < processes.count {
        changed.append(("common order backwards", .orderOfEachProcess(orders, common: common.reversed())))
      }
    case .readsFrom(let sources, let order):
      edit(sources) { .readsFrom($0, along: order) }
      // Without an order the sources are enough.
      if order.count > 1 { edit(order, "operation") { .readsFrom(sources, along: $0) } }
    case .arbitration(let order, let sources):
      edit(order, "operation") { .arbitration($0, sources) }
      edit(sources) { .arbitration(order, $0) }
    case .agreement(let agreements):
      guard let last = agreements.last else { break }
      func replace(_ name: String, _ change: (inout Agreement) -> Void) {
        var other = last
        change(&other)
        changed.append((name, .agreement(agreements.dropLast() + [other])))
      }
      changed.append(("agreement dropped", .agreement(agreements.dropLast())))
      changed.append(("agreement doubled", .agreement(agreements + [last])))
      replace("value wrong") { $0.value = ValueID(index: $0.value.index + 1) }
      replace("read dropped") { $0.reads.removeLast() }
      replace("time wrong") { $0.converged = ($0.converged ?? 0) + 1 }
      replace("write made up") { $0.write = -1 }
    case .core(let core):
      changed.append(("core doubled", .core(Core(operations: core.operations + core.operations.prefix(1)))))
      changed.append(("core with a stranger", .core(Core(operations: core.operations + [-1]))))
      changed.append(("named stranger", .core(Core(operations: core.operations, named: [Int32.max]))))
      if let edge = core.cycle.first, core.cycle.count > 1 {
        var cycle = core.cycle
        cycle[0] = Edge(from: edge.to, to: edge.from, reason: edge.reason)
        changed.append(("edge reversed", .core(Core(operations: core.operations, cycle: cycle))))
        changed.append(
          ("circle opened", .core(Core(operations: core.operations, cycle: Array(core.cycle.dropLast())))))
      }
    case .follows: break
    }
    return changed
  }
}
