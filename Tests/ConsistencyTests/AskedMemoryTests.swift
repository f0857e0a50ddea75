import History
import Synchronization
import TestSupport
import Testing

@testable import Consistency

/// What the checkers ask for before they make it, counted in bytes.
@Suite("Memory is asked for before it is used")
struct AskedMemoryTests {
  /// Counts what is asked for, and refuses from some size on.
  private final class Meter: Sendable {
    private let asked = Mutex<[Int]>([])

    /// Limits under which a request for more than so many bytes is refused.
    func limits(bytesMax: Int = .max) -> Limits {
      Limits(
        memoryBytesMax: bytesMax,
        memoryInUse: { wanted in
          self.asked.withLock { $0.append(wanted) }
          return 0
        })
    }

    var sum: Int { asked.withLock { $0.reduce(0, +) } }
    var count: Int { asked.withLock { $0.count } }
    var most: Int { asked.withLock { $0.max() ?? 0 } }
    func hasAsked(for bytes: Int) -> Bool { asked.withLock { $0.contains(bytes) } }
  }

  private static func history(_ staleReads: Int) -> History {
    var large = LargeHistories()
    large.operations = 3_000
    large.processes = 6
    large.keys = 3
    large.staleReads = staleReads
    return large.history(seed: 7)
  }

  /// The bytes of the numbers that evidence consists of.
  private func bytes(_ witness: Witness) -> Int {
    let id = MemoryLayout<OperationID>.stride
    let source = MemoryLayout<Witness.Source>.stride
    return switch witness {
    case .order(let order): order.count * id
    case .orderOfEachKey(let orders): orders.reduce(0) { $0 + $1.operations.count } * id
    case .orderOfEachProcess(let orders, let common):
      (orders.reduce(common.count) { $0 + $1.operations.count }) * id
    case .readsFrom(let sources, let order), .arbitration(let order, let sources):
      sources.count * source + order.count * id
    case .agreement: 0
    }
  }

  @Test("preparing a search asks as often as what it fills grows, not for every operation")
  func rarely() throws {
    for valuesCount in 1...40 {
      var large = LargeHistories()
      large.operations = 1_000
      large.processes = 4
      large.keys = 1
      large.values = valuesCount
      let history = large.history(seed: 3)
      let meter = Meter()
      let ids = history.operations.indices.map { OperationID($0) }
      let operations = try EffectiveOperations(history, ids, Budget(meter.limits()))
      #expect(operations.count > 900 && meter.count < 10, "\(valuesCount) values: asked \(meter.count) times")
    }
  }

  @Test("a source takes no more than two ids")
  func sourceSize() {
    #expect(MemoryLayout<Witness.Source>.stride == 2 * MemoryLayout<OperationID>.stride)
    let read = OperationID(3)
    #expect(Witness.Source(read: read, write: nil).write == nil)
    #expect(Witness.Source(read: read, write: OperationID(0)).write == OperationID(0))
  }

  @Test("by every model: at least its evidence", arguments: Model.allCases.dropLast())
  func evidence(model: Model) {
    for staleReads in [0, 1] {
      let meter = Meter()
      let history = Self.history(staleReads)
      guard case .holds(let witness) = check(history, model, limits: meter.limits()).outcome else { continue }
      #expect(bytes(witness) > 0 && meter.sum >= bytes(witness), "\(meter.sum) of \(bytes(witness))")
    }
  }

  @Test(
    "each request of every model is refused as it is made, the verdict left open", arguments: Model.allCases)
  func refused(model: Model) {
    let history = Self.history(1)
    let meter = Meter()
    let free = check(history, model, limits: meter.limits())
    guard meter.most > 0 else { return }
    let verdict = check(history, model, limits: Meter().limits(bytesMax: meter.most))
    #expect(verdict.holds == free.holds && verdict.isViolated == free.isViolated)
    let tight = check(history, model, limits: Meter().limits(bytesMax: 1_000))
    if case .undecided(.limitReached(.memory, _, _, _)) = tight.outcome { return }
    // Eventual consistency asks for nothing here: no final reads, nothing to decide.
    #expect(model == .eventual, "\(tight)")
  }

  /// A reading of a history, made without limits.
  private func reading(_ history: History) throws -> PreparedReading {
    PreparedReading(try Reading(history, history.ids { $0.isEffective }, Budget(.none)), history)
  }

  @Test(
    "telling a broken session guarantee asks for what says who read from whom; without room it is found, but untold",
    arguments: [
      (.readYourWrites, "w(a,1)[0..1] w(b,1)[2..3] r(a,null)[4..5]"),
      (.monotonicReads, "w(a,1)[0..1] w(a,2)[2..3]\nr(a,2)[4..5] r(a,1)[6..7]"),
      (.monotonicReads, "w(a,1)[0..1]\nw(a,2)[0..1]\nr(a,1)[2..3] r(a,2)[4..5] r(a,1)[6..7]"),
      (.monotonicWrites, "w(a,1)[0..1] w(b,1)[2..3]\nr(b,1)[4..5] r(a,null)[6..7] r(a,1)[8..9]"),
    ] as [(Model, String)])
  func readersOfSession(model: Model, text: String) throws {
    let history = try HistoryText.parse(text)
    let bytes = history.operations.count * Readers.bytesPerOperation
    let meter = Meter()
    let told = try SessionGuarantees(try reading(history)).decide(model, Budget(meter.limits()))
    if case .broken(.cycle) = told {} else { Issue.record("\(told)") }
    #expect(meter.hasAsked(for: bytes))
    let untold = try SessionGuarantees(try reading(history)).decide(
      model, Budget(Meter().limits(bytesMax: bytes - 1)))
    if case .broken(.untold) = untold {} else { Issue.record("\(untold)") }
  }

  @Test("vector clocks and the rounds of the solver ask for what says who read from whom")
  func readersOfSearch() throws {
    let history = Self.history(1)
    let reading = try reading(history)
    let bytes = reading.reading.count * Readers.bytesPerOperation
    let clocks = Meter()
    _ = try ClockPatterns(reading, Budget(.none)).decide(convergence: false, Budget(clocks.limits()))
    #expect(clocks.hasAsked(for: bytes))
    let rounds = Meter()
    var search = try SatisfiabilitySearch(history, history.ids { $0.isEffective }, Budget(.none))
    _ = try search.order(Budget(rounds.limits()))
    #expect(rounds.hasAsked(for: bytes))
  }

  @Test("what several models show as evidence is made once")
  func shared() throws {
    let prepared = PreparedHistory(Self.history(1))
    let budget = Budget(.none)
    let reading = try prepared.reading(budget)
    let order = try #require(try reading.order(budget))
    func place<Element>(_ elements: [Element]) -> UnsafeRawPointer? {
      elements.withUnsafeBytes { $0.baseAddress }
    }
    let ids = try reading.ids(of: order, budget)
    #expect(ids == (try order.ids(reading.reading, budget)) && !ids.isEmpty)
    #expect(place(try reading.ids(of: order, budget)) == place(ids))
    #expect(place(try reading.sources(budget)) == place(try reading.sources(budget)))
    // An order of further edges is another.
    let last = try #require(order.operations.indices.last)
    let edge = OrderGraph.Derived(
      from: order.operations[0], to: order.operations[last], rule: .before, through: 0)
    let other = try #require(try reading.order([edge], budget))
    #expect(other.hasDerivedEdges && !order.hasDerivedEdges)
    #expect(try reading.ids(of: other, budget) == other.ids(reading.reading, budget))
  }

  @Test("sorting stops at a limit, and sorts without")
  func sorting() throws {
    let start = ContinuousClock.now
    var limits = Limits(deadline: start.advanced(by: .seconds(1)))
    limits.stepsPerLook = 1
    let looks = Mutex(0)
    let looksMax = Mutex(500)
    limits.now = {
      let count = looks.withLock { count in
        count += 1
        return count
      }
      return count > looksMax.withLock { $0 } ? start.advanced(by: .seconds(2)) : start
    }
    var numbers = (0..<1_000).map { ($0 * 7_919) % 1_009 }
    let unsorted = numbers
    #expect(throws: LimitReached.self) { try Budget(limits).sort(&numbers) { $0 < $1 } }
    #expect(looks.withLock { $0 } <= 502 && numbers.count == 1_000)
    looksMax.withLock { $0 = .max }
    numbers = unsorted
    try Budget(limits).sort(&numbers) { $0 < $1 }
    #expect(numbers == unsorted.sorted())
  }

  @Test("where there is no room for shrinking, a violation is told as it was found")
  func unshrunk() throws {
    var large = LargeHistories()
    large.operations = 60
    large.values = 3
    large.staleReads = 2
    let history = large.history(seed: 1)
    let ids = history.ids { $0.isEffective }
    let shrinker = Shrinker(history, ids, order: .realTime) { _, _ in .noOrder(longest: []) }
    let whole = shrinker.counterexample(longest: [], Budget(Meter().limits(bytesMax: 200 * ids.count - 1)))
    #expect(whole.operations == ids && !whole.isMinimal)
    let small = shrinker.counterexample(longest: [], Budget(Meter().limits(bytesMax: 200 * ids.count)))
    #expect(small.operations.count < ids.count)
  }
}
