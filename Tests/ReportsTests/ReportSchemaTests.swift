import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

@Suite("docs/report.schema.json")
struct ReportSchemaTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

  @Test("what kvcheck says of the committed histories has its form, one by one and all together")
  func committed() throws {
    let schema = try JSONSchema(document: "report.schema.json")
    let command = CheckCommand(.init(files: []), print: { _ in }, complain: { _ in })
    let folder = Self.root.appending(path: "histories").plainPath
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".jsonl") }
    try #require(names.count > 8)
    let files = names.map { command.checkFile(folder + "/" + $0) } + [command.checkFile("no/such")]
    let reports = files.map { JSONReport().json($0) }
    for report in reports { #expect(schema.problems(report) == [], "\(report["file"] ?? nil)") }
    #expect(schema.problems(JSONReport().json(reports, status: .violated)) == [])
  }

  @Test("so has what it says of hostile keys and values, of limits, and of what was not judged")
  func others() throws {
    let schema = try JSONSchema(document: "report.schema.json")
    for seed in 0..<seedCount(default: 30) {
      var random = SplitMix64(seed: seed)
      #expect(schema.problems(JSONReport().json(HostileTexts.checked(&random))) == [], "seed \(seed)")
    }
    let undecided: [Undecided] = [
      .ambiguous("open"), .provesNothing("nothing"),
      .limitReached(.time, decided: 1, total: 2, keys: [KeyID(index: 0)]),
      .limitReached(.memory, decided: 0, total: 1, keys: []),
    ]
    let allowance = JSONReport.Allowance(time: .seconds(1), memoryBytes: 1, configurations: 1)
    for reason in undecided {
      let report = JSONReport(allowance: allowance).json(
        Fixtures.checked(Fixtures.staleRead(), .undecided(reason)))
      #expect(schema.problems(report) == [])
    }
    for pattern in Cycle.Pattern.allCases {
      let edge = Cycle.Edge(from: OperationID(0), to: OperationID(1), reason: .processOrder)
      let counterexample = Counterexample(
        reason: .cycle(Cycle(pattern: pattern, edges: [edge])), operations: [OperationID(0)], isMinimal: true)
      let report = JSONReport().json(Fixtures.checked(Fixtures.staleRead(), .violated(counterexample)))
      #expect(schema.problems(report) == [], "\(pattern)")
    }
    for outcome: CheckedFile.Outcome in [.noModel("why"), .fault("why")] {
      #expect(schema.problems(JSONReport().json(CheckedFile(file: "x", outcome: outcome))) == [])
    }
  }

  @Test("the schema refuses what is not a report")
  func refused() throws {
    let schema = try JSONSchema(document: "report.schema.json")
    guard var report = JSONReport().json(Fixtures.checked(Fixtures.mixed(), .holds(.order([])))).object else {
      return
    }
    #expect(schema.problems(.object(report)) == [])
    report["exitStatus"] = 3
    #expect(schema.problems(.object(report)) != [])
    #expect(schema.problems([:]) != [] && schema.problems([]) != [])
  }
}
