import Foundation
import HeapModule
public import KeyValue

/// Joins the clients' parts of a recording into one history file, ordered by the monotonic clock that all of them share.
///
/// A client that was killed may have left half a line; that line is dropped, since its write had not returned and so its
/// request had not been sent, or its reply had not been acted upon. Every other line is kept byte for byte behind its
/// new `index`.
public struct HistoryMerge {
  private struct Line {
    let monotonic: Int64
    let start: Int
    let end: Int
  }

  /// The bytes of a part and where its lines are, by their times.
  private struct Part {
    let bytes: [UInt8]
    let lines: [Line]
  }

  private var parts: [Part] = []

  /// The number of events so far.
  public private(set) var count = 0

  /// Starts with no events.
  public init() {}

  /// Adds one client's part.
  ///
  /// - Throws: ``HistoryError`` when it cannot be read or a whole line of it is broken.
  public mutating func add(part path: String) throws(HistoryError) {
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe))
    } catch {
      throw HistoryError(
        file: path, reason: "cannot be read: \(error.localizedDescription)", isUnreachable: true)
    }
    try add(part: bytes, name: path)
  }

  /// Adds one client's part, given as bytes. Linear in them, as a client writes its events in order.
  ///
  /// - Throws: ``HistoryError`` when a whole line of it is broken; nothing of the part is then added.
  public mutating func add(part bytes: [UInt8], name: String) throws(HistoryError) {
    var lines: [Line] = []
    var start = 0
    var isOrdered = true
    while case let end = bytes.span.lineEnd(from: start), end < bytes.count {
      do throws(JSONError) {
        let monotonic = try Self.monotonic(bytes.span.extracting(start..<end))
        isOrdered = isOrdered && monotonic >= lines.last?.monotonic ?? .min
        lines.append(Line(monotonic: monotonic, start: start, end: end))
      } catch {
        throw HistoryError(file: name, line: lines.count + 1, column: error.column, reason: error.reason)
      }
      start = end + 1
    }
    if !isOrdered {
      lines.sort { ($0.monotonic, $0.start) < ($1.monotonic, $1.start) }
    }
    count += lines.count
    parts.append(Part(bytes: bytes, lines: lines))
  }

  /// When an event happened, once its line is known to be sound.
  private static func monotonic(_ line: Span<UInt8>) throws(JSONError) -> Int64 {
    let event = try EventLine(line, at: 0)
    // An index is put behind the brace, so that must come first.
    guard line[0] == UInt8(ascii: "{"), let monotonic = event.mono else {
      throw JSONError(line: 1, column: 1, reason: "the event has no \"mono\" time")
    }
    return monotonic
  }

  /// Adds an event of the harness itself.
  public mutating func add(event: JSONObject, monotonic: Int64) {
    var bytes: [UInt8] = []
    JSON.object(event).write(to: &bytes)
    parts.append(Part(bytes: bytes, lines: [Line(monotonic: monotonic, start: 0, end: bytes.count)]))
    count += 1
  }

  /// The next line of a part. Ordered by time, then by part.
  private struct Head: Comparable {
    let monotonic: Int64
    let part: Int

    static func < (left: Head, right: Head) -> Bool {
      (left.monotonic, left.part) < (right.monotonic, right.part)
    }
  }

  /// The whole file. n log p for n events of p parts.
  ///
  /// The events of one part keep their order. Events of several parts at one instant follow one another by part: a
  /// reader goes by the clock, to which they are simultaneous.
  public func file(run: RunDescription, isClean: Bool, reason: String? = nil) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(parts.reduce(512) { $0 + $1.bytes.count + 24 * $1.lines.count })
    run.json.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    var heads = Heap(
      parts.enumerated().compactMap { part, lines in
        lines.lines.first.map { Head(monotonic: $0.monotonic, part: part) }
      })
    var places = Array(repeating: 0, count: parts.count)
    var index = 0
    while let head = heads.min {
      let part = parts[head.part]
      let line = part.lines[places[head.part]]
      bytes += "{\"index\":\(index),".utf8
      bytes += part.bytes[line.start + 1..<line.end]
      bytes.append(UInt8(ascii: "\n"))
      index += 1
      places[head.part] += 1
      if places[head.part] < part.lines.count {
        let next = part.lines[places[head.part]].monotonic
        heads.replaceMin(with: Head(monotonic: next, part: head.part))
      } else {
        heads.removeMin()
      }
    }
    RunEnd(isClean: isClean, reason: reason, events: count).json.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
