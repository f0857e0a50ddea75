import HeapModule
import KeyValue

/// The clients and the store, in virtual time.
struct GeneratorSimulation {
  private struct Flight {
    var process: Int32
    var kind = Operation.Kind.read
    var key = 0
    var value: Int64?
    var expected: Int64?
    var outcome = Operation.Outcome.ok
    var isMismatch = false
    /// How many events of it are still to come.
    var pending = 0
  }

  private enum Stage {
    case begin(client: Int)
    case effect(flight: Int)
    case end(flight: Int, client: Int)
  }

  private struct Event: Comparable {
    let time: Int64
    let number: Int
    let stage: Stage
    static func == (left: Event, right: Event) -> Bool { left.number == right.number }
    static func < (left: Event, right: Event) -> Bool {
      left.time != right.time ? left.time < right.time : left.number < right.number
    }
  }

  private let options: HistoryGenerator.Options
  private var random: SplitMix64
  var lines: GeneratorLines
  private(set) var isFinished = false
  private var agenda = Heap<Event>()
  private var scheduled = 0
  private var flights: [Flight] = []
  private var freeFlights: [Int] = []
  private var store: [Int64?]
  private var processes: [Int32]
  private var nextProcess: Int32
  private var freshValue: Int64 = 0
  private var begun = 0
  private var open = 0
  private var anomaliesDone = 0
  private var resting: [Int] = []

  init(_ options: HistoryGenerator.Options) {
    self.options = options
    random = SplitMix64(seed: options.seed)
    lines = GeneratorLines(options)
    store = Array(repeating: nil, count: options.keys)
    processes = (0..<Int32(options.processes)).map { $0 }
    nextProcess = Int32(options.processes)
    for client in 0..<options.processes { schedule(.begin(client: client), after: random.below(50_000)) }
  }

  private mutating func schedule(_ stage: Stage, after delay: Int) {
    agenda.insert(Event(time: lines.now + Int64(delay), number: scheduled, stage: stage))
    scheduled += 1
  }

  /// How many operations are begun before the next anomaly; all, when there is none left.
  private var nextStop: Int {
    guard anomaliesDone < options.anomalies.count else { return options.operations }
    return options.operations * (anomaliesDone + 1) / (options.anomalies.count + 1)
  }

  /// Goes on until so many bytes have come together, or to the end.
  mutating func advance(untilBytes count: Int) {
    while lines.count < count, !isFinished {
      if begun >= nextStop, open == 0 {
        if anomaliesDone < options.anomalies.count {
          act(options.anomalies[anomaliesDone])
          anomaliesDone += 1
          for client in resting { schedule(.begin(client: client), after: random.below(50_000)) }
          resting = []
          continue
        }
        for server in 0..<options.finalReads { readAll(from: server) }
        lines.end()
        isFinished = true
        return
      }
      guard let event = agenda.popMin() else { preconditionFailure("clients neither act nor rest") }
      lines.advance(to: event.time)
      switch event.stage {
      case .begin(let client):
        if begun < nextStop { begin(client) } else { resting.append(client) }
      case .effect(let flight):
        takeEffect(flight)
        release(flight)
      case .end(let flight, let client):
        end(flight, client)
      }
    }
  }

  private mutating func begin(_ client: Int) {
    begun += 1
    open += 1
    var flight = Flight(process: processes[client], key: random.below(options.keys))
    let dice = random.below(1_000_000)
    if dice < options.readsPerMillion {
      flight.kind = .read
    } else {
      flight.kind =
        dice < options.readsPerMillion + options.compareAndSetsPerMillion ? .compareAndSet : .write
      if flight.kind == .compareAndSet { flight.expected = expectation(of: flight.key) }
      flight.value = freshWrite()
    }
    let fate = random.below(1_000_000)
    flight.outcome =
      fate < options.unknownPerMillion
      ? .unknown : fate < options.unknownPerMillion + options.failedPerMillion ? .fail : .ok
    lines.invoke(
      flight.kind, process: flight.process, client: client, key: flight.key, value: flight.value,
      expected: flight.expected)
    let isUnknown = flight.outcome == .unknown
    let duration = isUnknown ? 2_000_000 : 20_000 + random.below(480_000)
    let isEffective = flight.outcome == .ok || isUnknown && random.below(2) == 0
    flight.pending = isEffective ? 2 : 1
    let index = freeFlights.popLast() ?? flights.count
    if index == flights.count { flights.append(flight) } else { flights[index] = flight }
    if isEffective {
      schedule(.effect(flight: index), after: random.below(isUnknown ? 2 * duration : duration))
    }
    schedule(.end(flight: index, client: client), after: duration)
  }

  private mutating func freshWrite() -> Int64 {
    guard case .repeated(let count) = options.values else {
      freshValue += 1
      return freshValue
    }
    return Int64(random.below(count))
  }

  /// What a compare-and-set expects: mostly what is there.
  private mutating func expectation(of key: Int) -> Int64? {
    if random.below(10) < 7 { return store[key] }
    switch options.values {
    case .unique: return Int64(random.below(Int(freshValue) + 1)) + 1
    case .repeated(let count): return Int64(random.below(count))
    }
  }

  private mutating func takeEffect(_ index: Int) {
    let flight = flights[index]
    switch flight.kind {
    case .read: flights[index].value = store[flight.key]
    case .write: store[flight.key] = flight.value
    case .compareAndSet where store[flight.key] == flight.expected: store[flight.key] = flight.value
    case .compareAndSet:
      flights[index].isMismatch = true
      if flight.outcome == .ok { flights[index].value = store[flight.key] }
    }
  }

  private mutating func release(_ index: Int) {
    flights[index].pending -= 1
    if flights[index].pending == 0 { freeFlights.append(index) }
  }

  private mutating func end(_ index: Int, _ client: Int) {
    let flight = flights[index]
    open -= 1
    lines.complete(
      flight.kind, flight.outcome, process: flight.process, client: client, key: flight.key,
      value: flight.value, expected: flight.expected, isMismatch: flight.isMismatch)
    if flight.outcome == .unknown { processes[client] = takeProcess() }
    release(index)
    schedule(.begin(client: client), after: random.below(50_000))
  }

  /// Reads every key from one server, when all has been written. Everything in the store is on every server then.
  private mutating func readAll(from server: Int) {
    let process = takeProcess()
    for key in store.indices {
      lines.advance(to: lines.now + Int64(20_000 + random.below(80_000)))
      lines.finalRead(
        process: process, client: options.processes + server, server: server, key: key, value: store[key])
    }
  }

  private mutating func takeProcess() -> Int32 {
    defer { nextProcess += 1 }
    return nextProcess
  }

  /// Lets an anomaly happen. Nothing else is open, so that its own operations alone decide.
  private mutating func act(_ anomaly: Anomaly) {
    let first = random.below(options.keys)
    let keys = [first, (first + 1) % options.keys]
    let base = 1_000_000_000_000 + Int64(anomaliesDone) * 100
    var actors: [Int: Int32] = [:]
    let steps = anomaly.steps
    for actor in Set(steps.map(\.process)).sorted() { actors[actor] = takeProcess() }
    for instant in 0...(steps.map(\.to).max() ?? 0) {
      for step in steps where step.from == instant || step.to == instant {
        guard let process = actors[step.process] else { continue }
        lines.advance(to: lines.now + Int64(20_000 + random.below(80_000)))
        let (kind, expected, outcome, isMismatch): (Operation.Kind, Int?, Operation.Outcome, Bool) =
          switch step.action {
          case .read: (.read, nil, .ok, false)
          case .write: (.write, nil, .ok, false)
          case .failedWrite: (.write, nil, .fail, false)
          case .swap(let from): (.compareAndSet, from, .ok, false)
          case .mismatch(let from): (.compareAndSet, from, .ok, true)
          }
        let value = base + Int64(step.value)
        let client = options.processes + step.process
        let key = keys[step.key]
        if step.from == instant {
          lines.invoke(
            kind, process: process, client: client, key: key, value: value,
            expected: expected.map { base + Int64($0) })
          continue
        }
        lines.complete(
          kind, outcome, process: process, client: client, key: key, value: value,
          expected: expected.map { base + Int64($0) }, isMismatch: isMismatch, tellsFound: false)
        if kind != .read, outcome == .ok, !isMismatch { store[key] = value }
      }
    }
  }
}

extension SplitMix64 {
  /// True in so many cases of a million.
  fileprivate mutating func happens(perMillion share: Int) -> Bool {
    below(1_000_000) < share
  }
}
