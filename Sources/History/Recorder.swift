import Foundation
public import KeyValue

/// Writes the events of one client to a file as they happen, so that whatever becomes of the client, what it left behind
/// is sound.
///
/// An invocation is handed to the operating system before the caller may send its request: a request that reached the
/// store is therefore in the file even if the client is killed at the next instant. Nothing is synced to the disk: the
/// file outlives the process, not the machine.
///
/// A client with one session calls ``invoke(process:kind:key:value:server:isFinal:)`` and
/// ``complete(_:at:process:kind:key:value:server:isFinal:stamp:extra:)``. One with many appends the events of a turn of its
/// loop, hands them over together by ``flush()``, and only then sends its requests: the promise is the same, and the system
/// is called once for all of them. A completion may wait for the next turn: one that is lost leaves an operation of unknown
/// outcome, which is true.
public struct Recorder: ~Copyable {
  private let descriptor: CInt
  private let path: String
  private var waiting: [UInt8] = []
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
    appendInvocation(
      at: now, process: process, kind: kind, key: key, value: value, server: server, isFinal: isFinal)
    try flush()
    return now
  }

  /// Records that an operation ended at a time, read when the reply was in hand.
  ///
  /// - Parameters:
  ///   - outcome: what the client learned.
  ///   - stamp: the version that the store reported, as a time and the number of a server.
  ///   - extra: further members of the line, such as `error`.
  /// - Throws: ``HistoryError`` when the line cannot be written.
  public mutating func complete(
    _ outcome: Operation.Outcome, at time: Time, process: ProcessID, kind: Operation.Kind, key: Key,
    value: JSON, server: Int32?, isFinal: Bool = false, stamp: (time: UInt64, server: Int)? = nil,
    extra: JSONObject = [:]
  ) throws(HistoryError) {
    appendCompletion(
      outcome, at: time, process: process, kind: kind, key: key, value: value, server: server,
      isFinal: isFinal, stamp: stamp, extra: extra)
    try flush()
  }

  /// Adds the beginning of an operation to what ``flush()`` hands over. Its request must not be sent before.
  public mutating func appendInvocation(
    at time: Time, process: ProcessID, kind: Operation.Kind, key: Key, value: JSON, server: Int32?,
    isFinal: Bool = false
  ) {
    append("invoke", time, process, kind, key, value, server, isFinal)
    endLine()
  }

  /// Adds the end of an operation to what ``flush()`` hands over; the parameters are those of
  /// ``complete(_:at:process:kind:key:value:server:isFinal:stamp:extra:)``.
  public mutating func appendCompletion(
    _ outcome: Operation.Outcome, at time: Time, process: ProcessID, kind: Operation.Kind, key: Key,
    value: JSON, server: Int32?, isFinal: Bool = false, stamp: (time: UInt64, server: Int)? = nil,
    extra: JSONObject = [:]
  ) {
    append(outcome.eventTypeName, time, process, kind, key, value, server, isFinal)
    if let stamp {
      waiting.append(#","stamp":["#)
      waiting.append(decimal: stamp.time)
      waiting.append(UInt8(ascii: ","))
      waiting.append(decimal: UInt64(stamp.server))
      waiting.append(UInt8(ascii: "]"))
    }
    for member in extra.members {
      waiting.append(UInt8(ascii: ","))
      Value.writeJSON(string: member.name, to: &waiting)
      waiting.append(UInt8(ascii: ":"))
      member.json.write(to: &waiting)
    }
    endLine()
  }

  /// The line but for its end, straight to bytes: a tree for each event costs a client more than its request does.
  private mutating func append(
    _ type: StaticString, _ time: Time, _ process: ProcessID, _ kind: Operation.Kind, _ key: Key,
    _ value: JSON, _ server: Int32?, _ isFinal: Bool
  ) {
    waiting.append(#"{"time":"#)
    waiting.append(decimal: time.wall)
    waiting.append(#","mono":"#)
    waiting.append(decimal: time.monotonic)
    waiting.append(#","process":"#)
    waiting.append(decimal: process.number)
    waiting.append(#","type":""#)
    waiting.append(type)
    waiting.append(#"","f":""#)
    waiting.append(kind.eventFunctionName)
    waiting.append(#"","key":"#)
    Value.writeJSON(string: key.text, to: &waiting)
    waiting.append(#","value":"#)
    value.write(to: &waiting)
    if let server {
      waiting.append(#","server":"#)
      waiting.append(decimal: server)
    }
    if let client {
      waiting.append(#","client":"#)
      waiting.append(decimal: client)
    }
    if isFinal { waiting.append(#","final":true"#) }
  }

  private mutating func endLine() {
    waiting.append(UInt8(ascii: "}"))
    waiting.append(UInt8(ascii: "\n"))
  }

  /// Hands what was appended to the operating system, in one call if it can be.
  ///
  /// - Throws: ``HistoryError`` when it cannot be written; the requests whose invocations were appended must then not be
  ///   sent.
  public mutating func flush() throws(HistoryError) {
    guard !waiting.isEmpty else { return }
    try write()
    waiting.removeAll(keepingCapacity: true)
  }

  private func write() throws(HistoryError) {
    var written = 0
    while written < waiting.count {
      let count = waiting.withUnsafeBytes { buffer in
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
  public var eventType: String { eventTypeName.description }

  var eventTypeName: StaticString {
    switch self {
    case .ok: "ok"
    case .fail: "fail"
    case .unknown: "info"
    }
  }
}

extension Operation.Kind {
  /// The `f` of the operation's events.
  public var eventFunction: String { eventFunctionName.description }

  var eventFunctionName: StaticString {
    switch self {
    case .read: "read"
    case .write: "write"
    case .compareAndSet: "cas"
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append(_ text: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a number as digits. A time has too many of them for a string that needs no memory of its own.
  mutating func append(decimal number: some BinaryInteger) {
    var rest = UInt64(number.magnitude)
    if number < 0 { append(UInt8(ascii: "-")) }
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
      var start = digits.count
      repeat {
        start -= 1
        digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      append(contentsOf: UnsafeMutableBufferPointer(rebasing: digits[start...]))
    }
  }
}
