import Consistency
import History
import KeyValue
import Reports
import TestSupport

/// Texts that try to be more than text.
enum HostileTexts {
  private static let pieces = [
    "<script>alert(1)</script>", "</text>", "</svg>", "]]>", "<!--", "-->", "&amp;", "&#0;", "\"", "'",
    "<\u{338}b>",
    "\"\u{301} onload=\"x", "\u{0}", "\u{1B}[31m", "\u{202E}", "\u{2066}", "\u{FFFE}", "\r\n", "\n",
    "::error::x",
    "%0A", "`", "~~~", "| a |", "**b**", "[l](http://x)", "@someone", "e\u{301}", "\u{1F600}",
    "\u{65E5}\u{672C}",
    "{{name}}", "{{{x}}}", " ", "a", "\\", "$x$", "url(#a)",
  ]

  static func random(_ random: inout SplitMix64) -> String {
    if random.percent(5) { return String(repeating: random.pick(pieces), count: 2_000) }
    return (0...random.below(4)).map { _ in random.pick(pieces) }.joined()
  }

  /// A history of two clients with such keys and values, refuted in a way that depends on the numbers.
  static func checked(_ random: inout SplitMix64) -> CheckedFile {
    let key = Key(self.random(&random))
    let value = Value.string(self.random(&random))
    let history = Fixtures.staleRead(clock: random.percent(50) ? .monotonic : .order, key: key, value: value)
    let (write, replacement, read) = (OperationID(0), OperationID(1), OperationID(2))
    let reasons: [Counterexample.Reason] = [
      .thinAirRead(read), .noOrder(placed: [write, replacement], blocked: [read]),
      .overwrittenValue(read: read, write: write, replacement: replacement),
      .disagreement(KeyID(index: 0), reads: [read]), .lostWrite(read: read, write: write),
      .futureRead(read, writes: [write]),
      .cycle(
        Cycle(
          pattern: .cyclicTotalOrder,
          edges: [
            Cycle.Edge(from: write, to: replacement, reason: .processOrder),
            Cycle.Edge(
              from: replacement, to: write,
              reason: .overwrittenBefore(
                read, path: [Cycle.Edge(from: replacement, to: read, reason: .processOrder)])),
          ])),
    ]
    let counterexample = Counterexample(
      reason: random.pick(reasons), operations: [write, replacement, read], isMinimal: true)
    return Fixtures.checked(history, .violated(counterexample), file: self.random(&random))
  }
}
