import History
import Testing

@testable import Cluster

@Suite("How a load gets on")
struct LoadWatchTests {
  @Test("is said when every client has told what it did, and counts all of it once")
  func progress() {
    var watch = LoadWatch()
    watch.patience = .seconds(1_000_000)
    watch.begin(servers: [:], clients: 3)
    for round in 1...3 {
      var told: [LoadProgress] = []
      for client in 0..<3 {
        var recent = LoadStatistics(.tenth)
        recent.record(.read, .ok, nanoseconds: 1000)
        if client == 1 { recent.record(.write, .unknown, nanoseconds: 1_000_000) }
        if let progress = watch.progress(recent) {
          #expect(client == 2)
          told.append(progress)
        }
      }
      #expect(told.count == 1 && told.first?.errors == round)
      #expect(told.first?.p99.map { (900_000...1_100_000).contains($0) } == true)
    }
    #expect(watch.total == nil)
    // One that says nothing is not waited for any longer.
    watch.patience = .zero
    #expect(watch.progress(LoadStatistics(.tenth)) != nil)
  }

  @Test("is all that clients did only when they have ended")
  func total() {
    var watch = LoadWatch()
    watch.begin(servers: [7: 100], clients: 2)
    var part = LoadStatistics()
    part.record(.read, .ok, nanoseconds: 1000)
    part.processorTime = 5
    watch.take(part)
    watch.take(part)
    // The final reads begin.
    watch.begin(servers: [7: 900], clients: 1)
    watch.end(servers: [7: 160])
    #expect(watch.total?.count == 2 && watch.total?.processorTime == 10)
    #expect(watch.serversProcessorTime == 60)
  }
}
