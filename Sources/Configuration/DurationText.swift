/// Times as a configuration writes them: `"30s"`, `"1.5ms"`, `"-50us"`, or a whole number of milliseconds.
enum DurationText {
  /// The units with their lengths in nanoseconds, longest first.
  private static let units: [(name: String, nanoseconds: Int64)] = [
    ("h", 3_600_000_000_000), ("min", 60_000_000_000), ("s", 1_000_000_000), ("ms", 1_000_000),
    ("us", 1000), ("ns", 1),
  ]

  /// The time that the text spells exactly, in nanoseconds; nil where it spells none, or one with a fraction of a
  /// nanosecond.
  static func nanoseconds(_ text: String) -> Int64? {
    let isNegative = text.hasPrefix("-")
    let digits = text.dropFirst(isNegative ? 1 : 0)
    let number = digits.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let name = digits.dropFirst(number.count)
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard let unit = units.first(where: { $0.name == name }), let whole = parts.first.flatMap({ Int64($0) }),
      parts.count <= 2
    else { return nil }
    var (sum, overflows) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
    guard !overflows else { return nil }
    if parts.count == 2 {
      guard !parts[1].isEmpty, let fraction = fraction(parts[1], of: unit.nanoseconds) else { return nil }
      (sum, overflows) = sum.addingReportingOverflow(fraction)
      guard !overflows else { return nil }
    }
    return isNegative ? -sum : sum
  }

  /// The part of a unit that decimals say, if it is whole.
  private static func fraction(_ decimals: Substring, of unit: Int64) -> Int64? {
    var sum: Int64 = 0
    var place = unit
    for decimal in decimals {
      guard let digit = decimal.wholeNumberValue else { return nil }
      guard digit != 0 else {
        place /= 10
        continue
      }
      guard place % 10 == 0 else { return nil }
      place /= 10
      sum += Int64(digit) * place
    }
    return sum
  }

  /// The time in the longest unit of which it is a whole number.
  static func text(_ nanoseconds: Int64) -> String {
    guard nanoseconds != 0,
      let unit = units.first(where: { nanoseconds.isMultiple(of: $0.nanoseconds) })
    else { return "0s" }
    return "\(nanoseconds / unit.nanoseconds)\(unit.name)"
  }
}

extension Duration {
  /// The time in nanoseconds, rounded towards zero. Exact for every time that a configuration can name.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return overflows ? (seconds < 0 ? .min : .max) : whole &+ attoseconds / 1_000_000_000
  }
}
