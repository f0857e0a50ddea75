import Configuration
import Consistency
import History
import KeyValue
import Replication
public import Reports

extension SpaceTimeDiagram {
  /// Acknowledgements and the like are left out where there are more.
  private static let controlMax = 60

  /// The space-time diagram of a run that was traced: up to its last answer, the final reads among what servers do.
  ///
  /// - Parameters:
  ///   - title: what it shows, in a sentence.
  ///   - reasons: why it should not have happened, each a sentence.
  public init(_ judgement: Judgement, title: String, reasons: [String]) {
    let trace = Self.told(judgement.run.trace)
    let controls = trace.count { event in
      if case .sent(_, _, _, let input) = event.kind { Self.kind(input) == .control } else { false }
    }
    var telling = Telling(judgement, title, reasons, showsControl: controls <= Self.controlMax)
    for event in trace { telling.tell(event) }
    telling.finish()
    if controls > Self.controlMax {
      telling.diagram.note("\(controls) acknowledgements and probes between servers are left out.")
    }
    self = telling.diagram
  }

  /// The events up to the last that a client took part in.
  private static func told(_ trace: [TraceEvent]) -> ArraySlice<TraceEvent> {
    let last = trace.lastIndex { event in
      switch event.kind {
      case .invoked, .requested, .answered, .completed, .expired: true
      case .finished, .sent, .arrived, .dropped, .stored, .forgot, .fault: false
      }
    }
    return trace.prefix((last ?? -1) + 1)
  }

  fileprivate static func kind(_ input: Input) -> Message.Kind {
    if case .packet(let packet) = input, !packet.updates.isEmpty { .update } else { .control }
  }
}

/// What is known while a trace is told from its beginning.
private struct Telling {
  private struct Sending {
    let input: Input
    let row: Int
  }

  var diagram: SpaceTimeDiagram
  private let run: SimulatedRun
  private let showsControl: Bool
  private let culprits: Set<Int64>
  private let laneOfSession: [Int]
  private let laneOfServer: [Int]
  /// What each session waits for: its operation and the row in which it began.
  private var open: [Int: (operation: Int, row: Int, hasArrived: Bool)] = [:]
  /// The rows in which a server answered a session, until the answer arrives.
  private var answers: [Int: (row: Int, lane: Int)] = [:]
  private var finalReads: [Int: Command] = [:]
  private var onTheWay: [DirectedLink: [Sending]] = [:]
  private var arrived: [DirectedLink: [Input: Int]] = [:]
  private var faults: [Int: Int] = [:]

  init(_ judgement: Judgement, _ title: String, _ reasons: [String], showsControl: Bool) {
    run = judgement.run
    self.showsControl = showsControl
    let history = judgement.history
    let culprits =
      if case .violated(let counterexample) = judgement.verdict.outcome { counterexample.culprits } else {
        Set<OperationID>()
      }
    self.culprits = Set(culprits.map { history[$0].invoked })
    // Clients stand beside their servers, those of the first servers to the left, so that few arrows cross a lane.
    let servers = judgement.configuration.servers.count
    let sessions = judgement.run.sessions
    var lanes: [SpaceTimeDiagram.Lane] = []
    var laneOfServer = Array(repeating: 0, count: servers)
    var laneOfSession = Array(repeating: 0, count: sessions.count)
    for server in 0..<servers {
      func addServer() {
        laneOfServer[server] = lanes.count
        lanes.append(.init(name: "server \(server)", isServer: true))
      }
      if 2 * server >= servers { addServer() }
      for session in sessions.indices where sessions[session].server == server && !sessions[session].isFinal {
        laneOfSession[session] = lanes.count
        lanes.append(.init(name: "client \(sessions[session].stream)", isServer: false))
      }
      if 2 * server < servers { addServer() }
    }
    for session in sessions.indices where sessions[session].isFinal {
      laneOfSession[session] = laneOfServer[sessions[session].server]
    }
    (self.laneOfServer, self.laneOfSession) = (laneOfServer, laneOfSession)
    let operations = Quantity.count(history.operations.count { !$0.isFinal }, "operation")
    let clients = Quantity.count(sessions.count { !$0.isFinal }, "client")
    diagram = SpaceTimeDiagram(
      title: title,
      subtitle: "\(judgement.configuration.name), seed \(judgement.seed): \(operations) of "
        + "\(clients) at \(Quantity.count(servers, "server"))",
      lanes: lanes, reasons: reasons)
  }

  mutating func tell(_ event: TraceEvent) {
    let time = event.time
    switch event.kind {
    case .invoked(let session, let command): invoke(session, command, time)
    case .requested(let session, let server, let command):
      guard !run.sessions[session].isFinal else { return }
      let row = diagram.add(at: time, laneOfServer[server], "takes \(Story.text(command))")
      guard let waiting = open[session] else { return }
      open[session]?.hasArrived = true
      diagram.add(.call, from: waiting.row, toLane: laneOfServer[server], at: row)
    case .answered(let session, let server, let reply):
      guard !run.sessions[session].isFinal else { return }
      let lane = laneOfServer[server]
      let row = diagram.add(at: time, lane, "answers \(Story.text(reply))")
      answers[session] = (row, lane)
    case .completed(let session, let reply): complete(session, reply, time)
    case .expired(let session):
      let row = diagram.add(at: time, laneOfSession[session], "gives up waiting")
      endOperation(of: session, in: row)
    case .sent(let from, let to, _, let input):
      guard isShown(input) else { return }
      let row = diagram.add(at: time, laneOfServer[from], Self.text(input).map { "sends \($0)" })
      onTheWay[DirectedLink(from: from, to: to), default: []].append(Sending(input: input, row: row))
    case .arrived(let from, let to, let input): arrive(from, to, input, time)
    case .dropped(let from, let to, let input):
      guard isShown(input) else { return }
      let row = diagram.add(
        at: time, laneOfServer[from], "sends \(Self.text(input) ?? "word"), lost on the way to server \(to)")
      diagram.add(SpaceTimeDiagram.kind(input), from: row, toLane: laneOfServer[to], at: nil)
    case .stored(let server, let entry):
      _ = diagram.add(at: time, laneOfServer[server], "now holds \(Story.text(entry))", isChange: true)
    case .forgot(let server):
      _ = diagram.add(at: time, laneOfServer[server], "starts anew, without its memory", isChange: true)
    case .fault(let fault, let isStart): tell(fault, isStart: isStart, time)
    case .finished: break
    }
  }

  /// What never arrived.
  mutating func finish() {
    for (link, sendings) in onTheWay.sorted(by: { $0.key < $1.key }) {
      for sending in sendings {
        diagram.add(
          SpaceTimeDiagram.kind(sending.input), from: sending.row, toLane: laneOfServer[link.to], at: nil)
      }
    }
    for session in open.keys.sorted() { loseRequest(of: session) }
    for session in answers.keys.sorted() { loseAnswer(to: session) }
  }

  private func isShown(_ input: Input) -> Bool {
    showsControl || SpaceTimeDiagram.kind(input) == .update
  }

  /// What there is to say of a message; nil of one that only keeps things going.
  private static func text(_ input: Input) -> String? {
    switch input {
    case .packet(let packet) where packet.updates.isEmpty: packet.isProbe ? "a probe" : nil
    case .fetch(let fetch):
      "a request for updates \(fetch.range.lowerBound) to \(fetch.range.upperBound)"
    case .membership(.join): "a request for what is known"
    case .membership(.account): "an account of how far it has come"
    case .membership(.piece): "a piece of what it has"
    default: Story.text(input)
    }
  }

  // MARK: Clients

  private mutating func invoke(_ session: Int, _ command: Command, _ time: Int64) {
    guard !run.sessions[session].isFinal else {
      finalReads[session] = command
      return
    }
    let row = diagram.add(at: time, laneOfSession[session], "begins \(Story.text(command))")
    let kind: Operation.Kind =
      switch command {
      case .read: .read
      case .write: .write
      case .compareAndSet: .compareAndSet
      }
    let operation = diagram.begin(
      kind, laneOfSession[session], in: row, isCulprit: culprits.contains(time))
    loseAnswer(to: session)
    open[session] = (operation, row, false)
  }

  private mutating func complete(_ session: Int, _ reply: Reply, _ time: Int64) {
    guard !run.sessions[session].isFinal else {
      guard case .read(let key)? = finalReads[session] else { return }
      _ = diagram.add(at: time, laneOfSession[session], "ends with \(key) = \(Story.text(reply))")
      return
    }
    let row = diagram.add(at: time, laneOfSession[session], "has \(Story.text(reply))")
    endOperation(of: session, in: row)
    if let answer = answers.removeValue(forKey: session) {
      diagram.add(.call, from: answer.row, toLane: laneOfSession[session], at: row)
    }
  }

  private mutating func endOperation(of session: Int, in row: Int) {
    loseRequest(of: session)
    if let waiting = open.removeValue(forKey: session) { diagram.end(operation: waiting.operation, in: row) }
  }

  private mutating func loseRequest(of session: Int) {
    guard let waiting = open[session], !waiting.hasArrived else { return }
    diagram.add(.call, from: waiting.row, toLane: laneOfServer[run.sessions[session].server], at: nil)
  }

  private mutating func loseAnswer(to session: Int) {
    guard let answer = answers.removeValue(forKey: session) else { return }
    diagram.add(.call, from: answer.row, toLane: laneOfSession[session], at: nil)
  }

  // MARK: Servers

  private mutating func arrive(_ from: Int, _ to: Int, _ input: Input, _ time: Int64) {
    guard isShown(input) else { return }
    let link = DirectedLink(from: from, to: to)
    let place = onTheWay[link]?.firstIndex { $0.input == input }
    let isAgain = place == nil && arrived[link]?[input] != nil
    let text = Self.text(input).map { "receives \($0)\(isAgain ? " again" : "")" }
    let row = diagram.add(at: time, laneOfServer[to], text)
    let sent = place.flatMap { onTheWay[link]?.remove(at: $0).row } ?? arrived[link]?[input]
    // A search by steps does not say when a message left: it is drawn as arriving at once.
    let origin = sent ?? diagram.add(at: time, laneOfServer[from])
    arrived[link, default: [:]][input] = origin
    diagram.add(SpaceTimeDiagram.kind(input), from: origin, toLane: laneOfServer[to], at: row)
  }

  private mutating func tell(_ fault: FaultOccurrence, isStart: Bool, _ time: Int64) {
    let row = diagram.add(at: time, nil, Story.text(fault, isStart: isStart))
    if isStart {
      let lanes =
        fault.servers.isEmpty ? Set(fault.links.flatMap { [$0.from, $0.to] }).sorted() : fault.servers
      faults[fault.number] = diagram.begin(
        fault: fault.kind.name.rawValue, lanes.map { laneOfServer[$0] }, in: row)
    } else if let band = faults.removeValue(forKey: fault.number) {
      diagram.end(fault: band, in: row)
    }
  }
}
