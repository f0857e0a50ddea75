import Foundation
import KeyValue
import Subprocess
import SystemPackage
import Testing

@Suite("kvcheck convert, stats, generate")
struct KvcheckFormatsTests {
  private struct Result {
    let status: TerminationStatus
    let output: String
    let complaints: String
  }

  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../HistoryTests/Fixtures").standardized.path

  private func kvcheck(_ arguments: [String], in folder: URL, input: String = "") async throws -> Result {
    let result = try await Subprocess.run(
      .path(BuiltExecutable.path("kvcheck")), arguments: Arguments(arguments),
      workingDirectory: FilePath(folder.path), input: .string(input), output: .string(limit: 1 << 24),
      error: .string(limit: 1 << 20))
    return Result(
      status: result.terminationStatus, output: result.standardOutput, complaints: result.standardError)
  }

  /// Lets a test work in an empty folder.
  private func inFolder(_ work: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await work(folder)
  }

  @Test(
    "recordings of other tools are judged, compressed or not, with and without the name of the subcommand")
  func check() async throws {
    try await inFolder { folder in
      for (name, options, status) in [
        ("one-a-line.edn", [], Int32(0)), ("vector-of-maps.edn", ["--initial", "0"], 0),
        ("vector-of-maps.edn", [], 1), ("mutex.edn", [], 0), ("mutex.edn", ["--initial", "held"], 1),
        ("etcd.log", [], 0), ("etcd.log.gz", [], 0), ("etcd.log.gz", ["--format", "jepsen-log"], 0),
        ("etcd.log", ["--cas-fail", "mismatch"], 0), ("etcd.log", ["--nil-read", "unknown"], 0),
        ("key-value.txt", [], 1), ("jepsen-names.jsonl", [], 0),
        ("jepsen-names.jsonl", ["--cas-fail", "mismatch"], 0),
        ("append.txt", [], 65), ("multi-register.edn", [], 65),
        ("etcd.log.gz", ["--decompressed-limit", "10"], 65), ("etcd.log", ["--format", "jsonl"], 65),
        ("etcd.log", ["--format", "xml"], 64), ("etcd.log", ["--cas-fail", "maybe"], 64),
      ] {
        let path = "\(Self.fixtures)/\(name)"
        for command in [[], ["check"]] {
          let result = try await kvcheck(
            command + [path, "--model", "linearizable"] + options, in: folder)
          #expect(result.status == .exited(status), "\(name) \(options): \(result)")
        }
      }
    }
  }

  @Test("a history goes to EDN and back through pipes and files, and is judged alike")
  func convert() async throws {
    try await inFolder { folder in
      let made = try await kvcheck(
        ["generate", "--operations", "500", "--cas", "0.2", "--unknown", "0.05", "--out", "h.jsonl"],
        in: folder)
      #expect(made.status == .exited(0) && made.output == "" && made.complaints == "")
      #expect(try await kvcheck(["convert", "h.jsonl", "h.edn"], in: folder).status == .exited(0))
      let edn = try String(contentsOf: folder.appending(path: "h.edn"), encoding: .utf8)
      #expect(edn.hasPrefix("{:index 0, :type :info, :process :run"))
      let back = try await kvcheck(["convert", "-", "-", "--to", "jsonl"], in: folder, input: edn)
      #expect(back.status == .exited(0) && back.output.hasPrefix(#"{"type":"run""#))
      for input in [edn, back.output] {
        let verdict = try await kvcheck(["-", "--json", "-"], in: folder, input: input)
        #expect(verdict.status == .exited(0))
        let file = try JSON(parsing: verdict.output)["files"]?.array?.first
        #expect(file?["verdicts"]?.array?.first?["model"] == "linearizable")
      }
    }
  }

  @Test("what cannot be read or written has its status, and leaves no file behind")
  func failures() async throws {
    try await inFolder { folder in
      let refused = try await kvcheck(["convert", "\(Self.fixtures)/append.txt", "out.jsonl"], in: folder)
      #expect(refused.status == .exited(65) && refused.complaints.contains("append.txt:2:1:"))
      #expect(try await kvcheck(["convert", "nowhere", "out.jsonl"], in: folder).status == .exited(66))
      let unwritable = try await kvcheck(["generate", "--out", "missing/out.jsonl"], in: folder)
      #expect(unwritable.status == .exited(73) && unwritable.complaints.contains("missing/out.jsonl"))
      #expect(try await kvcheck(["stats", "nowhere"], in: folder).status == .exited(66))
      #expect(try await kvcheck(["stats", "\(Self.fixtures)/append.txt"], in: folder).status == .exited(65))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
      for arguments in [
        ["convert", "a"], ["convert", "a", "b", "--to", "xml"], ["stats"], ["stats", "-", "-"], ["generate"],
        ["generate", "--out", "-", "--read-ratio", "2"], ["generate", "--out", "-", "--values", "few"],
        ["generate", "--out", "-", "--anomaly", "bad-luck"],
        ["generate", "--out", "-", "--anomaly", "crossed"],
        ["generate", "--out", "-", "--cas", "0.7"], ["generate", "--out", "-", "--processes", "0"],
      ] {
        #expect(try await kvcheck(arguments, in: folder).status == .exited(64), "\(arguments)")
      }
    }
  }

  @Test("the numbers of a history, for people and for programs")
  func stats() async throws {
    try await inFolder { folder in
      let text = try await kvcheck(["stats", "\(Self.fixtures)/etcd.log.gz"], in: folder)
      #expect(text.status == .exited(0) && text.output.contains("7: 2 ok, 2 failed, 3 unknown"))
      let made = try await kvcheck(["generate", "--keys", "3", "--out", "-"], in: folder)
      let json = try await kvcheck(["stats", "-", "--json", "-"], in: folder, input: made.output)
      let file = try JSON(parsing: json.output)["files"]?.array?.first
      #expect(file?["operations"] == 1000 && file?["keys"] == 3 && file?["repeatedValues"] == 0)
      #expect(file?["kinds"]?["read"]?["latency"]?["p99"]?.integer != nil)
      let saved = try await kvcheck(["stats", "-", "--json", "s.json"], in: folder, input: made.output)
      #expect(saved.output.contains("1000 ok") && saved.status == .exited(0))
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: "s.json").path))
    }
  }

  @Test("an anomaly is generated and found, and the same seed gives the same history")
  func generate() async throws {
    try await inFolder { folder in
      let arguments = [
        "generate", "--operations", "200", "--keys", "2", "--values", "4", "--anomaly", "crossed", "--seed",
        "7",
        "--out", "-",
      ]
      let first = try await kvcheck(arguments, in: folder)
      let second = try await kvcheck(arguments, in: folder)
      #expect(first.output == second.output && first.output.contains("\"anomalies\":[\"crossed\"]"))
      #expect(try await kvcheck(["-"], in: folder, input: first.output).status == .exited(1))
      let valid = try await kvcheck(["generate", "--read-ratio", "0.9", "--out", "-"], in: folder)
      #expect(try await kvcheck(["-"], in: folder, input: valid.output).status == .exited(0))
    }
  }

  @Test("the help of each subcommand has examples; that of generate lists the anomalies")
  func help() async throws {
    try await inFolder { folder in
      for command in ["check", "convert", "stats", "generate"] {
        let result = try await kvcheck([command, "--help"], in: folder)
        #expect(result.status == .exited(0) && result.output.contains("EXAMPLES"), "\(command)")
      }
      let help = try await kvcheck(["generate", "--help"], in: folder).output
      #expect(help.contains("stale-read") && help.contains("false-mismatch"))
    }
  }
}
