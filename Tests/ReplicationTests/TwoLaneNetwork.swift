import KeyValue
import Replication
import TestSupport

/// A network on which a broadcast and an answer to a fetch travel apart, as they do over PUB/SUB and ROUTER/DEALER: each
/// lane keeps its order and loses packets, and either may overtake the other.
struct TwoLaneNetwork {
  /// Something on its way.
  enum Parcel {
    case packet(Packet)
    case fetch(Fetch)
  }

  private struct Lane: Hashable {
    let sender: Int
    let receiver: Int
    let isBroadcast: Bool
  }

  private let servers: Int
  private let lossPercent: Int
  private var lanes: [Lane: [Parcel]] = [:]

  init(servers: Int, lossPercent: Int) {
    self.servers = servers
    self.lossPercent = lossPercent
  }

  /// Takes in what a replica wants sent.
  mutating func send(_ outputs: [Output], from sender: Int, _ random: inout SplitMix64) {
    for output in outputs {
      switch output {
      case .reply, .membership: continue
      case .broadcast(let packet):
        for receiver in 0..<servers where receiver != sender {
          put(.packet(packet), Lane(sender: sender, receiver: receiver, isBroadcast: true), &random)
        }
      case .tell(let packet, let receiver):
        put(.packet(packet), Lane(sender: sender, receiver: receiver.number, isBroadcast: true), &random)
      case .send(let packet, let receiver):
        put(.packet(packet), Lane(sender: sender, receiver: receiver.number, isBroadcast: false), &random)
      case .fetch(let fetch, let receiver):
        put(.fetch(fetch), Lane(sender: sender, receiver: receiver.number, isBroadcast: false), &random)
      }
    }
  }

  private mutating func put(_ parcel: Parcel, _ lane: Lane, _ random: inout SplitMix64) {
    if !random.percent(lossPercent) { lanes[lane, default: []].append(parcel) }
  }

  /// The first parcel of some lane, and who receives it; nil when nothing is on its way.
  mutating func next(_ random: inout SplitMix64) -> (Parcel, receiver: Int)? {
    // Sorted, since a dictionary has no order that a seed could repeat.
    let busy = lanes.keys.filter { lanes[$0]?.isEmpty == false }
      .sorted {
        ($0.sender, $0.receiver, $0.isBroadcast ? 0 : 1) < ($1.sender, $1.receiver, $1.isBroadcast ? 0 : 1)
      }
    guard !busy.isEmpty else { return nil }
    let lane = random.pick(busy)
    return (lanes[lane]?.removeFirst()).map { ($0, lane.receiver) }
  }
}
