internal import Histogram

/// Latencies, counted in classes whose width is a thousandth of what they hold, or a tenth: a high dynamic range histogram
/// (Gil Tene's HdrHistogram). Its size does not depend on how many there are.
public struct LatencyHistogram: Sendable, Equatable {
  /// How finely latencies are told apart.
  public enum Precision: Sendable {
    /// To a thousandth, in some 48,000 classes.
    case thousandth
    /// To a tenth, in some 700 classes, which are looked through in an instant.
    case tenth
  }

  /// The longest latency that is told apart from longer ones, in nanoseconds: two days.
  public static let nanosecondsMax: Int64 = 172_800_000_000_000

  private var histogram: Histogram<UInt64>

  /// Makes an empty histogram.
  public init(_ precision: Precision = .thousandth) {
    histogram = Histogram(
      lowestDiscernibleValue: 1, highestTrackableValue: UInt64(Self.nanosecondsMax),
      numberOfSignificantValueDigits: precision == .tenth ? .one : .three)
  }

  /// The number of latencies.
  public var count: Int { Int(clamping: histogram.totalCount) }

  /// Adds latencies, brought into what the histogram can hold.
  public mutating func record(nanoseconds: Int64, count: Int = 1) {
    guard count > 0 else { return }
    let value = UInt64(min(max(nanoseconds, 0), Self.nanosecondsMax))
    histogram.record(value, count: UInt64(count))
  }

  /// Adds those of another histogram, which has the same precision.
  public mutating func merge(_ other: LatencyHistogram) {
    histogram.add(other.histogram)
  }

  /// Forgets them all.
  public mutating func reset() {
    histogram.reset()
  }

  /// The latency that this share of all did not exceed, in nanoseconds, as exact as the classes are; nil when there are none.
  public func nanoseconds(percentile: Double) -> Int64? {
    histogram.totalCount == 0 ? nil : Int64(clamping: histogram.valueAtPercentile(percentile))
  }

  /// The classes that hold something: a latency in nanoseconds that belongs to it, and how many there are. Shortest first.
  public var classes: [(nanoseconds: Int64, count: Int)] {
    histogram.totalCount == 0
      ? [] : histogram.recordedValues().map { (Int64(clamping: $0.value), Int(clamping: $0.count)) }
  }
}
