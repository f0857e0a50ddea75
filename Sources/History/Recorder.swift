import Foundation
public import KeyValue

/// Writes the events of one client to a file as they happen, so that whatever becomes of the client, what it left behind
/// is sound.
///
/// An invocation is handed to the operating system before the caller may send its request: a request that reached the
/// store is therefore in the file even if the client is killed at the next instant. Nothing is buffered here, and
/// nothing is synced to the disk: the file outlives the process, not the machine.
public struct Recorder: ~Copyable {
  private let descriptor: CInt
  private let path: String
  private var line: [UInt8] = []
  private let client: Int32?

  /// Creates the file, or empties it.
  ///
  /// - Throws: ``HistoryError`` when it cannot be written.
  public init(path: String, client: Int32? = nil) throws(HistoryError) {
    self.path = path
    self.client = client
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw HistoryError(file: path, reason: "cannot be written: \(Self.errorText())", isUnreachable: true)
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// A reading of both clocks.
  public struct Time: Sendable, Hashable {
    /// Nanoseconds since 1970 on the wall clock.
    public let wall: Int64
    /// Nanoseconds on the monotonic clock, the same for all processes of a host.
    public let monotonic: Int64

    /// Reads both clocks.
    public static func now() -> Time {
      Time(wall: read(CLOCK_REALTIME), monotonic: read(CLOCK_MONOTONIC))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
      var time = timespec()
      clock_gettime(clock, &time)
      return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
  }

  /// Records that an operation begins, and returns when the operating system has the line.
  ///
  /// - Returns: the time recorded.
  /// - Throws: ``HistoryError`` when the line cannot be written; the request must then not be sent.
  public mutating func invoke(
    process: ProcessID, kind: Operation.Kind, key: Key, value: JSON, server: Int32?, isFinal: Bool = false
  ) throws(HistoryError) -> Time {
    let now = Time.now()
    try record("invoke", now, process, kind, key, value, server, isFinal, extra: [:])
    return now
  }

  /// Records that an operation ended at a time, read when the reply was in hand.
  ///
  /// - Parameters:
  ///   - type: what the client learned.
  ///   - extra: further members of the line, such as `stamp` or `error`.
  /// - Throws: ``HistoryError`` when the line cannot be written.
  public mutating func complete(
    _ outcome: Operation.Outcome, at time: Time, process: ProcessID, kind: Operation.Kind, key: Key,
    value: JSON,
    server: Int32?, isFinal: Bool = false, extra: JSONObject = [:]
  ) throws(HistoryError) {
    try record(outcome.eventType, time, process, kind, key, value, server, isFinal, extra: extra)
  }

  private mutating func record(
    _ type: String, _ time: Time, _ process: ProcessID, _ kind: Operation.Kind, _ key: Key, _ value: JSON,
    _ server: Int32?, _ isFinal: Bool, extra: JSONObject
  ) throws(HistoryError) {
    line.removeAll(keepingCapacity: true)
    append(#"{"time":"#, time.wall)
    append(#","mono":"#, time.monotonic)
    append(#","process":"#, Int64(process.number))
    append(#","type":""#)
    line.append(contentsOf: type.utf8)
    append(#"","f":""#)
    line.append(contentsOf: kind.eventFunction.utf8)
    append(#"","key":"#)
    Value.writeJSON(string: key.text, to: &line)
    append(#","value":"#)
    value.write(to: &line)
    if let server { append(#","server":"#, Int64(server)) }
    if let client { append(#","client":"#, Int64(client)) }
    if isFinal { append(#","final":true"#) }
    for member in extra.members {
      append(",")
      Value.writeJSON(string: member.name, to: &line)
      append(":")
      member.json.write(to: &line)
    }
    append("}\n")
    try write()
  }

  private mutating func append(_ text: StaticString) {
    line.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func append(_ text: StaticString, _ number: Int64) {
    append(text)
    Value.integer(number).writeJSON(to: &line)
  }

  private func write() throws(HistoryError) {
    var written = 0
    while written < line.count {
      let count = line.withUnsafeBytes { buffer in
        Foundation.write(descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
      }
      if count >= 0 {
        written += count
      } else if errno != EINTR {
        throw HistoryError(file: path, reason: "cannot be written: \(Self.errorText())", isUnreachable: true)
      }
    }
  }

  private static func errorText() -> String {
    String(cString: strerror(errno))
  }
}

extension Operation.Outcome {
  /// The `type` of the completion event.
  public var eventType: String {
    switch self {
    case .ok: "ok"
    case .fail: "fail"
    case .unknown: "info"
    }
  }
}

extension Operation.Kind {
  /// The `f` of the operation's events.
  public var eventFunction: String {
    switch self {
    case .read: "read"
    case .write: "write"
    case .compareAndSet: "cas"
    }
  }
}
