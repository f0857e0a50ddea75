import Configuration
import Foundation
import KeyValue
import Replication
import TestSupport
import Testing

@Suite("The configurations in test/")
struct TestConfigurationsTests {
  private func sets(_ configuration: ClusterConfiguration) -> [(key: Key, value: Value)] {
    configuration.clients.flatMap(\.requests).compactMap { request in
      if case .set(let key, let value) = request { (key, value) } else { nil }
    }
  }

  @Test("are valid, and survive being written and read", arguments: names)
  func valid(name: String) throws {
    let configuration = try configuration(name)
    #expect(configuration.name == name)
    #expect(try ClusterConfiguration(json: configuration.json, name: name) == configuration)
  }

  @Test("and read the same where an editor has put the mark of UTF-8 before them", arguments: names)
  func marked(name: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "\(name).json")
      try (Data([0xEF, 0xBB, 0xBF]) + Data(text(of: name).utf8)).write(to: file)
      #expect(try ClusterConfiguration.load(file.plainPath) == configuration(name))
    }
  }

  @Test(
    "write each value once and no initial value, so that a read tells which write it saw", arguments: names)
  func distinctValues(name: String) throws {
    let configuration = try configuration(name)
    let values = sets(configuration).map(\.value)
    #expect(Set(values).count == values.count)
    #expect(Set(values).isDisjoint(with: configuration.initial.values))
    for request in configuration.clients.flatMap(\.requests) {
      switch request {
      case .get(let key), .set(let key, _), .compareAndSet(let key, _, _):
        #expect(configuration.initial[key] == 0)
      case .sleep: break
      }
    }
  }

  @Test("fix every port, each in one file only, below the range from which the system picks")
  func ports() throws {
    let ports = try names.flatMap { try configuration($0).servers }.flatMap {
      [$0.peer, $0.publish, $0.client]
    }
    #expect(Set(ports).count == ports.count)
    #expect(ports.allSatisfy { (1024..<32768).contains($0) })
  }

  @Test("t1-1, t1-2 and t1-3 are the same requests at the three levels")
  func t1() throws {
    let configurations = try ["t1-1", "t1-2", "t1-3"].map { try configuration($0) }
    #expect(configurations.map(\.level) == [.linearizable, .sequential, .eventual])
    for configuration in configurations {
      #expect(configuration.clients == configurations[0].clients)
      #expect(configuration.initial == configurations[0].initial)
      #expect(configuration.servers.count == 3)
      #expect(configuration.clients.map(\.server) == [0, 1, 2])
      for client in configuration.clients {
        guard case .set? = client.requests.first, case .get? = client.requests.last,
          client.requests.count == 2
        else {
          Issue.record("client \(client.number) is not one set and one get")
          continue
        }
      }
    }
  }

  @Test("t2 crosses: each of two clients sets one key and gets the other's")
  func t2() throws {
    let configuration = try configuration("t2")
    #expect(configuration.level == .linearizable)
    #expect(configuration.clients.map(\.server) == [0, 1])
    #expect(
      configuration.clients.map(\.requests) == [[.set("a", 10), .get("b")], [.set("b", 20), .get("a")]])
  }

  @Test("t3 has two writers of one key and two readers that sleep and read twice, each on its own server")
  func t3() throws {
    let configuration = try configuration("t3")
    let reads: [ScriptedRequest] = [
      .sleep(milliseconds: nil), .get("a"), .sleep(milliseconds: nil), .get("a"),
    ]
    #expect(configuration.level == .sequential)
    #expect(
      configuration.servers == [
        ServerPorts(peer: 5310, publish: 5420, client: 5830),
        ServerPorts(peer: 7411, publish: 7361, client: 7291),
        ServerPorts(peer: 6352, publish: 6472, client: 6592),
        ServerPorts(peer: 3413, publish: 3363, client: 3293),
      ])
    #expect(configuration.clients.map(\.server) == [0, 1, 2, 3])
    #expect(configuration.clients.map(\.requests) == [[.set("a", 10)], [.set("a", 20)], reads, reads])
  }

  @Test("t4 has a client on each of four servers that sets one key and reads it many times")
  func t4() throws {
    let configuration = try configuration("t4")
    #expect(configuration.level == .eventual)
    #expect(configuration.servers.count == 4)
    #expect(configuration.clients.map(\.server) == [0, 1, 2, 3])
    #expect(sets(configuration).map(\.key) == ["a", "a", "a", "a"])
    for client in configuration.clients {
      guard case .set? = client.requests.first else {
        Issue.record("client \(client.number) does not set first")
        continue
      }
      #expect(client.requests.dropFirst() == Array(repeating: .get("a"), count: 10)[...])
    }
  }
}
