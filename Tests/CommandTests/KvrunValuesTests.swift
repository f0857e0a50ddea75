import Foundation
import History
import KeyValue
import Testing

extension KvrunTests {
  @Suite("values")
  struct Values {
    /// JSON texts of values whose type or exact form is easily lost on the way.
    private static let texts = [
      "10", "\"10\"", "1.5", "-0.0", "0", "1e300", "5e-324", "9007199254740993", "9223372036854775807",
      "-9223372036854775808", "null", "\"null\"", "\"\"", "true", "\"true\"", "false",
      #""a \"quoted\" \\ word""#,
      #""two\nlines\tand\u0000more\r""#, #""e\u0301 é 🂡 \u202e""#, #""success""#, #""a:10""#, "\"{}\"",
    ]

    @Test("a compare-and-set is recorded with whether it was applied, and the history holds its level")
    func compareAndSet() async throws {
      let folder = try CommandFolder()
      let configuration = try folder.write(
        """
        {"num_servers":2,"consistency_level":"linearizable","initial":{"a":1},
         "clients":[{"client_number":0,"server_number":1,"requests":[
          {"type":"cas","key":"a","value":[1,2]},{"type":"cas","key":"a","value":[1,3]},{"type":"get","key":"a"}]}]}
        """, to: "cas.json")
      let result = try await folder.kvrun(configuration, ["--record", "h.jsonl", "--check"])
      #expect(result.status == 0, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      let operations = history.operations.filter { !$0.isFinal }
      try #require(operations.map(\.kind) == [.compareAndSet, .compareAndSet, .read])
      #expect(
        operations.map(\.outcome) == [.ok, .ok, .ok] && operations.map(\.isMismatch) == [false, true, false])
      #expect(operations.map { history[$0.value] } == [2, 2, 2])
    }

    @Test(
      "every value comes back as it was set, at every level",
      arguments: ["linearizable", "sequential", "eventual"])
    func roundTrip(level: String) async throws {
      let folder = try CommandFolder()
      let requests = Self.texts.flatMap { text in
        [#"{"type":"set","key":"a","value":\#(text)}"#, #"{"type":"get","key":"a"}"#]
      }
      let configuration = try folder.write(
        """
        {"num_servers":2,"consistency_level":"\(level)",
         "clients":[{"client_number":4,"server_number":1,"requests":[\(requests.joined(separator: ","))]}]}
        """, to: "values.json")
      let result = try await folder.kvrun(configuration, ["--record", "h.jsonl", "--check"])
      #expect(result.status == 0, "\(result.testDescription)")
      let history = try folder.history("h.jsonl")
      let operations = history.operations.filter { !$0.isFinal }
      #expect(operations.count == 2 * Self.texts.count)
      for (index, text) in Self.texts.enumerated() {
        let expected = try #require(try JSON(parsing: text).scalar)
        let (write, read) = (operations[2 * index], operations[2 * index + 1])
        #expect(write.kind == .write && read.kind == .read)
        #expect(history[write.value] == expected && history[read.value] == expected, "\(text)")
      }
      // Equal numbers may be written in several ways; the recording keeps what was set and what came back to the letter.
      let events = try (folder.text("h.jsonl") ?? "").split(separator: "\n").map {
        try JSON(parsing: String($0))
      }
      .filter { $0["client"] != nil }
      func values(_ type: String, _ function: String) -> [String] {
        events.filter { $0["type"]?.string == type && $0["f"]?.string == function }.map {
          "\($0["value"] ?? nil)"
        }
      }
      let texts = try Self.texts.map { try JSON(parsing: $0).description }
      #expect(values("invoke", "write") == texts && values("ok", "read") == texts)
      #expect(!result.output.unicodeScalars.contains { $0.properties.generalCategory == .format })
    }

    @Test("a value that is too long for the servers fails for certain, and the run goes on")
    func tooLong() async throws {
      let folder = try CommandFolder()
      let long = String(repeating: "x", count: 1 << 20)
      let configuration = try folder.write(
        """
        {"num_servers":2,"consistency_level":"linearizable","initial":{"a":0},"clients":[
          {"client_number":0,"server_number":0,"requests":[
            {"type":"set","key":"a","value":"\(long)"},{"type":"set","key":"a","value":1},{"type":"get","key":"a"}]}]}
        """, to: "long.json")
      let result = try await folder.kvrun(configuration, ["--record", "h.jsonl", "--check"])
      #expect(result.status == 0, "\(result.testDescription.prefix(2000))")
      #expect(result.output.count < 10_000, "a long value is not printed whole")
      let operations = try folder.history("h.jsonl").operations.filter { !$0.isFinal }
      #expect(operations.map(\.outcome) == [.fail, .ok, .ok])
    }
  }
}
