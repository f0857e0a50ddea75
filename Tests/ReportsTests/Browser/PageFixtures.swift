import Foundation
import History
import KeyValue
import TestSupport

/// What pages are tried on.
enum PageFixtures {
  /// The folder of the project.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
    .standardizedFileURL.path(percentEncoded: false)

  /// A busy history of several clients and keys, with a stale read and some operations of unknown outcome.
  static func busy(operations: Int) -> History {
    var histories = LargeHistories()
    histories.operations = operations
    histories.processes = 8
    histories.keys = 6
    histories.swapShare = 10
    histories.unknownShare = operations > 100 ? 1 : 0
    histories.staleReads = operations > 100 ? 1 : 0
    return histories.history(seed: 5)
  }

  /// Texts that would do harm, or disguise themselves, were they taken for more than text.
  static let hostile = [
    #"</script><script>harmed = 1</script>"#, #""><img src=x onerror="harmed = 1">"#, "<!--<script>",
    "' onclick='harmed = 1", "{{{data}}}${harmed}\\u003cscript>", "a\u{202E}gpj.exe\u{2066}",
    "\u{2028}\u{0}\u{7F}",
    "שלום עולם", String(repeating: "x", count: 10_000), "<\u{338}script>harmed = 1</script>", "",
  ]
}
