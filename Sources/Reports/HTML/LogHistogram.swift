import KeyValue

/// How often each magnitude of a duration occurs: four classes for each doubling.
struct LogHistogram {
  private var counts: [Int] = []

  /// Counts a duration in nanoseconds; what is negative counts as 0.
  mutating func add(_ nanoseconds: Int64) {
    let number = UInt64(max(1, nanoseconds))
    let doublings = 63 - number.leadingZeroBitCount
    let quarter =
      doublings >= 2 ? Int(number >> UInt64(doublings - 2) & 3) : Int(number << UInt64(2 - doublings) & 3)
    let place = doublings * 4 + quarter
    if place >= counts.count { counts += Array(repeating: 0, count: place + 1 - counts.count) }
    counts[place] += 1
  }

  /// Where the counts begin, and the counts. The class i holds durations from 2^(i/4) (1 + (i mod 4)/4) on.
  var json: JSON {
    let first = counts.firstIndex { $0 > 0 } ?? 0
    return ["first": JSON(first), "counts": .array(counts[first...].map { JSON($0) })]
  }
}
