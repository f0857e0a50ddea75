import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

@Suite("Reports say how a verdict came about")
struct DecisionTests {
  private func judgement(
    _ decisions: [Verdict.Decision], _ outcome: Verdict.Outcome = .holds(.order([])), follows: Model? = nil
  ) -> CheckedFile {
    let verdict = Verdict(model: .linearizable, outcome: outcome, decisions: decisions)
    return CheckedFile(
      file: "h",
      outcome: .judged(
        Fixtures.mixed(), [.init(verdict: verdict, elapsed: .milliseconds(1), follows: follows)]))
  }

  @Test("with how many keys each procedure decided, where there are several")
  func severalProcedures() {
    let checked = judgement([.init(.zones, keys: 97), .init(.frontier, keys: 2), .init(.wingGong, keys: 1)])
    let words = "zones (97 keys), frontier search (2), Wing-Gong search (1)"
    #expect(TextReport().text(checked).contains("(1.00 ms, by \(words))"))
    #expect(HTMLReport().html(checked).contains("<td>decided in 1.00 ms by \(words)</td>"))
    let decided = JSONReport().json(checked)["verdicts"]?.array?.first?["decidedBy"]
    #expect(
      decided == [
        ["procedure": "zones", "keys": 97], ["procedure": "frontier", "keys": 2],
        ["procedure": "wing-gong", "keys": 1],
      ])
  }

  @Test("of the history as a whole without a number")
  func whole() {
    let checked = judgement([.init(.guidedOrder)])
    #expect(TextReport().text(checked).contains("(1.00 ms, by guided order)"))
    let decided = JSONReport().json(checked)["verdicts"]?.array?.first?["decidedBy"]
    #expect(decided == [["procedure": "guided-order", "keys": JSON.value(.null)]])
  }

  @Test("and nothing where nothing was decided, or it follows")
  func nothing() {
    let open = judgement(
      [.init(.zones, keys: 3)], .undecided(.limitReached(.time, decided: 3, total: 4, keys: [])))
    #expect(TextReport().text(open).contains("(1.00 ms)\n"))
    #expect(HTMLReport().html(open).contains("<td>undecided after 1.00 ms</td>"))
    #expect(
      JSONReport().json(open)["verdicts"]?.array?.first?["decidedBy"] == [["procedure": "zones", "keys": 3]])
    let implied = judgement([], follows: .sequential)
    #expect(TextReport().text(implied).contains("(implied)"))
    #expect(HTMLReport().html(implied).contains("<td>follows from sequential</td>"))
    #expect(JSONReport().json(implied)["verdicts"]?.array?.first?["decidedBy"] == [])
  }

  @Test("in the table of all models")
  func table() throws {
    let command = CheckCommand(.init(files: []), print: { _ in }, complain: { _ in })
    let history = try HistoryText.parse("w(a,1)[0..1] r(a,1)[2..3]\nw(a,2)[0..3] w(b,2)[4..5]\nr(b,2)[6..7]")
    let lines = TextReport().text(command.checkHistory(history, file: "h")).split(separator: "\n")
    func row(_ model: Model) -> [Substring] {
      lines.first { $0.hasPrefix("  \(model) ") }?.split(separator: " ") ?? []
    }
    #expect(row(.linearizable).last == "zones" && row(.linearizable).dropFirst().first == "holds")
    #expect(row(.sequential).suffix(4) == ["-", "follows", "from", "linearizable"])
  }

  @Test("by procedures that the schema and docs/reports.md list")
  func documented() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")
    let text = try String(contentsOf: root.appending(path: "docs/reports.md"), encoding: .utf8)
    let schema = try JSONSchema(document: "report.schema.json")
    for procedure in DecisionProcedure.allCases {
      #expect(text.contains("\n| `\(procedure.rawValue)` |"), "\(procedure.rawValue)")
      #expect(schema.problems(JSONReport().json(judgement([.init(procedure)]))) == [])
    }
    #expect(Set(DecisionProcedure.allCases.map(\.description)).count == DecisionProcedure.allCases.count)
  }
}
