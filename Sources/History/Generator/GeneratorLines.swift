import KeyValue

/// The lines of a history that is being made, and the clock that dates them: no two at one instant.
struct GeneratorLines {
  /// 2026-01-01, so that the times are those of a day and the same for all.
  private static let wallClockOffset: Int64 = 1_767_225_600_000_000_000

  private var bytes: [UInt8] = []
  private var digits: [UInt8] = []
  private var index = 0
  /// The virtual time in nanoseconds.
  private(set) var now: Int64 = 0

  /// Begins with the line that describes the run.
  init(_ options: HistoryGenerator.Options) {
    var run = RunDescription(
      name: "generated", level: "linearizable", servers: options.finalReads > 0 ? options.finalReads : nil,
      seed: options.seed, host: "generator")
    if !options.anomalies.isEmpty {
      run.others["anomalies"] = .array(options.anomalies.map { JSON($0.rawValue) })
    }
    run.json.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
  }

  /// The number of bytes that have come together.
  var count: Int { bytes.count }

  /// Hands over what has come together.
  mutating func takeBytes() -> [UInt8] {
    defer {
      bytes = []
      bytes.reserveCapacity((1 << 20) + 4096)
    }
    return bytes
  }

  /// Lets time pass.
  mutating func advance(to time: Int64) {
    now = max(now, time)
  }

  /// Writes an invocation.
  mutating func invoke(
    _ kind: Operation.Kind, process: Int32, client: Int, key: Int, value: Int64?, expected: Int64?
  ) {
    begin("invoke", kind, process: process, key: key)
    switch kind {
    case .read: append("null")
    case .write: append(value)
    case .compareAndSet: append(expected, value)
    }
    end(client: client)
  }

  /// Writes a completion.
  ///
  /// - Parameter tellsFound: whether the value of a mismatch is what it found, rather than what it would have written.
  mutating func complete(
    _ kind: Operation.Kind, _ outcome: Operation.Outcome, process: Int32, client: Int, key: Int,
    value: Int64?, expected: Int64?, isMismatch: Bool, tellsFound: Bool = true
  ) {
    let type: StaticString =
      switch outcome {
      case .ok: "ok"
      case .fail: "fail"
      case .unknown: "info"
      }
    begin(type, kind, process: process, key: key)
    switch kind {
    case .read where outcome != .ok: append("null")
    case .read, .write: append(value)
    case .compareAndSet where outcome == .ok && isMismatch:
      if tellsFound { append(value) } else { append(expected, value) }
      append(",\"applied\":false")
    case .compareAndSet: append(expected, value)
    }
    if outcome == .unknown { append(",\"error\":\"timeout\"") }
    end(client: client)
  }

  /// Writes a final read that a server answers: both of its lines.
  mutating func finalRead(process: Int32, client: Int, server: Int, key: Int, value: Int64?) {
    begin("invoke", .read, process: process, key: key)
    append("null")
    end(client: client, server: server)
    begin("ok", .read, process: process, key: key)
    append(value)
    end(client: client, server: server)
  }

  /// Writes the last line.
  mutating func end() {
    RunEnd(isClean: true, events: index).json.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
  }

  private mutating func begin(_ type: StaticString, _ kind: Operation.Kind, process: Int32, key: Int) {
    now += 1
    append("{\"index\":")
    append(Int64(index))
    append(",\"time\":")
    append(Self.wallClockOffset + now)
    append(",\"mono\":")
    append(now)
    append(",\"process\":")
    append(Int64(process))
    append(",\"type\":\"")
    append(type)
    switch kind {
    case .read: append("\",\"f\":\"read\",\"key\":\"k")
    case .write: append("\",\"f\":\"write\",\"key\":\"k")
    case .compareAndSet: append("\",\"f\":\"cas\",\"key\":\"k")
    }
    append(Int64(key))
    append("\",\"value\":")
    index += 1
  }

  /// - Parameter server: whose final answer it is; nil when it is no final read.
  private mutating func end(client: Int, server: Int? = nil) {
    append(",\"client\":")
    append(Int64(client))
    if let server {
      append(",\"server\":")
      append(Int64(server))
      append(",\"final\":true")
    }
    append("}\n")
  }

  private mutating func append(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func append(_ expected: Int64?, _ value: Int64?) {
    append("[")
    append(expected)
    append(",")
    append(value)
    append("]")
  }

  private mutating func append(_ number: Int64?) {
    guard let number else { return append("null") }
    var rest = number.magnitude
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    digits.removeAll(keepingCapacity: true)
    repeat {
      digits.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes.append(contentsOf: digits.reversed())
  }
}
