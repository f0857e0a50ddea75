/// Which keys or values were seen before: a hash table of ids alone, 8 bytes a slot, which asks its owner what an id
/// stands for.
///
/// Open addressing with linear probing, at most half full. Part of each hash is kept, so that the owner is hardly ever
/// asked in vain and the table grows without asking at all. The hash is seeded by chance so that no file can be made to
/// collide; the ids do not depend on it.
struct InternTable: Sendable {
  /// The id, one too high, below 32 bits of the hash; 0 marks a free slot.
  private var slots = [UInt64](repeating: 0, count: 64)
  private var used = 0
  private let seed = UInt64.random(in: .min ... .max)

  /// The hash of a number.
  func hash(of bits: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: Self.mix(bits ^ seed, seed | 1) >> 32)
  }

  /// The hash of a text.
  func hash(of range: Range<Int>, in bytes: borrowing Span<UInt8>) -> UInt32 {
    var hash = seed ^ UInt64(truncatingIfNeeded: range.count)
    var offset = range.lowerBound
    while range.upperBound &- offset >= 8 {
      hash = Self.mix(hash ^ EightBytes(bytes, at: offset).bits, 0x9E37_79B9_7F4A_7C15)
      offset &+= 8
    }
    let rest = EightBytes(bytes, at: offset, count: range.upperBound &- offset).bits
    return UInt32(truncatingIfNeeded: Self.mix(hash ^ rest, seed | 1) >> 32)
  }

  /// Both halves of a product, each bit of which depends on all lower bits of the factors.
  @inline(__always)
  private static func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    let folded = product.high ^ product.low
    return folded &* 0xD6E8_FEB8_6659_FD93
  }

  /// The id under a hash that the owner recognizes; nil when there is none.
  @inline(__always)
  func id(hash: UInt32, where isEqual: (UInt32) -> Bool) -> UInt32? {
    let mask = slots.count &- 1
    var place = Int(hash) & mask
    while slots[place] != 0 {
      if UInt32(truncatingIfNeeded: slots[place] >> 32) == hash {
        let id = UInt32(truncatingIfNeeded: slots[place]) &- 1
        if isEqual(id) { return id }
      }
      place = (place &+ 1) & mask
    }
    return nil
  }

  /// Remembers an id that is new. Amortised constant time.
  mutating func insert(_ id: UInt32, hash: UInt32) {
    if 2 * used >= slots.count {
      var larger = [UInt64](repeating: 0, count: 2 * slots.count)
      for slot in slots where slot != 0 { Self.place(slot, in: &larger) }
      slots = larger
    }
    Self.place(UInt64(hash) << 32 | UInt64(id + 1), in: &slots)
    used += 1
  }

  /// The bytes of the table that takes this one's place when so many ids are added; 0 where they fit.
  func growth(adding count: Int) -> Int {
    var slots = slots.count
    while 2 * (used + count) >= slots { slots *= 2 }
    return slots == self.slots.count ? 0 : slots * MemoryLayout<UInt64>.stride
  }

  private static func place(_ slot: UInt64, in slots: inout [UInt64]) {
    let mask = slots.count - 1
    var place = Int(slot >> 32) & mask
    while slots[place] != 0 { place = (place + 1) & mask }
    slots[place] = slot
  }
}
