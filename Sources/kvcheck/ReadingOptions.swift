public import ArgumentParser
public import History
import KeyValue
import Reports

/// How to read histories: options that several subcommands share.
struct ReadingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "\(HistoryFormat.allCases.map(\.rawValue).joined(separator: ", ")). (default: recognised by the content)",
      valueName: "format"))
  var format: HistoryFormat?

  @Option(
    help: ArgumentHelp(
      "What a cas that ended with fail means: no-effect, nothing happened; mismatch, the value differed. (default: no-effect)",
      valueName: "meaning"))
  var casFail: FailedCompareAndSet?

  @Option(
    help: ArgumentHelp(
      "What a read that returned nil means: unknown, the result was not recorded; absent, there was no value. (default: unknown for jepsen-edn, absent for the others)",
      valueName: "meaning"))
  var nilRead: NilRead?

  @Option(
    help: ArgumentHelp(
      "What keys hold at first, where the history does not say: JSON such as 0, or a text. (default: null)",
      valueName: "value"),
    transform: { ReadingOptions.value($0) })
  var initial: Value?

  @Flag(help: "Leave out what is incomplete at the end of a file that was cut short.")
  var allowTruncated = false

  @Option(
    help: ArgumentHelp(
      "By how much the clocks of several hosts may be wrong. (default: 0)", valueName: "duration"
    ),
    transform: { try Quantity.durationOption($0) })
  var clockError: Duration = .zero

  @Option(
    help: ArgumentHelp(
      "The largest size of a compressed history once decompressed. (default: 4GB)", valueName: "size"),
    transform: { try Arguments.bytes($0) })
  var decompressedLimit: Int?

  var options: HistoryReader.Options {
    HistoryReader.Options(
      allowsTruncated: allowTruncated, clockErrorNanoseconds: Int64(clockError / .nanoseconds(1)),
      format: format,
      failedCompareAndSet: casFail, nilRead: nilRead, initial: initial,
      decompressedBytesMax: decompressedLimit ?? HistoryReader.Options.decompressedBytesMaxDefault)
  }

  /// The JSON scalar of a text; the text itself where it is none.
  private static func value(_ text: String) -> Value {
    if text == "nil" { return .null }
    return (try? JSON(parsing: text))?.scalar ?? .string(text)
  }
}

extension HistoryFormat: ExpressibleByArgument {}
extension NilRead: ExpressibleByArgument {}
extension FailedCompareAndSet: ExpressibleByArgument {}
extension HistoryConversion.Target: ExpressibleByArgument {}
extension Anomaly: ExpressibleByArgument {}
