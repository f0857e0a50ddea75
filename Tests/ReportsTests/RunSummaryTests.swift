import History
import KeyValue
import Reports
import Testing

@Suite("The summary of a run")
struct RunSummaryTests {
  /// A history of writes by client 0 that take so many nanoseconds, a read of unknown outcome by client 1, and a final
  /// read.
  private func history(_ latencies: [Int64]) throws -> History {
    var builder = HistoryBuilder(clock: .monotonic)
    var time: Int64 = 0
    for (number, latency) in latencies.enumerated() {
      try builder.invoke(
        .write, process: ProcessID(0), key: "a", value: .integer(Int64(number)), at: time, client: 0,
        server: 2)
      try builder.complete(ProcessID(0), .ok, at: time + latency)
      time += latency
    }
    try builder.invoke(.read, process: ProcessID(1), key: "a", at: time, client: 1, server: 1)
    try builder.complete(ProcessID(1), .unknown, at: time + 5)
    try builder.invoke(.read, process: ProcessID(2), key: "a", at: time, server: 0, isFinal: true)
    try builder.complete(ProcessID(2), .ok, result: 9, at: time + 7)
    return builder.history()
  }

  @Test("tells what each client did, and keeps the harness's own reads out of the latencies")
  func rows() throws {
    let summary = RunSummary(try history([30, 10, 20]))
    #expect(summary.clients.map(\.name) == ["client 0", "client 1", "final reads"])
    #expect(summary.clients.map(\.server) == [2, 1, 0])
    #expect(summary.clients[0].results == "a = 0, a = 1, a = 2")
    #expect(summary.clients[1].results == "a -> ?")
    #expect(summary.kinds.map(\.name) == ["read", "write"])
    #expect(summary.kinds[0].unknown == 1 && summary.kinds[0].latencies.isEmpty)
    #expect(summary.kinds[1].latencies == [10, 20, 30])
  }

  @Test("a percentile is the least latency that the share does not exceed")
  func percentiles() throws {
    let row = RunSummary(try history((1...200).map { $0 })).kinds[1]
    #expect(row.latency(percentile: 50) == 100)
    #expect(row.latency(percentile: 99) == 198)
    #expect(row.latency(percentile: 100) == 200)
    #expect(RunSummary(try history([])).kinds[0].latency(percentile: 50) == nil)
  }

  @Test("programs learn each client's server, or null where there were several")
  func servers() throws {
    let clients = RunSummary(try history([10])).json["clients"]?.array ?? []
    #expect(clients.map { $0["server"] } == [2, 1, 0])
    var builder = HistoryBuilder(clock: .monotonic)
    for server in [Int32(0), 1] {
      try builder.invoke(.read, process: ProcessID(0), key: "a", at: Int64(server), server: server)
      try builder.complete(ProcessID(0), .ok, result: 1, at: Int64(server))
    }
    let both = RunSummary(builder.history()).json["clients"]?.array ?? []
    #expect(both.map { $0["server"] } == [.value(.null)])
  }

  @Test("several runs are summed up as one")
  func combined() throws {
    let text = RunSummary.text([RunSummary(try history([10])), RunSummary(try history([30, 20]))])
    #expect(text.contains(#/write +3  20 ns 30 ns 30 ns/#))
    #expect(text.contains(#/read +2 +- +- +-/#))
  }
}
