public import KeyValue

/// The questions that tests ask of the seeded source of randomness that runs use: the same numbers on every machine.
///
/// It hands out integers only, since rounding would be one more thing to agree on.
extension SplitMix64 {
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
