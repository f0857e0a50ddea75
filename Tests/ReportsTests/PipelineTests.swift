import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

@Suite("Reports for pipelines")
struct PipelineTests {
  /// Writes reports of those kinds and hands over each file's text by its name.
  private func written(
    _ checked: CheckedFile, _ kinds: Set<ReportKind>, stem: String = "h"
  ) throws -> [String: String] {
    try withTemporaryFolder { folder in
      _ = try ReportFiles(folder: ReportFolder(path: folder.plainPath), kinds: kinds)
        .write(checked, stem: stem)
      return try texts(folder)
    }
  }

  private func texts(_ folder: URL) throws -> [String: String] {
    var texts: [String: String] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.plainPath) {
      texts[name] = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    }
    return texts
  }

  private static let violated = Fixtures.checked(
    Fixtures.staleRead(), .violated(Fixtures.staleCounterexample))

  @Test("each kind has its own files, a page the report for programs as well, and nothing else is written")
  func kinds() throws {
    let files: [ReportKind: Set<String>] = [
      .html: ["h.html", "h.json"], .json: ["h.json"], .junit: ["h.junit.xml"], .markdown: ["h.md"],
      .svg: ["h.lattice.svg", "h.counterexample.svg"],
    ]
    for kind in ReportKind.allCases {
      #expect(try Set(written(Self.violated, [kind]).keys) == files[kind])
    }
  }

  @Test("a picture of what is no longer refuted goes when the history is judged anew")
  func stalePicture() throws {
    try withTemporaryFolder { folder in
      let files = ReportFiles(folder: ReportFolder(path: folder.plainPath), kinds: [.svg])
      _ = try files.write(Self.violated, stem: "h")
      _ = try files.write(Fixtures.checked(Fixtures.staleRead(), .holds(.order([]))), stem: "h")
      #expect(try Set(texts(folder).keys) == ["h.lattice.svg"])
    }
  }

  @Test("a list of kinds is read whatever its case; a name that is none is told with those that are")
  func list() throws {
    #expect(try ReportKind.kinds("JSON,svg") == [.json, .svg])
    for text in ["", "pdf", "json,", "json svg"] {
      #expect(throws: ReportKind.Unknown.self) { try ReportKind.kinds(text) }
    }
    do {
      _ = try ReportKind.kinds("json,p\ndf")
    } catch {
      #expect(
        error.description
          == #""p\ndf" is not a kind of report; the kinds are html, json, junit, markdown, svg"#)
    }
  }

  // MARK: - JUnit

  /// What readers of JUnit's XML insist on: which attributes an element needs, and which elements it may hold.
  private static let form: [String: (attributes: Set<String>, children: Set<String>)] = [
    "testsuites": (["tests", "failures", "errors"], ["testsuite"]),
    "testsuite": (
      ["id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"],
      ["properties", "testcase", "system-out", "system-err"]
    ),
    "properties": ([], ["property"]), "property": (["name", "value"], []),
    "testcase": (["classname", "name", "time"], ["failure", "error", "skipped"]),
    "failure": (["type", "message"], []), "error": (["type", "message"], []), "skipped": (["message"], []),
    "system-out": ([], []), "system-err": ([], []),
  ]

  private func expectForm(_ document: MarkupDocument, _ comment: String) throws {
    #expect(document.problem == nil, "\(comment)")
    for element in document.elements {
      let form = try #require(Self.form[element.name], "\(element.name)")
      #expect(Set(element.attributes.keys) == form.attributes, "\(comment): \(element.name)")
      if let parent = element.parents.last {
        #expect(Self.form[parent]?.children.contains(element.name) == true, "\(comment): \(element.name)")
      }
    }
    for suite in document.all("testsuite") {
      #expect(suite.attributes["timestamp"]?.wholeMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/#) != nil)
      #expect(suite.attributes["hostname"]?.isEmpty == false)
      for (name, count) in [
        ("testcase", "tests"), ("failure", "failures"), ("error", "errors"), ("skipped", "skipped"),
      ] {
        #expect(suite.attributes[count] == "\(document.all(name).count)", "\(comment): \(count)")
      }
    }
  }

  @Test(
    "JUnit: a case for each model; violated is a failure, undecided an error, what nobody asked about skipped"
  )
  func junit() throws {
    let history = Fixtures.staleRead()
    let outcomes: [(Model, Verdict.Outcome, isAsked: Bool)] = [
      (.linearizable, .violated(Fixtures.staleCounterexample), true), (.sequential, .holds(.order([])), true),
      (.causal, .undecided(.ambiguous("open")), true),
      (.regular, .violated(Fixtures.staleCounterexample), false),
    ]
    let judgements = outcomes.map { model, outcome, isAsked in
      CheckedFile.Judgement(
        verdict: Verdict(model: model, outcome: outcome), elapsed: .milliseconds(2), isAsked: isAsked)
    }
    let checked = CheckedFile(file: "a/h.jsonl", outcome: .judged(history, judgements))
    let document = MarkupDocument(try #require(written(checked, [.junit])["h.junit.xml"]))
    try expectForm(document, "four models")
    #expect(
      document.all("testcase").map { $0.attributes["name"] } == [
        "linearizable", "sequential", "causal", "regular",
      ])
    #expect(document.all("failure").first?.attributes["message"] == "The history is not linearizable.")
    #expect(document.all("failure").first?.text.contains("client 1  read a 1") == true)
    #expect(document.all("error").first?.attributes["type"] == "ambiguous")
    #expect(
      document.all("skipped").first?.attributes["message"]
        == "For information: The history is not one of regular registers.")
    #expect(document.all("testsuite").first?.attributes["name"] == "a/h.jsonl")
    #expect(document.all("testsuite").first?.attributes["timestamp"] == "2026-11-22T10:00:00")
  }

  @Test("JUnit: a history that was not judged is an error")
  func junitUnreadable() throws {
    let checked = CheckedFile(file: "x", outcome: .noModel("it declares \u{0} none"))
    let document = MarkupDocument(try #require(written(checked, [.junit])["h.junit.xml"]))
    try expectForm(document, "no model")
    #expect(document.all("error").map { $0.attributes["type"] } == ["no-model"])
  }

  @Test("whatever keys, values and file names are, JUnit's XML is well-formed and has its form")
  func junitHostile() throws {
    for seed in 0..<seedCount(default: 60) {
      var random = SplitMix64(seed: seed)
      let document = MarkupDocument(
        try #require(written(HostileTexts.checked(&random), [.junit])["h.junit.xml"]))
      try expectForm(document, "seed \(seed)")
    }
  }

  // MARK: - Markdown

  @Test("Markdown tells the verdict, the counterexample as it stands on the terminal, and every model")
  func markdown() throws {
    #expect(
      try written(Self.violated, [.markdown])["h.md"] == """
        ### \u{274C} violated: <code>h.jsonl</code>

        promised linearizable, 3 operations (3 ok, 0 failed, 0 unknown), 2 processes, keys: 1, servers: 2, seed 42

        **The history is not linearizable.**

        ~~~text
            No single order of these 2 operations respects real time and lets every read return the latest write.
            Without any one of them the others could be ordered.
            The best attempt places write a 2 (client 0).
            Client 1 read 1 from a on server 1 at 10:00:00.005500 (+5.50 ms, took 500 us; line 6), but at that point a \
        holds 2, which client 0 wrote in an operation that had ended 1.50 ms before this one began.
            1 was written to a by client 0 at 10:00:00.000001 (+0 ns, took 2.00 ms; line 2).

            client 0  write a 2  |--------------|
            client 1  read a 1                                          |-------|
                                 10:00:00.003000                         +3.00 ms
        ~~~

        <details><summary>Every model</summary>

        | model | verdict | reason | asked | took |
        | --- | --- | --- | --- | ---: |
        | linearizable | \u{274C} violated | no-order | yes | 1.50 ms |

        </details>


        """)
  }

  @Test("in Markdown nothing ends a block or a code span, mentions anyone, or is HTML of its own")
  func markdownHostile() throws {
    let allowed = ["<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"]
    for seed in 0..<seedCount(default: 60) {
      var random = SplitMix64(seed: seed)
      let text = try #require(written(HostileTexts.checked(&random), [.markdown])["h.md"])
      let blocks = text.components(separatedBy: "\n").split(separator: "~~~text")
      var plain: [String] = []
      for (place, block) in blocks.enumerated() {
        let end = place == 0 ? nil : block.firstIndex(of: "~~~")
        if place > 0 { #expect(end != nil, "seed \(seed)") }
        // Inside a block, every line is indented: it cannot be the end.
        #expect(
          block[block.startIndex..<(end ?? block.startIndex)].allSatisfy {
            $0.isEmpty || $0.hasPrefix("    ")
          })
        plain += block[(end.map { $0 + 1 } ?? block.startIndex)...]
      }
      var rest = plain.joined(separator: "\n")
      for tag in allowed { rest = rest.replacing(tag, with: "") }
      rest = rest.replacing("**The history is not linearizable.**", with: "")
      #expect(!rest.unicodeScalars.contains { "<>`*@[]~\\".unicodeScalars.contains($0) }, "seed \(seed)")
    }
  }

  // MARK: - GitHub

  /// What a check prints, without the text for people, which stands between two commands.
  private func onGitHub(
    _ lines: [String], name: String = "h.jsonl", kinds: Set<ReportKind> = [], summary: String? = nil,
    json: String? = nil
  ) throws -> (commands: [String], all: String, status: CheckStatus) {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: name)
      try lines.map { $0 + "\n" }.joined().write(to: file, atomically: true, encoding: .utf8)
      var options = CheckCommand.Options(
        files: [file.plainPath], reportFolder: folder.appending(path: "r").plainPath, reportKinds: kinds)
      options.isOnGitHub = true
      options.jobSummary = summary
      options.json = json
      var output = ""
      let status = CheckCommand(options, print: { output += $0 }, complain: { _ in }).run()
      let text = output.replacing(folder.plainPath, with: "F")
      var commands: [String] = []
      var token: Substring?
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if let open = token {
          if line == "::\(open)::" { token = nil }
        } else if line.hasPrefix("::stop-commands::") {
          token = line.dropFirst("::stop-commands::".count)
        } else if !line.isEmpty {
          commands.append(String(line))
        }
      }
      #expect(token == nil)
      return (commands, text, status)
    }
  }

  private static func history(value: String) -> [String] {
    [
      #"{"type":"run","format":1,"name":"t","level":"linearizable"}"#,
      #"{"process":0,"type":"invoke","f":"read","key":"a"}"#,
      #"{"process":0,"type":"ok","value":\#(Value.string(value))}"#,
    ]
  }

  @Test("a violation is an error beside the line where it shows, with nothing that ends the command early")
  func annotations() throws {
    let result = try onGitHub(Self.history(value: "50%,:\n::warning::"), name: "100%, a:b.jsonl")
    #expect(result.status == .violated)
    #expect(
      result.commands == [
        "::error file=F/100%25%2C a%3Ab.jsonl,line=2,title=The history is not linearizable::"
          + #"Process 0 read "50%25,:\n::warning::" from a (line 2), but nothing wrote "#
          + #""50%25,:\n::warning::" to a, which held null at first."#
      ])
  }

  @Test("what holds gets no annotation, what cannot be read gets one, and JSON on standard output stays JSON")
  func annotationsOfOthers() throws {
    let good = [
      Self.history(value: "")[0], #"{"process":0,"type":"invoke","f":"write","key":"a","value":1}"#,
      #"{"process":0,"type":"ok"}"#, #"{"process":1,"type":"invoke","f":"read","key":"a"}"#,
      #"{"process":1,"type":"ok","value":1}"#,
    ]
    #expect(try onGitHub(good).commands == [])
    let broken = try onGitHub(["nonsense"]).commands
    #expect(
      broken.count == 1
        && broken[0].hasPrefix("::error file=F/h.jsonl,line=1,title=The history cannot be read::"))
    #expect(throws: Never.self) { try JSON(parsing: onGitHub(Self.history(value: "x"), json: "-").all) }
  }

  @Test("the Markdown, where asked for, is added to the job's summary")
  func jobSummary() throws {
    try withTemporaryFolder { folder in
      let summary = folder.appending(path: "summary.md")
      try "before\n".write(to: summary, atomically: true, encoding: .utf8)
      for kinds: Set<ReportKind> in [[.json], [.markdown], [.markdown]] {
        _ = try onGitHub(Self.history(value: "x"), kinds: kinds, summary: summary.plainPath)
      }
      let text = try String(contentsOf: summary, encoding: .utf8)
      #expect(text.hasPrefix("before\n###") && text.matches(of: #/### .* violated/#).count == 2)
      let status = try onGitHub(
        Self.history(value: "x"), kinds: [.markdown], summary: folder.appending(path: "no/such").plainPath
      ).status
      #expect(status == .cannotCreate)
    }
  }
}
