public import History
public import KeyValue

/// What the clients of a run did and how long it took, for a table or a program.
public struct RunSummary: Sendable, Hashable {
  /// The operations of one client, or of one kind.
  public struct Row: Sendable, Hashable {
    /// What the row is of: "client 2", "final reads", "write".
    public let name: String
    /// The replica that a client talked to, where it was one.
    public let server: Int32?
    /// How many completed and took effect.
    public let ok: Int
    /// How many certainly had no effect.
    public let failed: Int
    /// How many have an unknown outcome.
    public let unknown: Int
    /// How long each of the operations that took effect took, in nanoseconds, shortest first.
    public let latencies: [Int64]
    /// The first operations with their results, in words.
    public let results: String

    /// The least latency that at least this share of the operations that took effect did not exceed, in nanoseconds; nil
    /// when there was none.
    public func latency(percentile: Double) -> Int64? {
      RunSummary.latency(percentile: percentile, of: latencies)
    }
  }

  /// One row for each configured client, one for the final reads.
  public let clients: [Row]
  /// One row for each kind of operation, final reads left out: they are the harness's, not the clients'.
  public let kinds: [Row]

  /// From the first of the clients' invocations to the last of their completions; 0 when there is none.
  public let nanoseconds: Int64

  /// The most operations that a client's results spell out.
  private static let resultsMax = 5
  /// And the width beyond which no further one is added.
  private static let resultsWidth = 60

  /// The least of these latencies, which are sorted, that at least this share of them does not exceed; nil when there are
  /// none.
  public static func latency(percentile: Double, of latencies: [Int64]) -> Int64? {
    guard !latencies.isEmpty else { return nil }
    let rank = Int((percentile / 100 * Double(latencies.count)).rounded(.up))
    return latencies[min(max(rank, 1), latencies.count) - 1]
  }

  /// Sums a history up. n log n in the operations.
  public init(_ history: History) {
    var byClient: [Int32: [OperationID]] = [:]
    var final: [OperationID] = []
    var byKind: [Operation.Kind: [OperationID]] = [:]
    for id in history.ids {
      let operation = history[id]
      if operation.isFinal {
        final.append(id)
      } else {
        byClient[operation.client ?? operation.process.number, default: []].append(id)
        byKind[operation.kind, default: []].append(id)
      }
    }
    var clients = byClient.sorted { $0.key < $1.key }.map { client, ids in
      Self.row("client \(client)", ids, history)
    }
    let asked = byKind.values.joined().map { history[$0] }
    let end = asked.filter { $0.completed != Operation.never }.map(\.completed).max()
    nanoseconds = max(0, (end ?? 0) &- (end == nil ? 0 : asked.map(\.invoked).min() ?? 0))
    if !final.isEmpty { clients.append(Self.row("final reads", final, history)) }
    self.clients = clients
    kinds = Operation.Kind.allCases.compactMap { kind in
      byKind[kind].map { Self.row(kind.eventFunction, $0, history) }
    }
  }

  private static func row(_ name: String, _ ids: [OperationID], _ history: History) -> Row {
    let operations = ids.map { history[$0] }
    let servers = Set(operations.map(\.server))
    var results = ""
    for (index, operation) in operations.enumerated() {
      guard index < resultsMax, results.count < resultsWidth else {
        results += ", ..."
        break
      }
      results += (index == 0 ? "" : ", ") + result(of: operation, in: history)
    }
    return Row(
      name: name, server: servers.count == 1 ? servers.first ?? nil : nil,
      ok: operations.count { $0.outcome == .ok }, failed: operations.count { $0.outcome == .fail },
      unknown: operations.count { $0.outcome == .unknown },
      latencies: operations.filter { $0.outcome == .ok }.map { $0.completed - $0.invoked }.sorted(),
      results: results)
  }

  private static func result(of operation: Operation, in history: History) -> String {
    let key = history[operation.key].printable
    func text(_ value: ValueID) -> String { history[value].description.shortened(to: 20) }
    let ending =
      switch operation.outcome {
      case .ok: ""
      case .fail: " failed"
      case .unknown: " ?"
      }
    switch operation.kind {
    case .read:
      return operation.hasResult ? "\(key) -> \(text(operation.value))" : "\(key) ->\(ending)"
    case .write:
      return "\(key) = \(text(operation.value))\(ending)"
    case .compareAndSet:
      return "\(key): \(text(operation.expected)) => \(text(operation.value))\(ending)"
    }
  }

  /// Two tables: what each client did, and how long each kind of operation took.
  public var text: String {
    guard !clients.isEmpty else { return "no operations\n" }
    var clientTable = Table([
      "client", "server", .number("ops"), .number("ok"), .number("fail"), .number("unknown"),
      .number("median"),
      .number("max"), "what it did and saw",
    ])
    for row in clients {
      clientTable.append([
        row.name, row.server.map(\.description) ?? "all", "\(row.ok + row.failed + row.unknown)", "\(row.ok)",
        "\(row.failed)", "\(row.unknown)", Self.text(row, 50), Self.text(row, 100), row.results,
      ])
    }
    return kinds.isEmpty ? clientTable.text : clientTable.text + "\n" + Self.text(ofKinds: kinds)
  }

  /// The table of how long each kind of operation took over several runs together.
  public static func text(_ summaries: [RunSummary]) -> String {
    text(ofKinds: kinds(summaries))
  }

  /// One row for each kind of operation over several runs together.
  public static func kinds(_ summaries: [RunSummary]) -> [Row] {
    Operation.Kind.allCases.map(\.eventFunction).compactMap { name -> Row? in
      let rows = summaries.flatMap(\.kinds).filter { $0.name == name }
      guard !rows.isEmpty else { return nil }
      return Row(
        name: name, server: nil, ok: rows.reduce(0) { $0 + $1.ok }, failed: rows.reduce(0) { $0 + $1.failed },
        unknown: rows.reduce(0) { $0 + $1.unknown }, latencies: rows.flatMap(\.latencies).sorted(),
        results: "")
    }
  }

  private static func text(ofKinds rows: [Row]) -> String {
    var table = Table([
      "operation", .number("count"), .number("median"), .number("p99"), .number("max"),
    ])
    for row in rows {
      table.append([
        row.name, "\(row.ok + row.failed + row.unknown)", text(row, 50), text(row, 99), text(row, 100),
      ])
    }
    return table.text
  }

  private static func text(_ row: Row, _ percentile: Double) -> String {
    row.latency(percentile: percentile).map { TimeText.duration(nanoseconds: $0) } ?? "-"
  }

  /// The same for programs. Latencies are in nanoseconds; a client's server is null when there were several.
  public var json: JSON {
    func client(_ row: Row) -> JSON {
      var object = operations(row)
      object["server"] = row.server.map { JSON($0) } ?? .value(.null)
      return .object(object)
    }
    func operations(_ row: Row) -> JSONObject {
      func latency(_ percentile: Double) -> JSON {
        row.latency(percentile: percentile).map { JSON($0) } ?? nil
      }
      return [
        "name": JSON(row.name), "ok": JSON(row.ok), "fail": JSON(row.failed), "unknown": JSON(row.unknown),
        "latency_ns": ["median": latency(50), "p99": latency(99), "max": latency(100)],
      ]
    }
    return [
      "clients": .array(clients.map(client)), "operations": .array(kinds.map { .object(operations($0)) }),
    ]
  }
}
