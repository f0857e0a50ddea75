import KeyValue
import Replication

/// The states that replicas were seen in, by number, and what each input does to each of them, worked out once.
///
/// A replica is a function of its state and its inputs, so each pair needs to be tried only once however many states of
/// the whole it occurs in. Replicas that are `Hashable` are compared by `==`; others count as equal only if they
/// had the same inputs in the same order, which is correct but merges less.
struct LocalStates {
  /// What an input does to a replica.
  struct Transition {
    /// The state afterwards.
    var next: UInt32
    /// What it sends, by lane.
    var sent: [(lane: Int, message: UInt32)] = []
    /// What it answers.
    var replies: [(operation: Int, reply: Reply)] = []
  }

  private struct Occasion: Hashable {
    let state: UInt32
    let input: UInt32
    let isLate: Bool
  }

  private struct Start: Hashable {
    let server: Int
    let incarnation: UInt64
    let wasHere: Bool
  }

  /// What a late wall clock shows: more than any logical time that a tiny run can reach. An early one shows 0.
  private static let late: LogicalTime = 1 << 20

  /// The inputs that were seen, messages among them.
  var inputs = Interner<Input>()
  private let servers: Int
  /// How many lanes lead from a server to another.
  private let lanesOfPair: Int
  private let merges: Bool
  private var replicas: [any Replica] = []
  private var numbers: [AnyHashable: UInt32] = [:]
  private var known: [Occasion: Int] = [:]
  private var starts: [Start: UInt32] = [:]
  private var transitions: [Transition] = []

  /// Knows nothing yet.
  ///
  /// - Parameters:
  ///   - hasCopies: whether messages may arrive twice.
  ///   - merges: whether to compare replicas that can be compared.
  init(servers: Int, hasCopies: Bool, merges: Bool) {
    self.servers = servers
    lanesOfPair = hasCopies ? 3 : 2
    self.merges = merges
  }

  /// How many lanes there are.
  var laneCount: Int { servers * (servers - 1) * lanesOfPair }

  /// The lane from server to server: 0 for broadcasts, 1 for what is sent to one.
  private func lane(from: Int, to: Int, _ kind: Int) -> Int {
    (from * (servers - 1) + (to > from ? to - 1 : to)) * lanesOfPair + kind
  }

  /// The lane on which a copy of what is on another lane travels, overtaken by what it likes; nil where there are no copies.
  func copies(of lane: Int) -> Int? { lanesOfPair == 3 ? lane - lane % 3 + 2 : nil }

  /// Whether it is copies that travel on a lane.
  func isOfCopies(_ lane: Int) -> Bool { copies(of: lane) == lane }

  /// Where a lane leads from and to.
  func ends(of lane: Int) -> (from: Int, to: Int) {
    let from = lane / lanesOfPair / (servers - 1)
    let to = lane / lanesOfPair % (servers - 1)
    return (from, to >= from ? to + 1 : to)
  }

  /// Whether a replica waits for something that a tick would push on.
  func isWaiting(_ state: UInt32) -> Bool { replicas[Int(state)].isWaiting }

  /// The number of a replica's state.
  mutating func number(of replica: any Replica) -> UInt32 {
    let number = UInt32(replicas.count)
    if merges, let comparable = replica as? any Hashable {
      let known = numbers[AnyHashable(comparable)]
      if let known { return known }
      numbers[AnyHashable(comparable)] = number
    }
    replicas.append(replica)
    return number
  }

  /// The number of the state in which a replica starts, whether for the first time or after a kill.
  mutating func number(of start: ReplicaStart, _ makeReplica: ReplicaFactory) -> UInt32 {
    let place = Start(server: start.id.number, incarnation: start.incarnation, wasHere: start.wasHere)
    if let number = starts[place] { return number }
    let number = number(of: makeReplica(start))
    starts[place] = number
    return number
  }

  /// Where the replica of a state stands in its cluster.
  func standing(_ state: UInt32) -> Standing { replicas[Int(state)].standing }

  /// What the copy of a key holds in a state.
  func copy(of key: Key, in state: UInt32) -> Account.Entry? { replicas[Int(state)].copy(of: key) }

  /// What an input does to the replica of a server in a state.
  mutating func transition(_ server: Int, from state: UInt32, on input: UInt32, isLate: Bool = false)
    -> Transition
  {
    let occasion = Occasion(state: state, input: input, isLate: isLate)
    if let known = known[occasion] { return transitions[known] }
    var replica = replicas[Int(state)]
    var outputs: [Output] = []
    replica.handle(inputs[input], now: isLate ? Self.late : 0, &outputs)
    var transition = Transition(next: number(of: replica))
    for output in outputs { add(output, of: server, &transition) }
    known[occasion] = transitions.count
    transitions.append(transition)
    return transition
  }

  private mutating func add(_ output: Output, of server: Int, _ transition: inout Transition) {
    func send(_ input: Input, to peer: Int?, _ kind: Int) {
      let message = inputs.number(of: input)
      for other in 0..<servers where other != server && other == peer ?? other {
        transition.sent.append((lane(from: server, to: other, kind), message))
      }
    }
    switch output {
    case .reply(let request, let reply):
      transition.replies.append((Int(truncatingIfNeeded: request.number), reply))
    case .broadcast(let packet): send(.packet(packet), to: nil, 0)
    case .tell(let packet, let peer): send(.packet(packet), to: peer.number, 0)
    case .send(let packet, let peer): send(.packet(packet), to: peer.number, 1)
    case .fetch(let fetch, let peer): send(.fetch(fetch), to: peer.number, 1)
    case .membership(let message, let peer): send(.membership(message), to: peer?.number, 1)
    }
  }
}
