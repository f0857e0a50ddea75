import Foundation
import KeyValue
import Subprocess
import SystemPackage
import Testing

@Suite("kvcheck")
struct KvcheckCommandTests {
  private struct Result {
    let status: TerminationStatus
    let output: String
    let complaints: String
  }

  private static let run = #"{"type":"run","format":1,"name":"t","level":"linearizable"}"#
  private static let events = [
    #"{"process":0,"type":"invoke","f":"write","key":"a","value":1}"#,
    #"{"process":1,"type":"invoke","f":"read","key":"a"}"#,
    #"{"process":0,"type":"ok"}"#,
    #"{"process":1,"type":"ok","value":1}"#,
  ]
  private static let end = #"{"type":"end","clean":true,"events":4}"#
  private static let good = [run] + events + [end]

  /// Runs kvcheck in an empty folder that has some files.
  private func kvcheck(
    _ arguments: [String], files: [String: [String]] = [:], input: String = "",
    hasOnlyTheseInPath isAlone: Bool = false, then inspect: (URL) throws -> Void = { _ in }
  ) async throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, lines) in files {
      try lines.map { $0 + "\n" }.joined()
        .write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
      if lines.first?.hasPrefix("#!") == true { chmod(folder.appending(path: name).path, 0o700) }
    }
    let environment: [Environment.Key: String?] = isAlone ? ["PATH": folder.path] : [:]
    let result = try await Subprocess.run(
      .path(BuiltExecutable.path("kvcheck")), arguments: Arguments(arguments),
      environment: .inherit.updating(environment), workingDirectory: FilePath(folder.path),
      input: .string(input), output: .string(limit: 1 << 20),
      error: .string(limit: 1 << 20))
    try inspect(folder)
    return Result(
      status: result.terminationStatus, output: result.standardOutput, complaints: result.standardError)
  }

  @Test(
    "a standard output that cannot be written to is an error, whatever the verdict",
    arguments: [["h.jsonl"], ["h.jsonl", "--json", "-"], ["stats", "h.jsonl"]])
  func fullStandardOutput(arguments: [String]) async throws {
    guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Self.good.map { $0 + "\n" }.joined()
      .write(to: folder.appending(path: "h.jsonl"), atomically: true, encoding: .utf8)
    let script = ["-c", "exec \"$0\" \"$@\" > /dev/full", BuiltExecutable.path("kvcheck").string]
    let result = try await Subprocess.run(
      .path("/bin/sh"), arguments: Arguments(script + arguments), workingDirectory: FilePath(folder.path),
      output: .discarded, error: .string(limit: 1 << 20))
    #expect(result.terminationStatus == .exited(73))
    #expect(
      result.standardError
        == "kvcheck: standard output cannot be written: No space left on device\n")
  }

  private static let failingHistories = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../histories").standardized.path

  @Test(
    "--report says which reports are written; a kind that there is not is bad usage, and the kinds are named")
  func reportKinds() async throws {
    let result = try await kvcheck(
      ["h.jsonl", "--report", "junit,markdown", "--quiet"], files: ["h.jsonl": Self.good]
    ) { folder in
      let names = try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: "checker-reports").path)
      #expect(names.sorted() == ["h.junit.xml", "h.md"])
    }
    #expect(result.status == .exited(0) && result.output == "" && result.complaints == "")
    let page = try await kvcheck(
      ["h.jsonl", "--report", "html", "--quiet"], files: ["h.jsonl": Self.good]
    ) { folder in
      let index = try String(
        contentsOf: folder.appending(path: "checker-reports/index.html"), encoding: .utf8)
      #expect(index.contains(#"href="./h.html""#))
    }
    #expect(page.status == .exited(0))
    let wrong = try await kvcheck(["h.jsonl", "--report", "json,pdf"], files: ["h.jsonl": Self.good])
    #expect(wrong.status == .exited(64))
    #expect(wrong.complaints.contains("the kinds are html, json, junit, markdown, svg"))
  }

  @Test(
    "--open has the page opened; where nothing opens it, or there is none, a message says so and the status stays"
  )
  func open() async throws {
    let script = ["#!/bin/sh", "echo \"$1\" >opened"]
    let arguments = ["h.jsonl", "--open", "--quiet"]
    let result = try await kvcheck(
      arguments, files: ["h.jsonl": Self.good, "xdg-open": script], hasOnlyTheseInPath: true
    ) { folder in
      let opened = folder.appending(path: "opened")
      let deadline = ContinuousClock.now + .seconds(60)
      func text() -> String { (try? String(contentsOf: opened, encoding: .utf8)) ?? "" }
      while text().isEmpty, .now < deadline { usleep(5000) }
      #expect(text() == "./checker-reports/h.html\n")
    }
    #expect(result.status == .exited(0) && result.complaints == "")
    let alone = try await kvcheck(arguments, files: ["h.jsonl": Self.good], hasOnlyTheseInPath: true)
    #expect(alone.status == .exited(0) && alone.complaints.contains("xdg-open: No such file or directory"))
    let none = try await kvcheck(arguments + ["--report", "json"], files: ["h.jsonl": Self.good])
    #expect(none.status == .exited(0) && none.complaints == "kvcheck: there is no report to open\n")
  }

  @Test(
    "each failing example is refuted at the level it declares",
    arguments: ["failing-stale-read", "failing-crossed-reads-both-0", "failing-replicas-never-agree"])
  func failingExamples(name: String) async throws {
    let result = try await kvcheck(["\(Self.failingHistories)/\(name).jsonl"]) { folder in
      let report = try String(
        contentsOf: folder.appending(path: "checker-reports/\(name).json"), encoding: .utf8)
      let verdict = try JSON(parsing: report)["verdicts"]?.array?.first
      #expect(verdict?["verdict"] == "violated")
      #expect(verdict?["counterexample"]?["operations"]?.array?.isEmpty == false)
    }
    #expect(result.status == .exited(1))
    #expect(result.output.contains("VIOLATED"))
    #expect(!result.output.contains("\u{1B}"), "no colours in a pipe")
  }

  @Test("a history that satisfies its level ends with 0, and with 2 when it proves nothing")
  func holds() async throws {
    let good = try await kvcheck(["h.jsonl"], files: ["h.jsonl": Self.good])
    #expect(good.status == .exited(0) && good.output.contains("HOLDS"))
    let empty = try await kvcheck(["h.jsonl", "--model", "linearizable"], files: ["h.jsonl": []])
    #expect(empty.status == .exited(2) && empty.output.contains("UNDECIDED"))
  }

  @Test("a history comes from standard input, and JSON goes to standard output, alone")
  func pipes() async throws {
    let text = Self.good.joined(separator: "\n") + "\n"
    let result = try await kvcheck(["-", "--json", "-", "--model", "linearizable,sequential"], input: text)
    #expect(result.status == .exited(0) && result.complaints == "")
    let file = try JSON(parsing: result.output)["files"]?.array?.first
    #expect(file?["file"] == "-")
    #expect(file?["verdicts"]?.array?.map { $0["model"] } == ["linearizable", "sequential"])
  }

  @Test("bad data, missing input and bad usage have their own statuses, and say what to do")
  func failures() async throws {
    let cut = Array(Self.good.dropLast()) + [#"{"process":0,"type":"inv"#]
    let bad = try await kvcheck(["h.jsonl"], files: ["h.jsonl": cut + [""]])
    #expect(bad.status == .exited(65) && bad.complaints.contains("h.jsonl:6:"))
    let missing = try await kvcheck(["nowhere.jsonl"])
    #expect(
      missing.status == .exited(66) && missing.complaints.contains("nowhere.jsonl: there is no such file"))
    let folder = try await kvcheck(["."])
    #expect(folder.status == .exited(66) && folder.complaints.contains("a folder"))
    for arguments in [
      [], ["h", "--model", "quantum"], ["h", "--time-limit", "soon"], ["h", "--memory-limit", "much"],
      ["-", "-"],
      ["h", "--configuration-limit", "0"], ["h", "--wrong"],
      ["h", "--engine", "zones", "--model", "sequential"],
    ] {
      #expect(try await kvcheck(arguments).status == .exited(64), "\(arguments)")
    }
    let plain = try await kvcheck(["h.jsonl"], files: ["h.jsonl": Self.events])
    #expect(plain.status == .exited(2) && plain.output.contains("strongest that hold: linearizable"))
  }

  @Test("a cut last line is refused, and left out on request")
  func truncated() async throws {
    let text = (Self.good.dropLast() + [#"{"process":0,"type":"inv"#]).joined(separator: "\n")
    let refused = try await kvcheck(["-"], input: text)
    #expect(refused.status == .exited(65) && refused.complaints.contains("--allow-truncated"))
    let allowed = try await kvcheck(["-", "--allow-truncated"], input: text)
    #expect(allowed.status == .exited(0) && allowed.output.contains("cut short"))
  }

  @Test("reports that cannot be written end with 73 and one clear message")
  func unwritable() async throws {
    let result = try await kvcheck(
      ["h.jsonl", "--report-dir", "h.jsonl/reports"], files: ["h.jsonl": Self.good])
    #expect(result.status == .exited(73))
    #expect(result.complaints.contains("h.jsonl/reports: cannot be written: Not a directory"))
  }

  @Test("a certificate is written and verified from the files alone, and refused for another history")
  func certificates() async throws {
    let other = Self.good.map { $0.replacing("\"value\":1", with: "\"value\":2") }
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let certificate = folder.appending(path: "c.json").path
    let written = try await kvcheck(
      ["h.jsonl", "--quiet", "--certificate", certificate], files: ["h.jsonl": Self.good])
    #expect(written.status == .exited(0))
    let verified = try await kvcheck(
      ["verify-certificate", certificate, "h.jsonl"], files: ["h.jsonl": Self.good])
    #expect(verified.status == .exited(0) && verified.output.contains("proved"), "\(verified)")
    let refused = try await kvcheck(
      ["verify-certificate", certificate, "h.jsonl"], files: ["h.jsonl": other])
    #expect(refused.status == .exited(1) && refused.complaints.contains("is not about h.jsonl"), "\(refused)")
    let text = try String(contentsOfFile: certificate, encoding: .utf8)
    let forged = text.replacing("\"kind\":\"order-of-each-key\"", with: "\"kind\":\"order\"")
    let unproved = try await kvcheck(
      ["verify-certificate", "c.json", "h.jsonl"], files: ["h.jsonl": Self.good, "c.json": [forged]])
    #expect(unproved.status == .exited(1) && unproved.output.contains("NOT PROVED"), "\(unproved)")
    let broken = try await kvcheck(
      ["verify-certificate", "c.json", "h.jsonl"], files: ["h.jsonl": Self.good, "c.json": ["{}"]])
    #expect(broken.status == .exited(65) && broken.complaints.contains("c.json:"), "\(broken)")
    let missing = try await kvcheck(
      ["verify-certificate", "nowhere", "h.jsonl"], files: ["h.jsonl": Self.good])
    #expect(missing.status == .exited(66))
    let printed = try await kvcheck(["h.jsonl", "--certificate", "-"], files: ["h.jsonl": Self.good])
    #expect(try JSON(parsing: printed.output)["certificate"] == 1)
    for arguments in [["a", "b", "--certificate", "c"], ["a", "--certificate", "-", "--json", "-"]] {
      #expect(try await kvcheck(arguments).status == .exited(64))
    }
  }

  @Test("help shows examples and every exit status")
  func help() async throws {
    let result = try await kvcheck(["--help"])
    #expect(result.status == .exited(0) && result.output.contains("EXAMPLES"))
    for status in ["0 ", "1 ", "2 ", "64", "65", "66", "70", "73", "130"] {
      #expect(result.output.contains("\n  \(status) "), "\(status)")
    }
  }

  @Test("Control-C ends it with 130")
  func interrupt() async throws {
    let result = try await Subprocess.run(
      .path(BuiltExecutable.path("kvcheck")), arguments: ["-"], input: .inputWriter, output: .discarded,
      error: .discarded
    ) { execution in
      // More than a pipe holds: once it is written, kvcheck is reading, and so ready for the signal.
      _ = try await execution.standardInputWriter.write(
        [UInt8](repeating: UInt8(ascii: "\n"), count: 1 << 20))
      try execution.send(signal: .interrupt)
    }
    #expect(result.terminationStatus == .exited(130))
  }
}
