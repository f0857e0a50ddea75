public import History
import KeyValue

/// Validates what checkers say about a history, from the definitions of the models and the evidence alone.
///
/// It shares no code with the engines that find verdicts, and needs none of their cleverness: a pass comes with the order
/// or the reading that they had to search for, which is replayed; and a violation comes with few operations, of which it
/// is shown that they contradict the model whatever else happened (``ClosedPart``).
public struct Verifier {
  private let history: History
  private let pace = Pace()
  private var arranged: Columns?
  private lazy var showsProcessOrder = columns.showsProcessOrder
  /// What was proved: for each model whether it holds.
  private var known: [Promise: (holds: Bool, finding: Finding)] = [:]
  /// How many numbers vector clocks may consist of.
  private let clocksMax: Int

  /// Prepares to verify claims about a history.
  ///
  /// - Parameter clocksMax: the largest product of operations and processes for which vector clocks are made. The default
  ///   lets them take a gigabyte at worst; a claim that needs more, since it comes without an order, is beyond reach.
  public init(_ history: History, clocksMax: Int = 1 << 28) {
    self.history = history
    self.clocksMax = clocksMax
  }

  /// Sets what verifying may cost from here on: a claim at which that is reached is beyond reach.
  ///
  /// - Parameters:
  ///   - stepsPerQuestion: how many steps, of some tens of nanoseconds, pass between two questions.
  ///   - reasonToStop: is asked on the way, with how many bytes are wanted; says why to stop, or nil to go on.
  public func limit(
    stepsPerQuestion: Int = 16_384, _ reasonToStop: @escaping (_ bytesWanted: Int) -> String?
  ) {
    pace.stepsPerQuestion = stepsPerQuestion
    pace.reasonToStop = reasonToStop
  }

  /// Verifies a claim. Claims on which others rest come first.
  ///
  /// Near linear in the history and the evidence: see the checks of each model.
  ///
  /// - Throws: what is wrong with the claim.
  public mutating func verify(_ claim: Claim) throws(Objection) -> Finding {
    let finding: Finding
    do throws(Objection) {
      try pace.ask(for: 0)
      if arranged == nil { arranged = try Columns(pacing: history, pace) }
      finding = try self.finding(claim)
    } catch {
      guard error.isGivingUp else { throw error }
      finding = .beyondReach(error.reason)
    }
    if let before = known[claim.model], before.holds != claim.holds {
      throw Objection("another claim says the opposite")
    }
    known[claim.model] = (claim.holds, finding)
    return finding
  }

  /// The history, which is arranged before anything is asked of it.
  private var columns: Columns { arranged ?? Columns(history, pace) }

  private mutating func finding(_ claim: Claim) throws(Objection) -> Finding {
    switch (claim.evidence, claim.model) {
    case (.follows(let other, let holds), let model):
      guard let premise = known[other], premise.holds == holds else {
        throw Objection("it is to follow from \(other), of which that was not shown")
      }
      let follows =
        holds
        ? other.implies(model, showsProcessOrder: showsProcessOrder)
        : model.implies(other, showsProcessOrder: showsProcessOrder)
      if !follows { throw Objection("it does not follow from \(other)") }
      return premise.finding
    case (.core(let core), let model): return try refute(model, core)
    case (.orderOfEachKey(let orders), .linearizable): try OrderReplay.verify(orders, columns)
    case (.order(let order), let model)
    where model == .sequential || Promise.sequential.implies(model, showsProcessOrder: false):
      try OrderReplay.verify(order, columns)
    case (.orderOfEachProcess(let orders, let common), .causalMemory):
      try ProcessViews.verify(orders, common: common, isCausal: true, columns)
    case (.orderOfEachProcess(let orders, let common), .pram):
      try ProcessViews.verify(orders, common: common, isCausal: false, columns)
    case (.readsFrom(_, along: []), .causal) where isTooWide:
      return .beyondReach(
        "\(columns.operations.count) operations of \(columns.sessionCount) processes take too large vector clocks"
      )
    case (.arbitration(let order, let sources), .causalConvergence):
      try Reading(sources, columns).expectConvergent(order, mayUseClocks: !isTooWide)
    case (.readsFrom(let sources, let order), let model): try verify(Reading(sources, columns), order, model)
    case (.agreement(let agreements), .eventual): try Convergence(columns).verify(agreements)
    case (.orderOfEachKey, _), (.order, _), (.orderOfEachProcess, _), (.arbitration, _), (.agreement, _):
      throw Objection("evidence of this kind does not show that it holds")
    }
    return .proved
  }

  /// Whether the clocks of ``CausalPast``, a number for each operation and process at worst, could take more than a
  /// gigabyte.
  private var isTooWide: Bool {
    mutating get { columns.operations.count * columns.sessionCount > clocksMax }
  }

  private mutating func verify(_ reading: Reading, _ order: [Int32], _ model: Promise) throws(Objection) {
    switch model {
    case .causal where order.isEmpty: try reading.expectCausal()
    case .causal: try reading.expectCausal(along: order, mayUseClocks: !isTooWide)
    case .readYourWrites: try reading.expectOwnWrites()
    case .monotonicReads: try reading.expectMonotonicReads()
    case .monotonicWrites: try reading.expectMonotonicWrites()
    case .writesFollowReads: try FollowedReads.verify(reading, along: order)
    case .regular: try Registers.verify(reading, isSafe: false)
    case .safe: try Registers.verify(reading, isSafe: true)
    case .linearizable, .sequential, .causalMemory, .causalConvergence, .pram, .eventual:
      throw Objection("what was read from what does not show that it holds")
    }
  }

  // MARK: Violations

  private mutating func refute(_ model: Promise, _ core: Core) throws(Objection) -> Finding {
    var members = Set<Int32>(minimumCapacity: core.operations.count)
    for index in core.operations {
      _ = try columns.operation(index)
      guard members.insert(index).inserted else { throw columns.objection("is shown twice", at: index) }
    }
    for index in core.named where !members.contains(index) {
      throw Objection("operation #\(index) is told of, but is not among those shown")
    }
    try Circle(columns, members).verify(core.cycle)
    let part = core.operations.filter { columns.operations[Int($0)].isInPlay }.sorted()
    if model != .eventual, try ClosedPart.hasSourceless(part, columns, order(of: model)) { return .proved }
    switch model {
    case .eventual:
      try Convergence(columns).refute(core.operations)
      return .proved
    case .regular, .safe:
      try ClosedPart.expect(part, columns, order(of: model))
      guard RegisterRefutation(columns, part, isSafe: model == .safe).isRefuted() else {
        throw contradictionless
      }
      return .proved
    case .linearizable:
      try ClosedPart.expect(part, columns, order(of: model))
      return try refuteOrders(part, inRealTime: true)
    case .sequential:
      try ClosedPart.expect(part, columns, order(of: model))
      // A circle is found without trying orders, if the sources of the values are all there.
      if (try? ClosedPart.expect(part, columns, .none)) != nil,
        case .refuted = refutation(of: part, model)
      {
        return .proved
      }
      return try refuteOrders(part, inRealTime: false)
    case .causal, .causalMemory, .causalConvergence, .pram, .readYourWrites, .monotonicReads,
      .monotonicWrites,
      .writesFollowReads:
      try ClosedPart.expect(part, columns, order(of: model))
      switch refutation(of: part, model) {
      case .refuted: return .proved
      case .possible: throw contradictionless
      case .tooMany:
        if let reason = pace.reasonToStop(0) { return .beyondReach(reason) }
        return .beyondReach("\(part.count) operations with many ways to read are too many to go through")
      }
    }
  }

  private func order(of model: Promise) -> ClosedPart.Order {
    switch model {
    case .linearizable: .total(inRealTime: true)
    case .sequential: .total(inRealTime: false)
    case .regular, .safe: .registers
    default: .none
    }
  }

  private var contradictionless: Objection { Objection("the operations shown do not contradict it") }

  private mutating func refutation(of part: [Int32], _ model: Promise) -> ReadingRefutation.Answer {
    let history = columns.history.restricted(to: part.map { OperationID(Int($0)) })
    var refutation = ReadingRefutation(model, Columns(history), pace)
    return refutation.run()
  }

  /// Tries all orders: of linearizability key by key, which is enough if one key has none.
  private mutating func refuteOrders(_ part: [Int32], inRealTime: Bool) throws(Objection) -> Finding {
    let parts =
      inRealTime
      ? Array(Dictionary(grouping: part) { columns.operations[Int($0)].key }.values) : [part]
    var isOpen = false
    for part in parts {
      switch OrderSearch(columns, part, inRealTime: inRealTime).run(pace) {
      case .noOrder: return .proved
      case .order: continue
      case .tooMany: isOpen = true
      }
    }
    if isOpen, let reason = pace.reasonToStop(0) { return .beyondReach(reason) }
    if isOpen { return .beyondReach("\(part.count) operations have too many orders to go through") }
    throw contradictionless
  }
}
