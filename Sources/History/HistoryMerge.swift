import HeapModule
import KeyValue

/// Joins the parts of a recording into one history file, ordered by the monotonic clock that all of them share.
///
/// A client that was killed may have left half a line; that line is dropped, since its write had not returned and so its
/// request had not been sent, or its reply had not been acted upon. Every other line is kept byte for byte behind its
/// new `index`.
///
/// Parts are read twice, to know that all are sound before anything is written, and never held: of each there is a block in
/// memory, whatever its size.
public struct HistoryMerge: Sendable {
  /// Why a history was not written.
  public enum Failure: Error, Sendable, CustomStringConvertible {
    /// A part that could be read before cannot now.
    case part(HistoryError)
    /// The history cannot be written.
    case file(StreamedFile.Failure)

    /// One line for people.
    public var description: String {
      switch self {
      case .part(let error): error.description
      case .file(let failure): failure.description
      }
    }
  }

  /// Where the lines of a part are.
  enum Part: Sendable {
    case file(path: String)
    case memory([UInt8], name: String)
  }

  /// How much is handed on at once.
  private static let block = 1 << 18

  private var parts: [Part] = []

  /// The number of events so far.
  public private(set) var count = 0

  /// Starts with no events.
  public init() {}

  /// Adds a part that nobody writes any more.
  ///
  /// - Throws: ``HistoryError`` when it cannot be read or a whole line of it is broken; nothing of the part is then added.
  public mutating func add(part path: String) throws(HistoryError) {
    try add(.file(path: path))
  }

  /// Adds a part, given as bytes.
  ///
  /// - Throws: ``HistoryError`` when a whole line of it is broken; nothing of the part is then added.
  public mutating func add(part bytes: [UInt8], name: String) throws(HistoryError) {
    try add(.memory(bytes, name: name))
  }

  private mutating func add(_ part: Part) throws(HistoryError) {
    var lines = try PartLines(part)
    var isOrdered = true
    var last = Int64.min
    while try lines.advance() {
      isOrdered = isOrdered && lines.monotonic >= last
      last = lines.monotonic
    }
    guard lines.count > 0 else { return }
    parts.append(isOrdered ? part : try Self.ordered(part))
    count += lines.count
  }

  /// A part in memory with its lines in order. Clients write theirs in order, so this is for what others have changed.
  private static func ordered(_ part: Part) throws(HistoryError) -> Part {
    var lines = try PartLines(part)
    var bytes: [UInt8] = []
    var places: [(monotonic: Int64, range: Range<Int>)] = []
    while try lines.advance() {
      let start = bytes.count
      try lines.append(from: 0, to: &bytes)
      bytes.append(UInt8(ascii: "\n"))
      places.append((lines.monotonic, start..<bytes.count))
    }
    places.sort { ($0.monotonic, $0.range.lowerBound) < ($1.monotonic, $1.range.lowerBound) }
    return .memory(places.flatMap { bytes[$0.range] }, name: "lines that were out of order")
  }

  /// The next line of a part. Ordered by time, then by part.
  private struct Head: Comparable {
    let monotonic: Int64
    let part: Int

    static func < (left: Head, right: Head) -> Bool {
      (left.monotonic, left.part) < (right.monotonic, right.part)
    }
  }

  /// Writes the whole file, piece by piece. n log p for n events of p parts; memory for a block of each part.
  ///
  /// The events of one part keep their order. Events of several parts at one instant follow one another by part, in the
  /// order in which parts were added: a reader goes by the clock, to which they are simultaneous.
  ///
  /// - Throws: ``Failure`` when a part cannot be read, or what it is merged into cannot be written.
  public func write(
    run: RunDescription, isClean: Bool, reason: String? = nil,
    _ write: ([UInt8]) throws(StreamedFile.Failure) -> Void
  ) throws(Failure) {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * Self.block)
    func handOn() throws(Failure) {
      do throws(StreamedFile.Failure) { try write(bytes) } catch { throw .file(error) }
      bytes.removeAll(keepingCapacity: true)
    }
    run.json.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    var lines: [PartLines] = []
    var heads = Heap<Head>()
    var index = 0
    do throws(HistoryError) {
      for (number, part) in parts.enumerated() {
        lines.append(try PartLines(part))
        if try lines[number].advance() {
          heads.insert(Head(monotonic: lines[number].monotonic, part: number))
        }
      }
    } catch {
      throw .part(error)
    }
    while let part = heads.min?.part {
      bytes += #"{"index":"#.utf8
      bytes.append(decimal: index)
      bytes.append(UInt8(ascii: ","))
      index += 1
      do throws(HistoryError) {
        try lines[part].append(from: 1, to: &bytes)
        if try lines[part].advance() {
          heads.replaceMin(with: Head(monotonic: lines[part].monotonic, part: part))
        } else {
          heads.removeMin()
        }
      } catch {
        throw .part(error)
      }
      bytes.append(UInt8(ascii: "\n"))
      if bytes.count >= Self.block { try handOn() }
    }
    RunEnd(isClean: isClean, reason: reason, events: index).json.write(to: &bytes)
    bytes.append(UInt8(ascii: "\n"))
    try handOn()
  }
}
