import Foundation
import History
import KeyValue
import SystemPackage
import Testing

extension KvrunTests {
  /// A client program that does what the real one never does shows what the launcher makes of it.
  @Suite("clients that misbehave")
  struct ForgedClient {
    /// A read of a value that nobody wrote.
    private static let violation = """
      {"time":1,"mono":1,"process":0,"type":"invoke","f":"read","key":"a","value":null,"server":0,"client":0}
      {"time":2,"mono":2,"process":0,"type":"ok","f":"read","key":"a","value":7,"server":0,"client":0}
      """

    /// A folder with the real server, and a client that takes its job, says that it is ready, then runs a script, which
    /// has the path of its recording in `$part` and is not run for the final reads.
    private func folder(client script: String, requests: String? = nil) throws -> CommandFolder {
      let folder = try CommandFolder()
      try FileManager.default.createDirectory(
        at: folder.url.appending(path: "programs"), withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: folder.url.appending(path: "programs/kvserver").path,
        withDestinationPath: BuiltExecutable.path("kvserver").string)
      try folder.write(Self.violation + "\n", to: "violation")
      try folder.write(
        """
        #!/bin/sh
        read -r job
        part=$(printf '%s' "$job" | sed 's/.*"recording":"\\([^"]*\\)".*/\\1/; s,\\\\/,/,g')
        case "$job" in *finalReads*) isFinal=1;; *) isFinal=0;; esac
        echo '{"event":"ready"}'
        read -r go
        if [ $isFinal = 0 ]; then
        \(script)
        fi
        echo '{"event":"done"}'
        """, to: "programs/kvclient")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.url.appending(path: "programs/kvclient").path)
      let requests = requests ?? #"{"type":"get","key":"a"}"#
      try folder.write(
        #"{"num_servers":1,"consistency_level":"linearizable","clients":[{"client_number":4,"server_number":0,"requests":[\#(requests)]}]}"#,
        to: "forged.json")
      return folder
    }

    @Test(
      "a violation is kept with its report although nothing was to be recorded, and nothing is overwritten")
    func violation() async throws {
      let folder = try folder(client: "cat violation > \"$part\"")
      try FileManager.default.createDirectory(
        at: folder.url.appending(path: "checker-reports"), withIntermediateDirectories: true)
      try folder.write("precious", to: "checker-reports/forged.json")
      let result = try await folder.kvrun("forged.json", ["--check", "--programs", "programs"])
      #expect(result.status == 1, "\(result.testDescription)")
      let histories = folder.names("histories")
      #expect(histories.count == 2 && histories.last == "run.jsonl", "\(histories)")
      let kept = try #require(histories.first)
      #expect(kept.contains(/^forged-2\d{3}\d{4}T.*\.jsonl$/), "\(kept)")
      #expect(
        result.output.contains("history: histories/\(kept), also histories/run.jsonl"), "\(result.output)")
      #expect(try folder.history("histories/\(kept)").operations.count == 1)
      #expect(folder.text("checker-reports/forged.json") == "precious")
      let report = kept.dropLast("jsonl".count) + "json"
      let written = folder.names("checker-reports")
      #expect(written.filter { $0.hasSuffix(".json") }.sorted() == [String(report), "forged.json"].sorted())
      #expect(written.contains { $0.hasPrefix("forged-2") && $0.hasSuffix("-counterexample.jsonl") })
      #expect(try await folder.run("kvcheck", ["histories/\(kept)"]).status == 1)
    }

    @Test("a report that cannot be written leaves the history, and advice that fits")
    func unwritableReport() async throws {
      let folder = try folder(client: "cat violation > \"$part\"")
      try folder.write("", to: "checker-reports")
      let result = try await folder.kvrun("forged.json", ["--check", "--programs", "programs"])
      #expect(result.status == 73, "\(result.testDescription)")
      #expect(result.complaints.hasPrefix("kvrun: checker-reports/forged-"))
      #expect(
        result.complaints.contains("; judge the history with kvcheck --report-dir"), "\(result.complaints)")
      #expect(folder.names("histories").count == 2 && result.output.contains("VIOLATED"))
    }

    @Test("where the level holds and nothing is to be recorded, nothing is left")
    func nothingKept() async throws {
      let folder = try CommandFolder()
      let result = try await folder.kvrun(testConfiguration("t2"), ["--check"])
      #expect(
        result.status == 0 && result.output.contains("no history was kept"), "\(result.testDescription)")
      #expect(folder.names() == [])
    }

    @Test("a broken recording is not judged without what is broken; all parts are kept, and named")
    func brokenPart() async throws {
      let folder = try folder(client: "{ cat violation; echo nonsense; } > \"$part\"")
      let result = try await folder.kvrun(
        "forged.json", ["--check", "--record", "h.jsonl", "--programs", "programs"])
      #expect(result.status == 73, "\(result.testDescription)")
      #expect(result.complaints.contains("h.parts/0.jsonl:3:"), "\(result.complaints)")
      #expect(
        result.complaints.contains(/what the clients recorded is kept in .*h\.parts\n/),
        "\(result.complaints)")
      #expect(!result.output.contains("VIOLATED"), "\(result.output)")
      #expect(folder.text("h.jsonl") == nil && folder.names("checker-reports") == [])
      #expect(folder.text("h.parts/0.jsonl")?.hasSuffix("nonsense\n") == true)
    }

    @Test("a client that hangs is named when the longest is over that its requests can take")
    func hangs() async throws {
      let folder = try folder(
        client: "cat violation > \"$part\"; kill -STOP $$",
        requests: #"{"type":"get","key":"a"},{"type":"sleep","value":200},{"type":"get","key":"a"}"#)
      let result = try await folder.kvrun(
        "forged.json", ["--record", "h.jsonl", "--programs", "programs"], timeout: 5)
      #expect(result.status == 69, "\(result.testDescription)")
      #expect(
        result.complaints.contains("client 4 hangs: it did not finish its requests within 19.0 seconds"),
        "\(result.complaints)")
      #expect(try folder.history("h.jsonl").end?.isClean == false)
    }

    @Test(
      "a client that cannot be understood is killed, and not said to have failed to start",
      arguments: ["", " >&2"])
    func endlessLine(output: String) async throws {
      let folder = try folder(client: "tr '\\0' x < /dev/zero" + output)
      let result = try await folder.kvrun("forged.json", ["--programs", "programs"], timeout: 60)
      #expect(result.status == 69, "\(result.testDescription.prefix(2000))")
      #expect(
        result.complaints.hasPrefix(
          "kvrun: client 4 ended during the run: what it said could not be read, so it was killed: "),
        "\(result.complaints.prefix(2000))")
    }

    @Test("who does not get ready in time is named with the last lines of its log")
    func notReady() async throws {
      let folder = try folder(client: "true")
      try folder.write("#!/bin/sh\necho 'where am I' >&2\nread -r a; read -r b\n", to: "programs/kvclient")
      let result = try await folder.kvrun("forged.json", ["--programs", "programs"], timeout: 10)
      #expect(result.status == 69, "\(result.testDescription)")
      #expect(result.complaints.hasPrefix("kvrun: client 4 did not start within 10.0 seconds;"))
      #expect(result.complaints.contains("the last lines of its log:\nkvrun:     where am I\n"))
    }

    @Test("a server that does not open its ports is named")
    func silentServer() async throws {
      let folder = try folder(client: "true")
      try FileManager.default.removeItem(at: folder.url.appending(path: "programs/kvserver"))
      try folder.write("#!/bin/sh\nread -r a; read -r b\n", to: "programs/kvserver")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder.url.appending(path: "programs/kvserver").path)
      let result = try await folder.kvrun("forged.json", ["--programs", "programs"], timeout: 0.5)
      #expect(result.status == 69, "\(result.testDescription)")
      #expect(result.complaints.hasPrefix("kvrun: server 0 did not open its ports within 0.5 seconds;"))
    }

    @Test("a client that reads nothing can be killed although its job waits to be written")
    func deafClient() async throws {
      let request = #"{"type":"get","key":"\#(String(repeating: "k", count: 100))"}"#
      let folder = try folder(
        client: "true", requests: Array(repeating: request, count: 5_000).joined(separator: ","))
      try folder.write("#!/bin/sh\nexec sleep 3600\n", to: "programs/kvclient")
      let result = try await folder.kvrun("forged.json", ["--programs", "programs"], timeout: 10)
      #expect(result.status == 69, "\(result.testDescription)")
      #expect(result.complaints.contains("client 4 did not start"), "\(result.complaints)")
      #expect(result.complaints.contains("client 4 did not end within"), "\(result.complaints)")
    }
  }
}
