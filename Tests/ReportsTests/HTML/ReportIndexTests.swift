import Foundation
import TestSupport
import Testing

@testable import Reports

@Suite("ReportIndex")
struct ReportIndexTests {
  private func report(
    _ configuration: String, started: String, _ verdicts: [String: String], level: String = "sequential"
  ) -> String {
    let list = verdicts.sorted { $0.key < $1.key }.map { model, verdict in
      #"{"model":"\#(model)","asked":true,"verdict":"\#(verdict)","witness":{"operations":[1,[2]]},"#
        + #""reason":{"code":"x","headline":"It is \#(model).","sentences":[]}}"#
    }
    let status = verdicts.values.contains("violated") ? 1 : 0
    return
      #"{"format":1,"file":"h","exitStatus":\#(status),"run":{"name":"\#(configuration)","level":"\#(level)","#
      + #""started":"\#(started)"},"counts":{"operations":7},"verdicts":[\#(list.joined(separator: ","))],"later":{}}"#
  }

  private func html(_ files: [String: String]) throws -> String {
    try withTemporaryFolder { folder in
      for (name, text) in files { try Data(text.utf8).write(to: folder.appending(path: name)) }
      return ReportIndex(folder: folder.plainPath).html
    }
  }

  /// The texts of the cells, row by row.
  private func rows(_ html: String) -> [[String]] {
    html.components(separatedBy: "<tr class").dropFirst().map { row in
      row.matches(of: /<t[hd][^>]*>(.*?)<\/t[hd]>/.dotMatchesNewlines()).map { cell in
        String(cell.output.1.replacing(/<[^>]*>/, with: "|"))
      }
    }
  }

  @Test("reports are listed newest first, each with what changed since the run before of its configuration")
  func changes() throws {
    let html = try html([
      "old.json": report("t3", started: "2026-01-01T00:00:00Z", ["sequential": "holds", "causal": "holds"]),
      "new.json": report(
        "t3", started: "2026-01-03T00:00:00Z", ["sequential": "violated", "causal": "holds"]),
      "new.html": "", "mid.json": report("t3", started: "2026-01-02T00:00:00Z", ["sequential": "holds"]),
      "other.json": report("t3", started: "2026-01-04T00:00:00Z", ["sequential": "holds"], level: "eventual"),
    ])
    let rows = rows(html)
    #expect(
      rows.map { $0[4] } == [
        "the first of its configuration", "sequential: violated, before holds", "as before",
        "the first of its configuration",
      ])
    #expect(rows.map { $0[3] } == ["7", "7", "7", "7"])
    #expect(rows[1][1].contains("violated") && rows[1][1].contains("It is sequential."))
    #expect(html.contains(#"href="./new.html""#) && html.contains(#"href="./mid.json""#))
  }

  @Test("models that changed alike are told together, and a moment is a day and a time")
  func together() throws {
    let models = ["causal", "pram", "regular", "safe"]
    let html = try html([
      "old.json": report(
        "t3", started: "2026-01-01T00:00:00Z", Dictionary(uniqueKeysWithValues: models.map { ($0, "holds") })),
      "new.json": report(
        "t3", started: "2026-01-03T07:08:09.123Z",
        Dictionary(uniqueKeysWithValues: models.map { ($0, "undecided") })),
    ])
    let rows = rows(html)
    #expect(rows[0][4] == "causal, pram, regular and 1 more: undecided, before holds")
    #expect(rows[0][5].hasPrefix("2026-01-03 |07:08:09 UTC"), "\(rows[0][5])")
  }

  @Test("what is no report is passed over, whatever it is")
  func robust() throws {
    let good = report("t3", started: "2026-01-01T00:00:00Z", ["sequential": "holds"])
    var files = [
      "good.json": good, "empty.json": "", "list.json": "[]", "other.json": #"{"a":1}"#, "notes.txt": "x",
    ]
    files["future.json"] = good.replacing(#""format":1"#, with: #""format":2"#)
    for (number, length) in stride(from: 1, to: good.utf8.count, by: 7).enumerated() {
      files["cut\(number).json"] = String(good.prefix(length))
    }
    let html = try html(files)
    #expect(
      rows(html).count == 1
        && html.contains("Files passed over because they are no reports: \(files.count - 2)."))
    #expect(ReportIndex(folder: "/nonexistent").html.contains("There are no reports here yet."))
  }

  @Test("a report without verdicts says why, and hostile names stay text")
  func hostile() throws {
    let html = try html([
      #"<b>"x" ?#%&.json"#: #"{"format":1,"file":"<i>","exitStatus":65,"error":{"reason":"<script>"}}"#,
      "javascript:alert(1).json": report("<u>", started: "\\u202e", ["<s>": "holds"]),
    ])
    for tag in ["<b>", "<i>", "<u>", "<s>", "<script"] { #expect(!html.contains(tag), "\(tag)") }
    #expect(html.contains(#"href="./%3Cb%3E%22x%22%20%3F%23%25%26.json""#) && html.contains("not judged"))
    #expect(html.contains(#"href="./javascript%3Aalert%281%29.json""#))
    #expect(!html.unicodeScalars.contains("\u{202E}"))
  }
}
