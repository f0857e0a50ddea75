import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

@Suite("HTMLReport")
struct HTMLReportTests {
  private func page(_ checked: CheckedFile) -> String { HTMLReport().html(checked) }

  /// The data of a page.
  private func data(_ html: String) throws -> JSON {
    let opening = #"<script type="application/json" id="data">"#
    let start = try #require(html.range(of: opening)).upperBound
    let end = try #require(html[start...].range(of: "</script>")).lowerBound
    return try JSON(parsing: String(html[start..<end]))
  }

  @Test("a page says in plain HTML what was run, what was decided, and why")
  func plain() throws {
    let html = page(
      Fixtures.checked(
        Fixtures.staleRead(), .violated(Fixtures.staleCounterexample), warnings: ["the reads were few"]))
    for text in [
      "<title>Violated: stale</title>", "The history is not linearizable.", "total-order-broadcast",
      "The reads were few.", "<dt>Seed</dt><dd><bdi>42</bdi></dd>", "2026-11-22T10:00:00.000Z",
      "Without any one of them the others could be ordered.", #"<th scope="row">read</th>"#,
    ] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test("a page links the counterexample that lies beside it, whatever its name")
  func counterexampleLink() throws {
    let checked = Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample))
    #expect(!page(checked).contains("as a history:"))
    let html = HTMLReport().html(checked, counterexamples: [.linearizable: "a: b\"<c.jsonl"])
    #expect(html.contains(#"<a href="./a%3A%20b%22%3Cc.jsonl"><bdi>a: b&quot;&lt;c.jsonl</bdi></a>"#))
    try withTemporaryFolder { url in
      let folder = ReportFolder(path: url.plainPath)
      let counterexamples = try folder.writeCounterexamples(checked, stem: "h")
      for (path, isLinked) in [(counterexamples, true), ([.linearizable: "elsewhere/h.jsonl"], false)] {
        _ = try ReportFiles(folder: folder).write(checked, counterexamples: path, stem: "h")
        let page = try String(contentsOf: url.appending(path: "h.html"), encoding: .utf8)
        #expect(page.contains(#"href="./h-linearizable-counterexample.jsonl""#) == isLinked)
      }
    }
  }

  @Test("a page needs nothing but itself")
  func selfContained() throws {
    let html = page(Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample)))
    for reference in [
      "<link", " src=", "@import", "url(http", "fetch(", "XMLHttpRequest", "innerHTML", "eval(",
    ] {
      #expect(!html.contains(reference), "\(reference)")
    }
    // The names of the languages of markup are the only addresses.
    let addresses = Set(html.matches(of: /https?:\/\/[^"' )<]*/).map { String($0.output) })
    #expect(addresses.isSubset(of: ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"]))
    #expect(html.contains("default-src 'none'"))
  }

  @Test("hostile keys, values and names stay text", arguments: PageFixtures.hostile)
  func hostile(text: String) throws {
    let checked = Fixtures.checked(
      Fixtures.staleRead(key: Key(text), value: .string(text)), .violated(Fixtures.staleCounterexample),
      file: text)
    let html = page(checked)
    let plain = page(Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample)))
    // Counted by bytes: a combining character makes another character of a bracket, but not another byte.
    func count(_ tag: String, _ html: String) -> Int {
      Array(html.utf8).split(separator: UInt8(ascii: "<")).count { $0.starts(with: tag.utf8) }
    }
    for tag in ["script", "/script", "img", "!--", "style", "svg"] {
      #expect(count(tag, html) == count(tag, plain))
    }
    #expect(!html.unicodeScalars.contains { ["\u{202E}", "\u{2066}", "\u{2028}", "\u{0}"].contains($0) })
    #expect(try data(html)["history"]?["keys"]?.array == [JSON(Key(text).printable)])
    #expect(html.utf8.count < plain.utf8.count + 60_000)
    if text.utf8.count == 10_000 { #expect(html.contains("(10000 characters)")) }
  }

  @Test("a history that was not judged has a page that says why")
  func notJudged() {
    let html = page(CheckedFile(file: "<x>.jsonl", outcome: .noModel("no <level> is declared")))
    #expect(html.contains("Not judged") && html.contains("no &lt;level&gt; is declared"))
    #expect(!html.contains("<script"))
  }

  @Test("a page of a large history stays small and says what it leaves out")
  func large() throws {
    let history = PageFixtures.busy(operations: 30_000)
    let centre = OperationID(15_000)
    let counterexample = Counterexample(reason: .thinAirRead(centre), operations: [centre], isMinimal: true)
    let html = page(Fixtures.checked(history, .violated(counterexample)))
    #expect(html.utf8.count < 1_500_000)
    let table = try #require(try data(html)["history"])
    #expect(table["total"] == 30_000 && table["overview"] == nil)
    #expect(try data(html)["important"] == [15_000])
  }

  @Test("where there is no room for latencies and plots, a page goes without and says so")
  func brief() throws {
    let checked = Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample))
    let sentence = "The memory limit left no room for latencies and plots."
    try withTemporaryFolder { url in
      var files = ReportFiles(folder: ReportFolder(path: url.plainPath))
      var asked = 0
      for hasRoom in [true, false] {
        files.hasRoom = { bytes in
          asked = bytes
          return hasRoom
        }
        _ = try files.write(checked, stem: "h")
        let page = try String(contentsOf: url.appending(path: "h.html"), encoding: .utf8)
        #expect(page.contains(sentence) == !hasRoom)
        #expect(page.contains(#"<th scope="row">read</th>"#) == hasRoom)
        #expect(try (data(page).object?["plots"]?.object != nil) == hasRoom)
        #expect(page.contains("The history is not linearizable."))
      }
      #expect(asked > 1_000_000)
    }
  }

  @Test("every page is valid HTML", .enabled(if: Tidy.path != nil, "tidy is not installed"))
  func valid() throws {
    let judge = CheckCommand(.init(files: []), print: { _ in }, complain: { _ in })
    var pages = [
      page(Fixtures.checked(Fixtures.staleRead(), .violated(Fixtures.staleCounterexample))),
      page(Fixtures.checked(Fixtures.mixed(), .undecided(.provesNothing("nothing was read")))),
      page(CheckedFile(file: "x", outcome: .noModel("none"))),
    ]
    for name in ["t3", "t4", "failing-crossed-reads-both-0", "failing-replicas-never-agree"] {
      pages.append(page(judge.checkFile(PageFixtures.root + "/histories/\(name).jsonl")))
    }
    for html in pages { #expect(try Tidy.complaints(html) == "") }
  }
}

/// HTML Tidy, where it is installed.
enum Tidy {
  static let path = ["/usr/bin/tidy", "/usr/local/bin/tidy", "/opt/homebrew/bin/tidy"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// What it finds wrong. It is older than groups in lists of terms and than SVG in a page, and takes empty elements for
  /// mistakes.
  static func complaints(_ html: String) throws -> String {
    try withTemporaryFolder { folder in
      let page = folder.appending(path: "page.html")
      try Data(html.utf8).write(to: page)
      let process = Process()
      process.executableURL = URL(filePath: path ?? "")
      process.arguments = ["-quiet", "-errors", "--fix-style-tags", "no", page.plainPath]
      let pipe = Pipe()
      process.standardError = pipe
      try process.run()
      let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      return output.split(separator: "\n").filter { line in
        !["trimming empty", "dl>", "<dt>", "<dd>", "<title> proprietary", "<style> tag"].contains {
          line.contains($0)
        }
      }.joined(separator: "\n")
    }
  }
}
