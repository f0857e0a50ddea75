import Configuration
import KeyValue
import Replication
import Testing

@testable import Cluster

@Suite("A session of a load")
struct LoadSessionTests {
  @Test("waits longer and longer while its server is busy, up to a bound, and not at all afterwards")
  func pauses() {
    var session = LoadSession(
      server: 0, generator: WorkloadGenerator(Workload(), seed: 1, session: 0), process: 0)
    func end(_ answer: ClientAnswer?) -> Int64 {
      _ = session.begin(intended: 0)
      session.end(answer)
      return session.pause / 1_000_000
    }
    #expect((0..<9).map { _ in end(.busy("")) } == [1, 2, 4, 8, 16, 32, 64, 100, 100])
    #expect(end(.refused("")) == 0 && end(.busy("")) == 1 && end(nil) == 0)
  }
}
