import CProcess
import DequeModule
import Foundation
import KeyValue

/// One direction of a relayed connection: what was read from one socket and waits until it may go to the other.
///
/// It keeps the order of bytes, and holds a bounded number of them: when it is full, or its path is cut, nothing is read,
/// so that the sender is held up as it would be by a network.
struct RelayPipe {
  /// How many bytes it holds at most.
  static let capacity = 4 << 20
  /// How many bytes are read at once.
  private static let readBytes = 1 << 16

  private struct Chunk {
    let bytes: [UInt8]
    var taken = 0
    let due: Int64
  }

  private var chunks = Deque<Chunk>()
  private var count = 0
  /// Whether the source has nothing more.
  private(set) var isEnded = false
  /// Whether nothing more goes to the sink: everything has, or it takes nothing.
  private(set) var isDone = false
  /// Whether the sink had no room.
  private var isBlocked = false
  private var isMetered = false

  /// Whether it would take more from its source.
  func wantsRead(_ condition: LinkCondition) -> Bool {
    !isEnded && !isDone && !condition.isCut && count < Self.capacity
  }

  /// Whether it waits for room in its sink.
  func wantsWrite(_ condition: LinkCondition) -> Bool { isBlocked && !isDone && !condition.isCut }

  /// When it has something to write if nothing happens before; nil for never.
  func wake(_ condition: LinkCondition, now: Int64) -> Int64? {
    guard !isDone, !isBlocked, !condition.isCut else { return nil }
    guard let first = chunks.first else { return isEnded ? now : nil }
    return isMetered ? max(first.due, now + LinkMeter.interval) : first.due
  }

  /// Takes what the source has now.
  mutating func read(
    from source: CInt, _ condition: LinkCondition, now: Int64, _ random: inout SplitMix64
  ) {
    guard wantsRead(condition) else { return }
    var code: CInt = 0
    let bytes = withUnsafeTemporaryAllocation(byteCount: Self.readBytes, alignment: 1) { buffer in
      let result = Foundation.read(source, buffer.baseAddress, buffer.count)
      code = result < 0 ? errno : 0
      return [UInt8](buffer.prefix(max(0, result)))
    }
    guard !bytes.isEmpty else {
      // Whether it was closed or reset: what it had sent before still arrives.
      if code != EAGAIN, code != EINTR { isEnded = true }
      return
    }
    var due = now + condition.delay
    if condition.jitter > 0 {
      due += Int64(random.below(Int(2 * condition.jitter + 1))) - condition.jitter
    }
    // Bytes overtake one another on no connection.
    chunks.append(Chunk(bytes: bytes, due: max(due, now, chunks.last?.due ?? 0)))
    count += bytes.count
  }

  /// Gives the sink what is due.
  mutating func write(to sink: CInt, _ condition: LinkCondition, _ meter: inout LinkMeter, now: Int64) {
    isBlocked = false
    isMetered = false
    guard !isDone, !condition.isCut else { return }
    while var chunk = chunks.first, chunk.due <= now {
      let left = chunk.bytes.count - chunk.taken
      let allowed = meter.allowance(for: left, condition.bytesPerSecond, now: now)
      guard allowed > 0 else {
        isMetered = true
        return
      }
      let written = chunk.bytes.withUnsafeBytes { bytes in
        cprocess_tcp_write(sink, bytes.baseAddress.map { $0 + chunk.taken }, Int64(allowed))
      }
      guard written >= 0 else {
        if errno == EAGAIN || errno == EINTR { isBlocked = true } else { abandon() }
        return
      }
      meter.take(Int(written))
      count -= Int(written)
      chunk.taken += Int(written)
      if chunk.taken == chunk.bytes.count { chunks.removeFirst() } else { chunks[0] = chunk }
    }
    if chunks.isEmpty, isEnded {
      isDone = true
      shutdown(sink, CInt(SHUT_WR))
    }
  }

  /// Nothing more goes to the sink, and what was to is lost.
  mutating func abandon() {
    isDone = true
    chunks = []
    count = 0
  }
}

/// Counts what a path of limited bandwidth may still carry.
struct LinkMeter {
  /// How often what may be carried is reckoned anew, in nanoseconds: the path carries no more at once than in that time.
  static let interval: Int64 = 5_000_000

  private var since: Int64 = 0
  private var credit = 0

  /// How many of so many bytes may be carried now.
  mutating func allowance(for count: Int, _ bytesPerSecond: Int?, now: Int64) -> Int {
    guard let bytesPerSecond else { return count }
    let elapsed = min(now - since, 1_000_000_000)
    let earned = Int(Double(elapsed) * Double(bytesPerSecond) / 1e9)
    if earned > 0 {
      since = now
      credit = min(credit + earned, max(1, Int(Double(bytesPerSecond) * Double(2 * Self.interval) / 1e9)))
    }
    return min(count, credit)
  }

  mutating func take(_ count: Int) { credit = max(0, credit - count) }
}
