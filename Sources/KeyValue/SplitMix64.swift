/// A small generator of random numbers that depends on its seed only, so that a run can be repeated.
///
/// Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014. Not for secrets. Its own
/// questions are answered in integers and not by the standard library, whose ways may change.
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
  private var state: UInt64

  /// Starts a sequence; equal seeds give equal sequences.
  public init(seed: UInt64) {
    state = seed
  }

  /// Starts one of many sequences of a seed, by its number.
  public init(seed: UInt64, stream: UInt64) {
    var seeds = SplitMix64(seed: seed)
    state = seeds.next() ^ (stream &* 0xD1B5_4A32_D192_ED03)
    state = next()
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return bits ^ (bits >> 31)
  }

  /// A number from 0 up to, not including, a bound; 0 where the bound is not positive. The bias is at most bound / 2^64.
  public mutating func below(_ bound: Int64) -> Int64 {
    guard bound > 0 else { return 0 }
    return Int64(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number from 0 up to, not including, a bound; 0 where the bound is not positive.
  public mutating func below(_ bound: Int) -> Int {
    Int(below(Int64(bound)))
  }

  /// So many of the numbers below a bound, all different, in ascending order.
  public mutating func distinct(_ count: Int, below bound: Int) -> [Int] {
    var numbers = Array(0..<max(bound, 0))
    for place in 0..<min(count, numbers.count) {
      numbers.swapAt(place, place + below(numbers.count - place))
    }
    return numbers.prefix(count).sorted()
  }
}
