/// Amounts as people type and read them.
public enum Quantity {
  /// A number of things, in words: "1 run", "2 runs".
  ///
  /// - Parameter many: what several are called; nil where that is one's name and an s.
  public static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
    "\(number) \(number == 1 ? one : many ?? one + "s")"
  }

  /// The duration of a text such as "60s", "5ms", "1.5m" or "2h"; a bare number is seconds. nil when it is none, is
  /// negative or lasts longer than a century.
  public static func duration(_ text: String) -> Duration? {
    let units = ["ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "min": 60, "h": 3600, "": 1]
    guard let seconds = amount(text, units), seconds < 3.2e9 else { return nil }
    return .nanoseconds(Int64((seconds * 1e9).rounded()))
  }

  /// The same, for an option of a command.
  ///
  /// - Throws: ``Malformed``, which says what would have been right.
  public static func durationOption(_ text: String) throws(Malformed) -> Duration {
    guard let duration = duration(text) else {
      throw Malformed(description: "\"\(text.printable)\" is not a duration; write 500ms, 60s or 5m")
    }
    return duration
  }

  /// A text that is no amount.
  public struct Malformed: Error, Sendable, CustomStringConvertible {
    /// What is wrong, and what would be right.
    public let description: String
  }

  /// The number of bytes of a text such as "4GB", "512MiB" or "1000000". nil when it is none or does not fit.
  public static func bytes(_ text: String) -> Int? {
    let units: [String: Double] = [
      "": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12,
      "kib": 0x1p10, "mib": 0x1p20, "gib": 0x1p30, "tib": 0x1p40,
    ]
    guard let bytes = amount(text, units), bytes < 0x1p62 else { return nil }
    return Int(bytes)
  }

  private static func amount(_ text: String, _ units: [String: Double]) -> Double? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(number.count).drop { $0 == " " }.lowercased()
    guard let amount = Double(number), let size = units[unit] else { return nil }
    return amount * size
  }
}
