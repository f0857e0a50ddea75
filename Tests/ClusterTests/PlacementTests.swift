import Configuration
import Testing

@testable import Cluster

@Suite("The placement of processes on cores")
struct PlacementTests {
  private let placement = Placement(cores: [3, 5])

  @Test("servers take the cores in turn")
  func servers() {
    #expect((0..<5).map { placement.core(ofServer: $0) } == [3, 5, 3, 5, 3])
  }

  @Test("each process takes two cores before any is crowded")
  func crowds() {
    #expect((0..<4).map { placement.isCrowded(by: $0) } == [false, false, true, true])
  }

  @Test("a cluster may begin with any of the cores and takes them in turn from there")
  func shifts() {
    let placement = Placement(cores: [3, 5, 8])
    let seen = Set((0..<200).map { _ in placement.shifted().cores })
    #expect(seen == [[3, 5, 8], [5, 8, 3], [8, 3, 5]])
  }

  @Test("clients that do one operation at a time take the cores in turn, any other is free")
  func clients() {
    func core(sessions: Range<Int>) -> Int? {
      let task = LoadTask(
        client: 0, sessions: sessions, workload: Workload(), seed: 1, initial: [:], isRecorded: false)
      return placement.core(of: .load(task))
    }
    #expect((0..<4).map { core(sessions: $0..<$0 + 1) } == [3, 5, 3, 5])
    #expect(core(sessions: 0..<2) == nil && core(sessions: 1..<6) == nil)
    #expect(placement.core(of: .script(client: 7, server: 1, requests: [], seed: 1)) == 5)
    #expect(placement.core(of: .finalReads(keys: [])) == nil)
  }

  // Where the system has no such service there is nothing to stay on.
  @Test("a thread stays on a core for as long as it is told to", .enabled(if: Placement() != nil))
  func staying() throws {
    let before = try #require(Placement())
    let core = try #require(before.cores.last)
    let during = Placement.staying(on: core) { Placement()?.cores }
    #expect(during == [core] && Placement() == before)
    #expect(Placement.staying(on: nil) { Placement() } == before)
  }

  @Test("a core that is not there is refused, and nothing changes")
  func refusals() throws {
    let before = Placement()
    for core in [-1, 1023, 1024, .max] {
      let problem = try #require(Placement.stay(on: core))
      #expect(
        before.map { problem.hasSuffix("\($0.cores.last ?? 0) only") } ?? problem.contains("this system"))
    }
    #expect(Placement() == before)
  }
}
