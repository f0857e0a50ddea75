import CZeroMQ

/// A message of one or several parts, to be filled, sent, received into, and used again.
///
/// The parts live in libzmq's buffers: receiving copies nothing, and sending a message hands its buffers over and leaves
/// it empty. A loop that keeps one message to receive into allocates nothing per message but what libzmq does for
/// parts of more than 30 bytes.
public struct Message: ~Copyable {
  // Slots hold initialised parts throughout, empty ones beyond `count`. They lie on the heap because libzmq keeps short
  // contents within the slot, so that a slot may not move while its bytes are looked at.
  private var slots: UnsafeMutablePointer<zmq_msg_t>
  private var capacity: Int
  /// How many parts there are.
  public private(set) var count = 0

  /// Makes a message without parts.
  public init() {
    capacity = 4
    slots = .allocate(capacity: capacity)
    for index in 0..<capacity { zmq_msg_init(slots + index) }
  }

  /// Makes a message of parts.
  public init(_ parts: [UInt8]...) {
    self.init()
    for part in parts { append(part) }
  }

  deinit {
    for index in 0..<capacity { zmq_msg_close(slots + index) }
    slots.deallocate()
  }

  /// Whether there are no parts at all. A part without bytes is a part.
  public var isEmpty: Bool { count == 0 }

  /// How many bytes a part has.
  public func size(of part: Int) -> Int {
    zmq_msg_size(slot(part))
  }

  /// Looks at the bytes of a part where they are.
  public func withBytes<Result: ~Copyable, Failure: Error>(
    of part: Int, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let slot = slot(part)
    let start = zmq_msg_data(slot)?.assumingMemoryBound(to: UInt8.self)
    return try body(UnsafeBufferPointer(start: start, count: zmq_msg_size(slot)).span)
  }

  /// A copy of the bytes of a part. Linear in their number.
  public func bytes(of part: Int) -> [UInt8] {
    let slot = slot(part)
    return Array(UnsafeRawBufferPointer(start: zmq_msg_data(slot), count: zmq_msg_size(slot)))
  }

  /// The bytes of a part as text, repaired where they are not UTF-8.
  public func text(of part: Int) -> String {
    let slot = slot(part)
    return String(
      decoding: UnsafeRawBufferPointer(start: zmq_msg_data(slot), count: zmq_msg_size(slot)), as: UTF8.self)
  }

  /// Adds a part with a copy of these bytes.
  public mutating func append(_ bytes: Span<UInt8>) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// Adds a part with a copy of these bytes.
  public mutating func append(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { append($0) }
  }

  /// Adds a part with the UTF-8 of a text.
  public mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
  }

  /// Adds a part with a copy of these bytes.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    let slot = nextSlot()
    // Out of memory ends a Swift program wherever it happens, so it does here.
    precondition(zmq_msg_init_size(slot, bytes.count) == 0, "out of memory")
    if let source = bytes.baseAddress { zmq_msg_data(slot)?.copyMemory(from: source, byteCount: bytes.count) }
    count += 1
  }

  /// Drops the parts from one on, so that an answer can be put behind the envelope of its question.
  public mutating func removeParts(from first: Int = 0) {
    precondition(first >= 0 && first <= count, "no such part")
    for index in first..<count {
      zmq_msg_close(slots + index)
      zmq_msg_init(slots + index)
    }
    count = first
  }

  /// The slot behind the last part, for libzmq to fill; `commitPart` then counts it in.
  mutating func nextSlot() -> UnsafeMutablePointer<zmq_msg_t> {
    if count == capacity { grow() }
    return slots + count
  }

  /// Counts the slot in that libzmq has filled.
  mutating func commitPart() {
    count += 1
  }

  /// An existing part's slot.
  func slot(_ part: Int) -> UnsafeMutablePointer<zmq_msg_t> {
    precondition(part >= 0 && part < count, "no such part")
    return slots + part
  }

  /// Forgets the parts, whose slots libzmq has emptied.
  mutating func forgetParts() {
    count = 0
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<zmq_msg_t>.allocate(capacity: 2 * capacity)
    for index in 0..<2 * capacity {
      zmq_msg_init(larger + index)
      if index < capacity {
        zmq_msg_move(larger + index, slots + index)
        zmq_msg_close(slots + index)
      }
    }
    slots.deallocate()
    slots = larger
    capacity *= 2
  }
}
