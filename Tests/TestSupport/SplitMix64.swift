import Configuration

/// The seeded source of randomness that runs use, with the questions that tests ask of it: the same numbers on every
/// machine.
///
/// It hands out integers only, since rounding would be one more thing to agree on.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var bits: Configuration.SplitMix64

  /// Starts the sequence of a seed.
  public init(seed: UInt64) {
    bits = Configuration.SplitMix64(seed: seed)
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    bits.next()
  }

  /// A number from 0 up to, not including, a positive bound. The bias is at most bound / 2^64.
  public mutating func below(_ bound: Int) -> Int {
    bits.below(bound)
  }

  /// A number of a closed range.
  public mutating func among(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + below(range.upperBound - range.lowerBound + 1)
  }

  /// True in so many cases of a hundred.
  public mutating func percent(_ share: Int) -> Bool {
    below(100) < share
  }

  /// An element of a collection that is not empty.
  public mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[below(elements.count)]
  }
}
