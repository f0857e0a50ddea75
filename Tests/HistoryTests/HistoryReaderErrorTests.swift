import Foundation
import History
import KeyValue
import Testing

@Suite("HistoryReader errors")
struct HistoryReaderErrorTests {
  private static let write = #"{"process":0,"type":"invoke","f":"write","key":"a","value":1}"#
  private static let cas = #"{"process":0,"type":"invoke","f":"cas","key":"a","value":[1,2]}"#

  private func failure(_ text: String) -> HistoryError? {
    do {
      _ = try HistoryReader().read(Array(text.utf8), file: "h.jsonl")
      return nil
    } catch {
      return error
    }
  }

  /// Lines, the place where the last one is wrong, and a part of the reason.
  private static let cases: [([String], line: Int, column: Int?, String)] = [
    (["[1]"], 1, 1, "expected an event"),
    (["{} {}"], 1, 4, "expected the end of the line"),
    (["{}"], 1, nil, "needs a \"type\""),
    ([#"{"type":"maybe"}"#], 1, 9, "\"type\" is"),
    ([#"{"type":"ok"}"#], 1, nil, "needs a \"process\""),
    ([#"{"type":"ok","process":0}"#], 1, nil, "completes an operation that it never invoked"),
    ([#"{"type":"invoke","process":0,"key":"a"}"#], 1, nil, "needs an \"f\""),
    ([#"{"type":"invoke","process":0,"key":"a","f":"append"}"#], 1, 44, "none of"),
    ([#"{"type":"invoke","process":0,"f":"read"}"#], 1, nil, "needs a \"key\""),
    ([#"{"type":"invoke","process":0,"f":"read","key":null}"#], 1, nil, "needs a \"key\""),
    ([#"{"type":"invoke","process":0,"f":"read","key":1.5}"#], 1, 47, "a string or an integer"),
    ([#"{"type":"invoke","process":0,"f":"read","key":["a"]}"#], 1, 47, "a string or an integer"),
    ([#"{"type":"invoke","process":0,"f":"write","key":"a"}"#], 1, nil, "needs a \"value\""),
    ([#"{"type":"invoke","process":0,"f":"write","key":"a","value":{}}"#], 1, 60, "a value is"),
    ([#"{"type":"invoke","process":0,"f":"cas","key":"a","value":1}"#], 1, 58, "[old,new]"),
    ([#"{"type":"invoke","process":0,"f":"cas","key":"a","value":[1]}"#], 1, 58, "[old,new]"),
    ([#"{"type":"invoke","process":0,"f":"cas","key":"a","value":[1,[2]]}"#], 1, 61, "a value is"),
    ([#"{"process":3000000000}"#], 1, 12, "does not fit in 32 bits"),
    ([#"{"process":1.5}"#], 1, 12, "expected an integer"),
    ([#"{"time":99999999999999999999}"#], 1, 9, "does not fit in 64 bits"),
    ([#"{"mono":-9223372036854775808}"#], 1, 9, "beyond what this reads"),
    ([#"{"time":"now"}"#], 1, 9, "expected an integer"),
    ([#"{"final":1}"#], 1, 10, "expected true or false"),
    ([#"{"server":"n1"}"#], 1, 11, "known by its number"),
    ([#"{"x":1e999}"#], 1, 6, "does not fit"),
    ([write, write], 2, nil, "while the one it invoked on line 1 is open"),
    ([write, #"{"process":0,"type":"info"}"#, write], 3, nil, "outcome is unknown"),
    ([write, #"{"process":0,"type":"info"}"#, #"{"process":0,"type":"ok"}"#], 3, nil, "never invoked"),
    ([write, #"{"process":0,"type":"ok","f":"read"}"#], 2, 30, "\"f\" differs"),
    ([write, #"{"process":0,"type":"ok","key":"b"}"#], 2, 32, "\"key\" differs"),
    ([write, #"{"process":0,"type":"ok","value":2}"#], 2, 34, "\"value\" differs"),
    ([cas, #"{"process":0,"type":"ok","value":[1,3]}"#], 2, 34, "\"value\" differs"),
    ([cas, #"{"process":0,"type":"ok","value":3}"#], 2, 34, "\"value\" differs"),
    ([cas, #"{"process":0,"type":"ok","applied":false,"value":1}"#], 2, 50, "cannot have found"),
    ([write, #"{"type":"run","format":1,"name":"x"}"#], 2, nil, "must be the first"),
    ([#"{"type":"run","format":2}"#], 1, nil, "format 2 is not known"),
    ([#"{"type":"run","initial":[]}"#], 1, nil, "\"initial\" is not an object"),
    ([#"{"type":"end","clean":true}"#, write], 2, nil, "after the end line, 1"),
  ]

  @Test("every mistake is reported with its line, its column and a reason that helps")
  func mistakes() {
    for (lines, line, column, reason) in Self.cases {
      let found = failure(lines.joined(separator: "\n") + "\n")
      #expect(found?.file == "h.jsonl")
      #expect(found?.line == line, "\(lines)")
      #expect(found?.column == column, "\(lines)")
      #expect(found?.reason.contains(reason) == true, "\(lines): \(String(describing: found))")
      #expect(found?.isUnreachable == false)
    }
  }

  @Test("the largest and the smallest times are read, whatever is computed from them")
  func extremeTimes() throws {
    let (low, high) = (-4_611_686_018_427_387_903, 4_611_686_018_427_387_903)
    let run = #"{"type":"run","format":1,"name":"t","host":"h"}"#
    func lines(_ first: Int, _ second: Int, _ run: String) -> [UInt8] {
      let events = [
        run, #"{"time":\#(high),"mono":\#(first),"process":0,"type":"invoke","f":"read","key":"a"}"#,
        #"{"time":\#(low),"mono":\#(second),"process":0,"type":"ok","value":null}"#,
      ]
      return Array(events.joined(separator: "\n").utf8)
    }
    let history = try HistoryReader().read(lines(low, high, run), file: "h")
    #expect(history.clock == .monotonic && history.wallClockOffset == Int64(high - low))
    #expect(history.operations[0].completed == Int64(high))
    for error in [0, Int64.max] {
      let reader = HistoryReader(.init(clockErrorNanoseconds: error))
      #expect(throws: HistoryError.self) { try reader.read(lines(high, low, run), file: "h") }
      #expect(throws: HistoryError.self) { try reader.read(lines(low, high, ""), file: "h") }
    }
  }

  @Test("text that is not UTF-8 is refused, even where nobody looks")
  func notUTF8() {
    let bytes = Array(#"{"note":""#.utf8) + [0xC3, 0x28] + Array("\"}\n".utf8)
    #expect(throws: HistoryError(file: "h", line: 1, column: 10, reason: "the string is not UTF-8")) {
      try HistoryReader().read(bytes, file: "h")
    }
  }

  @Test("a file is read like its bytes")
  func file() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "h.jsonl")
    try (Self.write + "\n").write(to: file, atomically: true, encoding: .utf8)
    #expect(try HistoryReader().read(path: file.path).operations.count == 1)
    try "".write(to: file, atomically: true, encoding: .utf8)
    #expect(try HistoryReader().read(path: file.path).operations.isEmpty)
  }

  @Test("a file larger than one read is read whole")
  func largeFile() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    let lines = (0..<20_000).map {
      #"{"process":\#($0),"type":"invoke","f":"write","key":"a","value":\#($0)}"#
    }
    try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
    let history = try HistoryReader().read(path: file.path)
    #expect(history.operations.count == 20_000)
    #expect(history[history.operations[19_999].value] == 19_999)
  }

  @Test("a missing file and a folder are told from bad data, with a remedy")
  func unreachable() throws {
    let missing = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    let cases = [(missing, "no such file"), (FileManager.default.temporaryDirectory.path, "a folder")]
    for (path, reason) in cases {
      do {
        _ = try HistoryReader().read(path: path)
        Issue.record("\(reason) was read")
      } catch {
        #expect(error.isUnreachable && error.line == nil && error.file == path)
        #expect(error.reason.contains(reason))
      }
    }
  }
}
