/// Times and durations in words.
public enum TimeText {
  /// A duration with a unit that suits it: "850 ns", "12.3 us", "1.23 ms", "4.50 s".
  public static func duration(nanoseconds: Int64) -> String {
    let magnitude = Double(nanoseconds.magnitude)
    let sign = nanoseconds < 0 ? "-" : ""
    for (unit, size) in [("s", 1e9), ("ms", 1e6), ("us", 1e3)] where magnitude >= size {
      let amount = magnitude / size
      return sign + fixed(amount, places: amount < 10 ? 2 : amount < 100 ? 1 : 0) + " " + unit
    }
    return "\(nanoseconds) ns"
  }

  /// A duration with a unit that suits it.
  public static func duration(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let (nanoseconds, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflowed else { return "\(seconds) s" }
    return self.duration(nanoseconds: nanoseconds &+ attoseconds / 1_000_000_000)
  }

  /// A number with so many places behind the point.
  public static func fixed(_ number: Double, places: Int) -> String {
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = (number * scale).rounded()
    guard scaled.magnitude < 1e15 else { return number.description }
    let digits = Int64(scaled.magnitude).description
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    let sign = scaled < 0 ? "-" : ""
    guard places > 0 else { return sign + padded }
    return sign + padded.dropLast(places) + "." + padded.suffix(places)
  }

  /// The time of day, in UTC and to the microsecond, of a time in nanoseconds since 1970.
  public static func timeOfDay(nanosecondsSince1970 time: Int64) -> String {
    let second: Int64 = 1_000_000_000
    let inDay = ((time % (86_400 * second)) + 86_400 * second) % (86_400 * second)
    func padded(_ number: Int64, _ width: Int) -> String {
      String(repeating: "0", count: width - number.description.count) + number.description
    }
    let seconds = inDay / second
    return padded(seconds / 3600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
      + "."
      + padded(inDay % second / 1000, 6)
  }
}
