import KeyValue

/// Which texts of a file were seen before: a hash table of byte ranges, so that a key or a value that occurs a million
/// times is decoded once and costs no allocation after that.
///
/// Open addressing with linear probing, at most half full. The hash is seeded by chance so that no file can be made to
/// collide; the ids do not depend on it.
struct TokenTable {
  private struct Slot {
    var hash: UInt32
    /// The id, one too high; 0 marks a free slot.
    var id: UInt32
    var start: Int
    var count: Int
  }

  private var slots = [Slot](repeating: Slot(hash: 0, id: 0, start: 0, count: 0), count: 64)
  private var used = 0
  private let seed = UInt64.random(in: 1 ... .max)

  /// The hash of a text, to be handed to the other two.
  func hash(of range: Range<Int>, in bytes: borrowing Span<UInt8>) -> UInt32 {
    var hash = seed
    var index = range.lowerBound
    while index < range.upperBound {
      hash = (hash ^ UInt64(bytes[index])) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
      index &+= 1
    }
    return UInt32(truncatingIfNeeded: hash >> 16)
  }

  /// The id of a text that was inserted before; nil when it is new.
  func id(of range: Range<Int>, hash: UInt32, in bytes: borrowing Span<UInt8>) -> UInt32? {
    let mask = slots.count - 1
    var place = Int(hash) & mask
    while slots[place].id != 0 {
      if slots[place].hash == hash, slots[place].count == range.count,
        Self.areEqual(slots[place].start, range.lowerBound, count: range.count, bytes)
      {
        return slots[place].id - 1
      }
      place = (place + 1) & mask
    }
    return nil
  }

  private static func areEqual(
    _ left: Int, _ right: Int, count: Int, _ bytes: borrowing Span<UInt8>
  ) -> Bool {
    var index = 0
    while index < count {
      if bytes[left &+ index] != bytes[right &+ index] { return false }
      index &+= 1
    }
    return true
  }

  /// Remembers the id of a text that is new. Amortised constant time.
  mutating func insert(_ range: Range<Int>, hash: UInt32, id: UInt32) {
    if 2 * used >= slots.count {
      var larger = [Slot](
        repeating: Slot(hash: 0, id: 0, start: 0, count: 0), count: 2 * slots.count)
      for slot in slots where slot.id != 0 { Self.place(slot, in: &larger) }
      slots = larger
    }
    Self.place(Slot(hash: hash, id: id + 1, start: range.lowerBound, count: range.count), in: &slots)
    used += 1
  }

  private static func place(_ slot: Slot, in slots: inout [Slot]) {
    let mask = slots.count - 1
    var place = Int(slot.hash) & mask
    while slots[place].id != 0 { place = (place + 1) & mask }
    slots[place] = slot
  }
}
