import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

@Suite("Comparison")
struct ComparisonTests {
  /// A run in which writes take so many microseconds and reads half as long.
  private func summary(writes: [Int64]) throws -> RunSummary {
    var builder = HistoryBuilder()
    var time: Int64 = 0
    for (kind, share) in [(Operation.Kind.write, Int64(1000)), (.read, 500)] {
      for latency in writes {
        try builder.invoke(kind, process: ProcessID(0), key: "a", value: kind == .write ? 1 : .null, at: time)
        time += latency * share
        try builder.complete(ProcessID(0), .ok, result: 1, at: time)
        time += 1
      }
    }
    return RunSummary(builder.history())
  }

  private func comparison(name: String = "t1-1", statuses: [CheckStatus] = [.holds, .violated]) throws
    -> Comparison
  {
    Comparison([
      Comparison.Entry(
        name: name, level: "linearizable", replicationProtocol: "total-order-broadcast",
        runs: [try summary(writes: [100, 200]), try summary(writes: [300, 400])], statuses: statuses),
      Comparison.Entry(
        name: "t1-3", level: "eventual", replicationProtocol: "last-writer-wins",
        runs: [try summary(writes: [100, 100])], statuses: [.holds]),
    ])
  }

  @Test("tables show percentiles over all runs, ratios to the least, throughput and what became of the level")
  func text() throws {
    let lines = try comparison().text.split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    #expect(lines.contains("read t1-1 linearizable 4 100 us 200 us 200 us 200 us 2.00"))
    #expect(lines.contains("write t1-3 eventual 2 100 us 100 us 100 us 100 us 1.00"))
    #expect(lines.contains("t1-1 linearizable total-order-broadcast 2 8 5333 0.40 violated (1 of 2 runs)"))
    #expect(lines.contains("t1-3 eventual last-writer-wins 1 4 13333 1.00 holds"))
  }

  @Test("the status is the worst of all runs")
  func status() throws {
    #expect(try comparison().status == .violated)
    #expect(try comparison(statuses: [.holds]).status == .holds)
    #expect(try comparison(statuses: [.unavailable, .violated]).status == .unavailable)
  }

  @Test("a comparison without a completed operation has no ratios, and is drawn all the same")
  func empty() throws {
    let entry = Comparison.Entry(
      name: "x", level: "sequential", replicationProtocol: "local-read", runs: [], statuses: [.unavailable])
    let comparison = Comparison([entry, entry])
    #expect(MarkupDocument(ComparisonPicture(comparison).svg()).problem == nil)
    #expect(comparison.json["configurations"]?.array?.first?["operationsPerSecond"] == .value(.null))
  }

  @Test("the JSON has the form of docs/comparison.schema.json")
  func schema() throws {
    let schema = try JSONSchema(document: "comparison.schema.json")
    #expect(try schema.problems(comparison().json) == [])
    #expect(try schema.problems(comparison(statuses: []).json) == [])
  }

  @Test("whatever a configuration is called, the chart and the page are well-formed and show it as text")
  func hostile() throws {
    for seed in 0..<seedCount(default: 30) {
      var random = SplitMix64(seed: seed)
      let comparison = try comparison(name: HostileTexts.random(&random))
      let chart = MarkupDocument(ComparisonPicture(comparison).svg())
      #expect(chart.problem == nil && chart.all("script").isEmpty, "seed \(seed)")
      // The page is HTML, of which all but its head is XML, too.
      let page = ComparisonReport(comparison).html
      let body = try #require(page.firstRange(of: "<main>").map { page[$0.lowerBound...] })
      let main = MarkupDocument(
        String(body.prefix(upTo: try #require(body.firstRange(of: "</main>")?.upperBound))))
      #expect(main.problem == nil && main.all("script").isEmpty, "seed \(seed)")
      #expect(main.all("table").count == 2 && main.all("bdi").count == 6, "seed \(seed)")
    }
  }

  @Test("only what was asked for is written")
  func files() throws {
    try withTemporaryFolder { folder in
      let report = try ComparisonReport(comparison())
      let place = ReportFolder(path: folder.plainPath)
      #expect(try report.write(to: place, [.svg]).map { $0.split(separator: "/").last } == ["comparison.svg"])
      #expect(try report.write(to: place, [.json, .html, .svg]).count == 3)
    }
  }
}
