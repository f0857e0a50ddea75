public import KeyValue

/// What workloads and faults ask of the seeded source of randomness.
extension SplitMix64 {
  /// True in that share of all cases.
  public mutating func happens(_ share: Share) -> Bool {
    share.perMillion > 0 && below(Int64(1_000_000)) < share.perMillion
  }

  /// An element; nil of none.
  public mutating func pick<Element>(_ elements: [Element]) -> Element? {
    elements.isEmpty ? nil : elements[below(elements.count)]
  }
}
