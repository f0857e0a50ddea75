import Cluster
import Configuration
import KeyValue
import Replication
import Simulation
import Synchronization
import TestSupport
import Testing

/// What was said in some runs, and what of it cannot be read.
private final class Ear: Sendable {
  let heard = Mutex((count: 0, unreadable: [String]()))

  func hear(_ message: PeerMessage) {
    let bytes = encoded(message, run: 7)
    let read = Result { () throws(PeerMessage.Malformed) in try PeerMessage(decoding: bytes.span, run: 7) }
    heard.withLock { heard in
      heard.count += 1
      if read != .success(message) { heard.unreadable.append("\(message): \(read)") }
    }
  }
}

/// A replica all of whose words are written out and read.
private struct OverheardReplica: Replica {
  var core: any Replica
  let ear: Ear

  var position: UInt64 { core.position }
  var isWaiting: Bool { core.isWaiting }
  var isOwing: Bool { core.isOwing }
  var standing: Standing { core.standing }

  mutating func handle(_ input: Input, now: LogicalTime, _ outputs: inout [Output]) {
    let before = outputs.count
    core.handle(input, now: now, &outputs)
    for output in outputs[before...] {
      switch output {
      case .reply: break
      case .broadcast(let packet), .send(let packet, _): ear.hear(.packet(packet))
      case .tell(let packet, let peer): ear.hear(.word(packet, to: peer))
      case .fetch(let fetch, _): ear.hear(.fetch(fetch))
      case .membership(let message, _): ear.hear(.membership(message))
      }
    }
  }
}

@Suite("What servers say to one another")
struct SpokenMessagesTests {
  private func configuration(_ level: ConsistencyLevel, servers: Int) throws -> ClusterConfiguration {
    try ClusterConfiguration(
      json: JSON(
        parsing: """
          {"num_servers": \(servers), "consistency_level": "\(level)",
           "workload": {"clients": 6, "operations": 60, "keys": 3, "timeout": "50ms"},
           "faults": [{"fault": "loss", "probability": 0.2},
                      {"fault": "kill", "at": "8ms", "every": "30ms", "for": "10ms"}]}
          """), name: "spoken")
  }

  @Test(
    "can be read, whatever goes wrong: nobody refuses what a server can send",
    arguments: ConsistencyLevel.allCases, [2, 3])
  func readable(level: ConsistencyLevel, servers: Int) throws {
    let configuration = try configuration(level, servers: servers)
    let ear = Ear()
    let replicationProtocol = configuration.replicationProtocol
    for seed in 1...seedCount(default: 10) {
      let run = try Simulation.run(configuration.varied(seed: seed), seed: seed) { start in
        OverheardReplica(core: start.replica(replicationProtocol), ear: ear)
      }
      #expect(run.failure == nil, "seed \(seed)")
    }
    ear.heard.withLock { heard in
      #expect(heard.count > 200)
      #expect(heard.unreadable.isEmpty, "\(heard.unreadable.count) of \(heard.count): \(heard.unreadable[0])")
    }
  }
}
