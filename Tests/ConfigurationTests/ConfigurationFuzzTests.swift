import Configuration
import KeyValue
import Replication
import Testing

@Suite("Random damage to configurations")
struct ConfigurationFuzzTests {
  /// What a damaged spot becomes: what JSON is made of, and values at the edges of what is allowed.
  private static let fragments = [
    "{", "}", "[", "]", ",", ":", "\"", "\\", "\u{0}", "\u{FFFD}", "null", "true", "-1", "0", "1", "3.0",
    "0.5", "65535",
    "65536", "9223372036854775807", "-9223372036854775808", "1e308", "\"0\"", "\"99\"", "[]", "{}", "[[]]",
    "\"sleep\"",
    "\"put\"", "\"type\":\"get\",", "\"request_type\":\"set\",", "\"workload\":{},", "\"clients\":[],",
  ].map { Array($0.utf8) }

  /// A configuration with what those in `test/` do not have.
  private static let load = #"""
    {"num_servers": 5, "consistency_level": "sequential", "workload": {"clients": 3, "sessions": 2, "duration": "2s",
     "rate": 100, "reads": 0.5, "cas": 0.1, "keys": 5, "distribution": "zipfian", "values": 3, "timeout": "1.5s"},
     "faults": [{"fault": "partition", "shape": "bridge", "servers": [1], "at": "2s", "for": "1s", "every": "5s"},
      {"fault": "clock", "skew": "-1ms", "clients": [1, 2]}, {"fault": "delay", "mean": "5ms", "jitter": 1},
      {"fault": "random", "kinds": ["kill", "loss"], "every": "1s", "for": "10us", "times": 3}]}
    """#

  @Test("never trap, and give a sound configuration or problems of one line each")
  func bytes() throws {
    let originals = try names.map { Array(try text(of: $0).utf8) } + [Array(Self.load.utf8)]
    var outcomes = (valid: 0, invalid: 0, notJSON: 0)
    for seed in 0..<UInt64(20_000) {
      var generator = SplitMix64(seed: seed)
      var bytes = originals[Int.random(in: 0..<originals.count, using: &generator)]
      for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.damage(&bytes, &generator) }
      do throws(ConfigurationError) {
        let configuration = try ClusterConfiguration(parsing: bytes.span, name: "fuzz")
        outcomes.valid += 1
        let again = try? ClusterConfiguration(json: configuration.json, name: "fuzz")
        #expect(again == configuration, "seed \(seed)")
        #expect(Self.isSound(configuration), "seed \(seed)")
      } catch .notJSON {
        outcomes.notJSON += 1
      } catch .invalid(let problems) {
        outcomes.invalid += 1
        #expect(!problems.isEmpty, "seed \(seed)")
        let isOneLine = problems.allSatisfy { !$0.description.contains { $0.isNewline } }
        #expect(isOneLine, "seed \(seed)")
      }
    }
    // The damage must reach all three, or it tests less than it says.
    #expect(min(outcomes.valid, outcomes.invalid, outcomes.notJSON) > 500, "\(outcomes)")
  }

  private static func damage(_ bytes: inout [UInt8], _ generator: inout SplitMix64) {
    let start = Int.random(in: 0..<bytes.count, using: &generator)
    let fragment = fragments[Int.random(in: 0..<fragments.count, using: &generator)]
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: bytes[start] = UInt8.random(in: 0...255, using: &generator)
    case 1:
      let end = min(bytes.count - 1, start + Int.random(in: 1...20, using: &generator))
      bytes.removeSubrange(start..<max(start, end))
    case 2: bytes.insert(contentsOf: fragment, at: start)
    default:
      // A whole number is replaced, which most often leaves JSON behind.
      let isDigit = { (byte: UInt8) in (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
      guard let digit = bytes[start...].firstIndex(where: isDigit) else { return }
      let end = bytes[digit...].firstIndex { !isDigit($0) } ?? bytes.count
      bytes.replaceSubrange(digit..<end, with: fragment)
    }
  }

  /// Whether everything holds that a configuration promises.
  private static func isSound(_ configuration: ClusterConfiguration) -> Bool {
    let ports = configuration.servers.flatMap { [$0.peer, $0.publish, $0.client] }.filter { $0 != 0 }
    let clients = configuration.clients
    return configuration.replicationProtocol.provides(configuration.level)
      && ClusterConfiguration.serverCounts.contains(configuration.servers.count)
      && Set(ports).count == ports.count
      && !(clients.isEmpty && configuration.workload == nil)
      && Set(clients.map(\.number)).count == clients.count
      && clients.allSatisfy { configuration.servers.indices.contains($0.server) && !$0.requests.isEmpty }
      && isSoundLoad(configuration)
  }

  /// Whether the workload draws operations and the faults concern servers that exist, so that nothing traps.
  private static func isSoundLoad(_ configuration: ClusterConfiguration) -> Bool {
    let servers = configuration.servers.count
    var plan = FaultPlan(configuration.faults ?? FaultSchedule(), servers: servers, seed: 1)
    for _ in 0..<8 {
      guard let fault = plan.next() else { break }
      guard fault.servers.allSatisfy({ (0..<servers).contains($0) }) else { return false }
    }
    guard let workload = configuration.workload else { return true }
    var generator = WorkloadGenerator(workload, seed: 1, session: workload.sessions - 1)
    for _ in 0..<8 {
      guard let operation = generator.next() else { break }
      guard (0..<workload.keys).contains(operation.key) else { return false }
    }
    return workload.reads.perMillion + workload.compareAndSets.perMillion <= Share.always.perMillion
  }
}
