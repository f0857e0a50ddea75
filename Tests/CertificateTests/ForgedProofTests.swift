import Certificate
import Consistency
import History
import KeyValue
import Reports
import TestSupport
import Testing

/// Proofs of what is not so. Whatever evidence is made up, no claim that brute force refutes may be proved.
@Suite("Forged proofs are refused")
struct ForgedProofTests {
  private static let count: UInt64 = 1_500

  /// Stores that more or less work, and readings that nothing ties to a store, by turns.
  static func history(_ seed: UInt64, _ model: Model) -> History {
    if model == .eventual || seed.isMultiple(of: 2) {
      var random = RandomHistories(seed: seed, hasFinalReads: model == .eventual, operationsMax: 6)
      return random.next()
    }
    var random = RandomReadings(seed: seed, operationsMax: 7)
    return random.next()
  }

  @Test("that a model holds which is violated", arguments: Model.allCases)
  func passes(model: Model) {
    var refused = 0
    for seed in 0..<Self.count {
      let history = Self.history(seed, model)
      guard BruteForce.answer(history, model) == .violated else { continue }
      var forger = Forger(history, seed: seed)
      for _ in 0..<8 {
        let evidence = forger.pass(model)
        refused += 1
        #expect(
          !Self.isProved(Claim(Promise(model), evidence), history),
          "seed \(seed), \(model): \(evidence)\n\(HistoryText.text(history))")
      }
    }
    #expect(refused > 500, "\(refused)")
  }

  @Test("that all replicas agreed, of which there are more than answered", arguments: [2, 1 << 31, .max])
  func silentReplicas(servers: Int) throws {
    func agreement(_ servers: Int) throws -> Bool {
      let history = try HistoryText.parse("w(a,1)[0..1]@0\nr(a,1)[5..6]@0*", servers: servers)
      let agreement = Agreement(
        key: history.operations[1].key, value: history.operations[1].value, reads: [1], write: 0, converged: 5
      )
      return Self.isProved(Claim(.eventual, .agreement([agreement])), history)
    }
    #expect(try agreement(1))
    #expect(try !agreement(servers))
  }

  @Test("that a model is violated which holds, or is open")
  func violations() {
    var refused: [Model: Int] = [:]
    for seed in 0..<Self.count {
      for models in [Model.allCases.filter { $0 != .eventual }, [.eventual]] {
        let history = Self.history(seed, models[0])
        let prepared = PreparedHistory(history)
        let verdicts = Model.allCases.map { check(prepared, $0) }.filter(\.isViolated)
        for model in models where BruteForce.answer(history, model) != .violated {
          var forger = Forger(history, seed: seed)
          for _ in 0..<4 {
            let core = forger.core()
            refused[model, default: 0] += 1
            #expect(
              !Self.isProved(Claim(Promise(model), .core(core)), history),
              "seed \(seed), \(model): \(core)\n\(HistoryText.text(history))")
          }
          // What contradicts a stronger model does not contradict this one.
          for verdict in verdicts {
            guard let claim = Claim(verdict) else { continue }
            #expect(
              !Self.isProved(Claim(Promise(model), claim.evidence), history),
              "seed \(seed), \(verdict.model) for \(model)")
          }
        }
      }
    }
    #expect(refused.count == Model.allCases.count && refused.values.allSatisfy { $0 > 500 }, "\(refused)")
  }

  @Test("what is too large to go through is neither proved nor refused")
  func large() throws {
    let writes = (0..<2_200).map {
      "w(a,\($0))[\(4 * $0)..\(4 * $0 + 1)] r(a,\($0))[\(4 * $0 + 2)..\(4 * $0 + 3)]"
    }
    let history = try HistoryText.parse(writes.joined(separator: " "))
    var verifier = Verifier(history)
    let core = Core(operations: history.operations.indices.map { Int32($0) })
    guard case .beyondReach(let reason) = try verifier.verify(Claim(.causal, .core(core))) else {
      Issue.record("that was not too much")
      return
    }
    #expect(reason.contains("4400 operations"))
  }

  @Test("that a common order keeps causal order, which it breaks through a process with an order of its own")
  func commonOrder() throws {
    // Whoever reads b has causally seen the write of a.
    let history = try HistoryText.parse(
      """
      w(a,1)[0..1]
      r(a,1)[2..3] w(b,1)[4..5]
      r(b,1)[6..7] r(a,null)[8..9]
      """)
    let own = ProcessOrder(process: history.operations[1].process, operations: [0, 1, 2])
    let evidence = Evidence.orderOfEachProcess([own], common: [1, 2, 3, 4, 0])
    #expect(Self.isProved(Claim(.pram, evidence), history))
    #expect(!Self.isProved(Claim(.causalMemory, evidence), history))
  }

  @Test("that a verdict follows which does not")
  func consequences() throws {
    let history = try HistoryText.parse("w(a,1)[0..1] r(a,1)[2..3]\nr(a,1)[4..5]")
    let strong = try #require(Claim(check(history, .causal)))
    for model in Promise.allCases {
      var verifier = Verifier(history)
      #expect(try verifier.verify(strong) == .proved)
      let isImplied = strong.model.implies(model, showsProcessOrder: true)
      let claim = Claim(model, .follows(strong.model, holds: true))
      #expect((try? verifier.verify(claim)) == (isImplied ? .proved : nil), "\(model)")
      #expect(throws: Objection.self) { try verifier.verify(Claim(model, .follows(.pram, holds: true))) }
      #expect(throws: Objection.self) {
        try verifier.verify(Claim(model, .follows(strong.model, holds: false)))
      }
    }
  }

  @Test(
    "what the verifier takes to follow is what the checkers do, with and without a clock that shows process order"
  )
  func implications() {
    for model in Model.allCases {
      for other in Model.allCases {
        #expect(
          Promise(model).implies(Promise(other), showsProcessOrder: true) == model.implied.contains(other))
      }
      #expect(Promise(model).rawValue == model.rawValue)
    }
    let weak = Promise.allCases.filter { Promise.linearizable.implies($0, showsProcessOrder: false) }
    #expect(Set(weak) == [.regular, .safe, .readYourWrites])
  }

  static func isProved(_ claim: Claim, _ history: History) -> Bool {
    var verifier = Verifier(history)
    return (try? verifier.verify(claim)) == .proved
  }
}

/// Makes up evidence for a history: some of it nearly right.
struct Forger {
  private let history: History
  private var random: SplitMix64

  init(_ history: History, seed: UInt64) {
    self.history = history
    random = SplitMix64(seed: seed &* 31 &+ 7)
  }

  private func isEffective(_ operation: Operation) -> Bool {
    operation.outcome == .ok && (operation.kind != .read || operation.hasResult)
  }

  private func fits(_ operation: Operation, _ value: ValueID) -> Bool {
    switch operation.kind {
    case .read: operation.value == value
    case .write: true
    case .compareAndSet where operation.isMismatch:
      operation.expected != value && (!operation.hasResult || operation.value == value)
    case .compareAndSet: operation.expected == value
    }
  }

  /// What happened: all that certainly did, and some of the rest.
  private mutating func happened() -> [Int32] {
    history.operations.indices.filter { index in
      let operation = history.operations[index]
      return isEffective(operation)
        || (operation.outcome == .unknown && operation.kind != .read && random.percent(60))
    }.map { Int32($0) }
  }

  /// An order of operations that keeps that of each process, and in which operations mostly come where they find their
  /// values.
  private mutating func order(_ operations: [Int32], keepsProcesses: Bool = true) -> [Int32] {
    var left = operations
    var order: [Int32] = []
    var held: [KeyID: ValueID] = [:]
    while !left.isEmpty {
      var candidates = left.filter { index in
        !keepsProcesses
          || !left.contains {
            $0 < index && history.operations[Int($0)].process == history.operations[Int(index)].process
          }
      }
      let fitting = candidates.filter { index in
        let operation = history.operations[Int(index)]
        return fits(operation, held[operation.key] ?? history.initialValue(of: operation.key))
      }
      if !fitting.isEmpty, random.percent(90) { candidates = fitting }
      let next = random.pick(candidates)
      let operation = history.operations[Int(next)]
      if operation.mayWrite { held[operation.key] = operation.value }
      order.append(next)
      left.removeAll { $0 == next }
    }
    return order
  }

  private mutating func sources(_ happened: [Int32]) -> Sources {
    var sources = Sources(reads: [], writes: [])
    for index in happened where history.operations[Int(index)].kind != .write {
      let operation = history.operations[Int(index)]
      var found = happened.filter {
        let write = history.operations[Int($0)]
        return $0 != index && write.mayWrite && write.key == operation.key && fits(operation, write.value)
      }
      if found.isEmpty || fits(operation, history.initialValue(of: operation.key)) {
        found.append(Sources.initial)
      }
      sources.reads.append(index)
      sources.writes.append(random.pick(found))
    }
    return sources
  }

  /// Evidence that a model holds.
  mutating func pass(_ model: Model) -> Evidence {
    let happened = happened()
    // What shows sequential consistency shows all that it implies.
    if Model.sequential.implied.contains(model), random.percent(15) {
      return .order(order(happened, keepsProcesses: random.percent(90)))
    }
    switch model {
    case .linearizable:
      let keys = Set(happened.map { history.operations[Int($0)].key }).sorted()
      return .orderOfEachKey(
        keys.map { key in
          let own = happened.filter { history.operations[Int($0)].key == key }
          return KeyOrder(key: key, operations: order(own))
        })
    case .sequential: return .order(order(happened, keepsProcesses: random.percent(90)))
    case .causalConvergence: return .arbitration(order(happened), sources(happened))
    case .causalMemory, .pram:
      var processes = Set(happened.map { history.operations[Int($0)].process }).sorted()
      let hasCommon = random.percent(50)
      if hasCommon { processes.removeAll { _ in random.percent(60) } }
      return .orderOfEachProcess(
        processes.map { process in
          let own = happened.filter {
            history.operations[Int($0)].process == process || history.operations[Int($0)].mayWrite
          }
          return ProcessOrder(process: process, operations: order(own))
        }, common: hasCommon ? order(happened, keepsProcesses: random.percent(90)) : [])
    case .eventual:
      return .agreement(
        Set(history.operations.map(\.key)).sorted().map { key in
          let reads = history.operations.indices.filter {
            let operation = history.operations[$0]
            return operation.key == key && operation.isFinal && operation.kind == .read
              && isEffective(operation)
          }
          let value = reads.isEmpty ? .null : history.operations[random.pick(reads)].value
          let writes = happened.filter {
            history.operations[Int($0)].key == key && history.operations[Int($0)].value == value
          }
          let last = history.operations.filter { $0.key == key && $0.mayWrite && $0.outcome == .ok }
            .map(\.completed).max()
          let end = reads.map { history.operations[$0].completed }.max()
          return Agreement(
            key: key, value: value, reads: reads.map { Int32($0) },
            write: writes.isEmpty ? nil : random.pick(writes),
            converged: last.flatMap { last in end.map { $0 - last } })
        })
    case .causal, .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads, .regular, .safe:
      return .readsFrom(
        sources(happened),
        along: random.percent(50) ? order(happened, keepsProcesses: random.percent(90)) : [])
    }
  }

  /// Some operations that are to contradict a model.
  mutating func core() -> Core {
    let share = random.pick([30, 60, 90, 100])
    return Core(
      operations: history.operations.indices.filter { _ in random.percent(share) }.map { Int32($0) })
  }
}
