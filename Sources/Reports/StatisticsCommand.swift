public import History
import KeyValue

/// Reads histories and tells their numbers: what `kvcheck stats` does, apart from its command line.
public struct StatisticsCommand {
  /// The histories; "-" is standard input.
  public let files: [String]
  /// How to read.
  public let reader: HistoryReader.Options
  /// Where the numbers go as JSON, if anywhere; "-" is standard output, which then has no text.
  public let json: String?
  /// Takes text for standard output.
  public let print: (String) -> Void
  /// Takes text for standard error.
  public let complain: (String) -> Void

  /// Makes a command.
  public init(
    files: [String], reader: HistoryReader.Options, json: String?, print: @escaping (String) -> Void,
    complain: @escaping (String) -> Void
  ) {
    self.files = files
    self.reader = reader
    self.json = json
    self.print = print
    self.complain = complain
  }

  /// Does it all.
  ///
  /// - Returns: the worst status of all files.
  public func run() -> CheckStatus {
    var statuses: [CheckStatus] = []
    var reports: [JSON] = []
    for file in files {
      do throws(HistoryError) {
        let report = StatisticsReport(file: file, try HistoryReader(reader).read(path: file))
        if json != "-" { print(report.text) }
        if json != nil { reports.append(report.json) }
      } catch {
        complain("kvcheck: \(error.description.printable)\n")
        statuses.append(error.isUnreachable ? .noInput : .badData)
      }
    }
    guard let json else { return CheckStatus.worst(statuses) }
    let text = JSON.object(["files": .array(reports)]).indented + "\n"
    if json == "-" {
      print(text)
    } else {
      do throws(ReportFolder.Failure) {
        try ReportFolder.write(text, to: json)
      } catch {
        complain("kvcheck: \(error.description.printable)\n")
        statuses.append(.cannotCreate)
      }
    }
    return CheckStatus.worst(statuses)
  }
}
