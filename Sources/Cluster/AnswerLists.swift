import KeyValue
import Replication

/// The answers of a turn to clients whose requests came in lists, gathered so that each client gets one frame.
struct AnswerLists {
  /// A frame that has grown beyond this is sent before it grows further.
  static let bytesMax = 256 * 1024
  /// All are sent when they have grown beyond this together.
  private static let totalBytesMax = 8 << 20
  /// So many frames are kept for their memory, at most.
  private static let framesKept = 16

  /// What is to be sent to a client.
  struct Frame {
    /// What goes before it.
    fileprivate(set) var envelope: [UInt8] = []
    /// The list; empty when there is nothing to send.
    fileprivate(set) var bytes: [UInt8] = []

    /// Adds an answer, and says how many bytes that were.
    fileprivate mutating func add(_ answer: ClientAnswer, id: UInt64, to command: Command?) -> Int {
      let before = bytes.count
      bytes.append(before == 0 ? UInt8(ascii: "[") : UInt8(ascii: ","))
      answer.write(id: id, to: command, into: &bytes)
      return bytes.count - before
    }
  }

  // Frames beyond `count` are kept for their memory.
  private var frames: [Frame] = []
  private var count = 0
  private var byteCount = 0
  /// The frame that an answer was added to last.
  private var last = 0
  /// The frame of each client, by what goes before its answers.
  private var frameOfClient: [[UInt8]: Int] = [:]

  /// Adds an answer to the frame of a client.
  ///
  /// - Returns: the number of the frame, if it is to be sent before anything else is added to it.
  mutating func add(_ answer: ClientAnswer, id: UInt64, to command: Command?, client envelope: [UInt8])
    -> Int?
  {
    // Most go to the same client as the last.
    if last >= count || frames[last].envelope != envelope {
      last = frameOfClient[envelope] ?? open(envelope)
    }
    let added = frames[last].add(answer, id: id, to: command)
    byteCount += envelope.count + added
    return frames[last].bytes.count > Self.bytesMax ? last : nil
  }

  private mutating func open(_ envelope: [UInt8]) -> Int {
    if count == frames.count { frames.append(Frame()) }
    frames[count].envelope = envelope
    frameOfClient[envelope] = count
    count += 1
    return count - 1
  }

  /// Whether all are to be sent before anything else is added.
  var areFull: Bool { byteCount > Self.totalBytesMax }

  /// The frames that there are, by number.
  var indices: Range<Int> { 0..<count }

  /// A frame.
  subscript(frame: Int) -> Frame { _read { yield frames[frame] } }

  /// Ends the list of a frame, so that it can be sent.
  mutating func close(_ frame: Int) {
    frames[frame].bytes.append(UInt8(ascii: "]"))
  }

  /// Begins a frame anew, once it has been sent.
  mutating func empty(_ frame: Int) { frames[frame].bytes.removeAll(keepingCapacity: true) }

  /// Forgets the clients, to all of whom their frames have been sent.
  mutating func clear() {
    guard count > 0 else { return }
    frameOfClient.removeAll(keepingCapacity: count <= Self.framesKept)
    if frames.count > Self.framesKept { frames.removeSubrange(Self.framesKept...) }
    count = 0
    byteCount = 0
  }
}
