import Configuration
import KeyValue
import Replication
import Testing

@testable import Cluster

@Suite("A session of a load")
struct LoadSessionTests {
  @Test("waits longer and longer while its server is busy, up to a bound, and not at all afterwards")
  func pauses() throws {
    var session = LoadSession(
      server: 0, generator: WorkloadGenerator(Workload(), seed: 1, session: 0), process: 0)
    func end(_ answer: ClientAnswer?) throws -> Int64 {
      let begun = session.begin(intended: 7)
      let ended = session.end()
      let again = session.end()
      let operation = try #require(ended)
      #expect(operation.command == begun && operation.intended == 7 && again == nil)
      session.note(answer, to: operation)
      return session.pause / 1_000_000
    }
    #expect(try (0..<9).map { _ in try end(.busy("")) } == [1, 2, 4, 8, 16, 32, 64, 100, 100])
    #expect(try end(.refused("")) == 0 && end(.busy("")) == 1 && end(nil) == 0)
  }
}
