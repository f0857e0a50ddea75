import Configuration
import KeyValue
import Replication
import Simulation

/// Every order of messages of a scope by plain recursion: nothing is merged, nothing left out, so it is only for the
/// smallest. What the exhaustive search is measured by.
struct EveryOrder {
  /// What clients saw, each once.
  private(set) var histories: Set<ObservedHistory> = []
  /// How many orders there are.
  private(set) var orders = 0

  private let servers: Int
  private let scripts: [(server: Int, commands: [Command])]
  private let commands: [(client: Int, command: Command)]
  private let keys: [Key]
  /// Whether what clients and servers say to one another takes its time, too.
  private let delaysClients: Bool

  private struct State {
    var replicas: [any Replica]
    var isOpen: [Bool]
    /// By sender, receiver and kind.
    var lanes: [[Input]]
    /// Requests and answers on the way, by operation.
    var asked: [Int: Bool] = [:]
    var answers: [Int: ObservedHistory.Result] = [:]
    var before: [UInt32?]
    var results: [ObservedHistory.Result?]
    var final: ObservedHistory.Result?
  }

  /// Goes through all orders.
  init(
    servers: Int, level: ConsistencyLevel, delaysClients: Bool = false,
    _ scripts: [(server: Int, commands: [Command])]
  ) {
    self.servers = servers
    self.scripts = scripts
    self.delaysClients = delaysClients
    commands = scripts.enumerated().flatMap { client, script in script.commands.map { (client, $0) } }
    var keys: [Key] = []
    for (_, command) in commands where !keys.contains(command.key) { keys.append(command.key) }
    self.keys = keys
    let count = servers
    go(
      on: State(
        replicas: (0..<servers).map {
          level.defaultProtocol.makeReplica(id: ServerID($0), servers: count, initial: [:])
        },
        isOpen: Array(repeating: false, count: servers),
        lanes: Array(repeating: [], count: servers * servers * 2),
        before: Array(repeating: nil, count: commands.count),
        results: Array(repeating: nil, count: commands.count)))
  }

  private func next(of client: Int, in state: State) -> Int? {
    commands.indices.first { commands[$0].client == client && state.results[$0] == nil }
  }

  private mutating func go(on state: State) {
    var isOver = true
    func take(_ change: (inout State) -> Void) -> State {
      isOver = false
      var next = state
      change(&next)
      return next
    }
    for client in scripts.indices {
      guard let operation = next(of: client, in: state), state.before[operation] == nil else { continue }
      let ended = state.results.indices.reduce(UInt32(0)) {
        state.results[$1] == nil ? $0 : $0 | 1 << UInt32($1)
      }
      for isLate in commands[operation].command.writes ? [false, true] : [false] {
        go(
          on: take { next in
            next.before[operation] = ended
            if delaysClients { next.asked[operation] = isLate } else { ask(operation, isLate, &next) }
          })
      }
    }
    for operation in commands.indices {
      if let isLate = state.asked[operation] {
        go(
          on: take { next in
            next.asked[operation] = nil
            ask(operation, isLate, &next)
          })
      }
      if let answer = state.answers[operation] {
        go(
          on: take { next in
            next.answers[operation] = nil
            next.results[operation] = answer
          })
      }
    }
    for lane in state.lanes.indices where !state.lanes[lane].isEmpty {
      go(on: take { deliver(lane, &$0) })
    }
    for server in 0..<servers where state.isOpen[server] {
      go(on: take { endTurn(server, &$0) })
    }
    if isOver { finish(state) }
  }

  private func ask(_ operation: Int, _ isLate: Bool, _ state: inout State) {
    let (client, command) = commands[operation]
    enter(.request(RequestID(UInt64(operation)), command), scripts[client].server, isLate: isLate, &state)
  }

  private func deliver(_ lane: Int, _ state: inout State) {
    let input = state.lanes[lane].removeFirst()
    enter(input, lane / 2 % servers, &state)
  }

  private func endTurn(_ server: Int, _ state: inout State) {
    enter(.turnEnded, server, &state)
    state.isOpen[server] = false
  }

  private func enter(_ input: Input, _ server: Int, isLate: Bool = false, _ state: inout State) {
    var outputs: [Output] = []
    state.replicas[server].handle(input, now: isLate ? 1_000_000 : 0, &outputs)
    state.isOpen[server] = true
    for output in outputs {
      switch output {
      case .reply(let request, let reply):
        let result: ObservedHistory.Result =
          switch reply {
          case .value(let value, _): .value(value)
          case .mismatch(let value, _): .mismatch(value)
          case .written: .written
          case .refused, .busy, .reached: .refused
          }
        let operation = Int(request.number)
        if operation == commands.count {
          state.final = result
        } else if delaysClients {
          state.answers[operation] = result
        } else {
          state.results[operation] = result
        }
      case .broadcast(let packet):
        for peer in 0..<servers where peer != server {
          state.lanes[(server * servers + peer) * 2].append(.packet(packet))
        }
      case .tell(let packet, let peer):
        state.lanes[(server * servers + peer.number) * 2].append(.packet(packet))
      case .send(let packet, let peer):
        state.lanes[(server * servers + peer.number) * 2 + 1].append(.packet(packet))
      case .fetch(let fetch, let peer):
        state.lanes[(server * servers + peer.number) * 2 + 1].append(.fetch(fetch))
      case .membership: break
      }
    }
  }

  private mutating func finish(_ state: State) {
    orders += 1
    var state = state
    for server in 0..<servers { enter(.lull, server, &state) }
    var finals: [Value] = []
    for server in 0..<servers {
      for key in keys {
        state.final = nil
        enter(.request(RequestID(UInt64(commands.count)), .read(key)), server, &state)
        while true {
          if let lane = state.lanes.firstIndex(where: { !$0.isEmpty }) {
            deliver(lane, &state)
          } else if let server = state.isOpen.firstIndex(of: true) {
            endTurn(server, &state)
          } else {
            break
          }
        }
        if case .value(let value) = state.final { finals.append(value) }
      }
    }
    histories.insert(
      ObservedHistory(
        results: state.results.compactMap(\.self), earlier: state.before.compactMap(\.self), finals: finals))
  }
}

extension Command {
  fileprivate var writes: Bool {
    if case .read = self { false } else { true }
  }
}
