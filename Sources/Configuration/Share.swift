/// How often something happens, from never to always, in millionths: whole numbers, so that every machine draws the same.
public struct Share: Sendable, Hashable {
  /// In how many cases of a million.
  public let perMillion: Int

  /// Never.
  public static let never = Share(perMillion: 0)
  /// Always.
  public static let always = Share(perMillion: 1_000_000)

  /// Makes a share, brought into range.
  public init(perMillion: Int) {
    self.perMillion = min(max(perMillion, 0), 1_000_000)
  }

  /// The share nearest to a fraction from 0 to 1; nil outside.
  init?(fraction: Double) {
    guard (0...1).contains(fraction) else { return nil }
    self.init(perMillion: Int((fraction * 1_000_000).rounded()))
  }

  /// As a fraction from 0 to 1.
  var fraction: Double { Double(perMillion) / 1_000_000 }
}
