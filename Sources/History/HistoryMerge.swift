import Foundation
public import KeyValue

/// Joins the clients' parts of a recording into one history file, ordered by the monotonic clock that all of them share.
///
/// A client that was killed may have left half a line; that line is dropped, since its write had not returned and so its
/// request had not been sent, or its reply had not been acted upon. Every other line is kept byte for byte behind its
/// new `index`.
public struct HistoryMerge {
  private struct Line {
    let monotonic: Int64
    let part: Int
    let range: Range<Int>
  }

  private var parts: [[UInt8]] = []
  private var lines: [Line] = []

  /// Starts with no events.
  public init() {}

  /// The number of events so far.
  public var count: Int { lines.count }

  /// Adds one client's part.
  ///
  /// - Throws: ``HistoryError`` when it cannot be read or a whole line of it is broken.
  public mutating func add(part path: String) throws(HistoryError) {
    let bytes: [UInt8]
    do {
      bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw HistoryError(
        file: path, reason: "cannot be read: \(error.localizedDescription)", isUnreachable: true)
    }
    try add(part: bytes, name: path)
  }

  /// Adds one client's part, given as bytes.
  ///
  /// - Throws: ``HistoryError`` when a whole line of it is broken.
  public mutating func add(part bytes: [UInt8], name: String) throws(HistoryError) {
    var start = 0
    var number = 0
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      number += 1
      do throws(JSONError) {
        let event = try JSON(parsing: bytes.span.extracting(start..<end))
        guard let monotonic = event["mono"]?.integer else {
          throw JSONError(line: 1, column: 1, reason: "the event has no \"mono\" time")
        }
        lines.append(Line(monotonic: monotonic, part: parts.count, range: start..<end))
      } catch {
        throw HistoryError(file: name, line: number, column: error.column, reason: error.reason)
      }
      start = end + 1
    }
    parts.append(bytes)
  }

  /// Adds an event of the harness itself.
  public mutating func add(event: JSONObject, monotonic: Int64) {
    var bytes: [UInt8] = []
    JSON.object(event).write(to: &bytes)
    lines.append(Line(monotonic: monotonic, part: parts.count, range: 0..<bytes.count))
    parts.append(bytes)
  }

  /// The whole file. n log n in the events.
  ///
  /// The events of one part keep their order. Events of several parts at one instant follow one another by part: a
  /// reader goes by the clock, to which they are simultaneous.
  public func file(run: RunDescription, isClean: Bool, reason: String? = nil) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(lines.reduce(512) { $0 + $1.range.count + 24 })
    run.json.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    let ordered = lines.enumerated().sorted { left, right in
      (left.element.monotonic, left.offset) < (right.element.monotonic, right.offset)
    }
    for (index, line) in ordered.map(\.element).enumerated() {
      bytes += "{\"index\":\(index),".utf8
      bytes += parts[line.part][line.range].dropFirst()
      bytes.append(UInt8(ascii: "\n"))
    }
    RunEnd(isClean: isClean, reason: reason, events: lines.count).json.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    return bytes
  }
}
