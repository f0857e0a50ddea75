import Foundation
import History
import KeyValue
import Testing

@Suite("Histories from elsewhere, errors")
struct ForeignFormatErrorTests {
  private func failure(_ text: String, _ options: HistoryReader.Options = .init()) -> HistoryError? {
    do {
      _ = try HistoryReader(options).read(Array(text.utf8), file: "h.edn")
      return nil
    } catch {
      return error
    }
  }

  private static let open = "{:process 0, :type :invoke, :f :write, :value 1}\n"

  /// A text, the place where it is wrong, and a part of the reason.
  private static let cases: [(String, line: Int, column: Int, String)] = [
    ("{:process 0 :type}", 1, 18, "has no value"),
    ("{:a 1}\n]", 1, 1, "needs a :process"),
    (open + "]", 2, 1, "nothing opened"),
    (open + "7", 2, 1, "expected an operation"),
    (open + "{:process 0, :type :ok :f :write :value 01}", 2, 41, "does not begin with 0"),
    (open + "{:process 0, :type :ok :f :write :value \"\\q\"}", 2, 42, "no such escape"),
    (open + "{:process 0, :type :ok :f :write :value 1x}", 2, 41, "is no number"),
    (open + "{:process 0, :type :ok :f :write :value 'x}", 2, 41, "Clojure code"),
    (open + "{:process 0, :type :ok :f :write :value 2}", 2, 1, ":value differs"),
    (open + "{:process 0, :type :ok :f :read :value 1}", 2, 1, ":f differs"),
    (open + "{:process 1, :type :ok :f :read :value 1}", 2, 1, "never invoked"),
    (open + open, 2, 1, "while the one it invoked on line 1 is open"),
    (open + "{:process 0 :type :info}\n" + open, 3, 1, "outcome is unknown"),
    (open + "{:process 1, :type :invoke, :f :write, :value [1 2]}", 2, 1, "names no key"),
    (open + "{:process 1, :type :invoke, :f :write, :key 1 :value 2}", 2, 1, "names no key"),
    ("{:process 0, :type :invoke, :f :write, :value 1/3}", 1, 1, "1/3, which has no exact"),
    ("{:process 0, :type :invoke, :f :write, :value 1.5M}", 1, 1, "1.5M"),
    ("{:process 0, :type :invoke, :f :write, :value 9223372036854775808}", 1, 1, "9223372036854775808"),
    ("{:process 0, :type :invoke, :f :write, :value {:a 1}}", 1, 1, "not a map"),
    ("{:process 0, :type :invoke, :f :write, :value #inst \"2026\"}", 1, 1, "not a #inst"),
    ("{:process 0, :type :invoke, :f :write}", 1, 1, "needs a :value"),
    ("{:process 0, :type :invoke, :f :cas, :value 1}", 1, 1, "[old new]"),
    ("{:process 0, :type :invoke, :f :read, :value [1.5 nil]}", 1, 1, "a key is"),
    ("{:process 0, :type :invoke, :f :enqueue, :value 1}", 1, 1, ":enqueue is no operation"),
    ("{:process 0, :type :invoke}", 1, 1, "needs an :f"),
    ("{:process 0, :type :maybe, :f :read}", 1, 1, ":type of an operation"),
    ("{:process 3000000000, :type :invoke, :f :read}", 1, 1, "does not fit in 32 bits"),
    ("{:process 1.5, :type :invoke, :f :read}", 1, 1, "a :process is"),
    ("{:process :run :f :run :type :info :value {\"format\" 2}}", 1, 1, "format 2 is not known"),
    (
      "{:process 0 :type :invoke :f :write :value :a}\n{:process 1 :type :invoke :f :write :value \":a\"}", 2,
      1,
      "both occur"
    ),
  ]

  @Test("every mistake is reported with its line, its column and a reason that helps")
  func mistakes() {
    for (text, line, column, reason) in Self.cases {
      let found = failure(text)
      #expect(found?.line == line && found?.column == column, "\(text): \(String(describing: found))")
      #expect(found?.reason.contains(reason) == true, "\(text): \(String(describing: found))")
      #expect(found?.isUnreachable == false)
    }
  }

  @Test("a transaction over several keys and an append are refused with the reason")
  func unrepresentable() {
    for (name, line, reason) in [
      ("multi-register.edn", 5, "does 2 operations at one instant"), ("append.txt", 2, "extends a value"),
    ] {
      #expect(throws: HistoryError.self) { try Fixture.read(name) }
      do { _ = try Fixture.read(name) } catch {
        #expect(error.line == line && error.reason.contains(reason), "\(error)")
      }
    }
  }

  @Test("a transaction of one operation is that operation")
  func singleTransaction() throws {
    let text = try String(contentsOfFile: Fixture.path("multi-register.edn"), encoding: .utf8)
    let first = text.split(separator: "\n").prefix(4).joined(separator: "\n")
    let history = try HistoryReader().read(Array(first.utf8), file: "h")
    #expect(Fixture.lines(history) == ["0 write :x 1 ok [0..1]", "0 read :x 1 ok [2..3]"])
  }

  @Test("a text that ends too early is refused, and left out on request; a bracket lost in the middle is not")
  func truncation() throws {
    for text in [
      Self.open + "{:process 0, :type :o", "[" + Self.open,
      Self.open + "{:process 0, :type :ok, :error \"tim",
      Self.open + "#op", Self.open + "{:process 0 :type :ok\n  :f",
    ] {
      let found = failure(text)
      #expect(found?.reason.contains("--allow-truncated") == true, "\(text): \(String(describing: found))")
      let history = try HistoryReader(.init(allowsTruncated: true)).read(Array(text.utf8), file: "h")
      #expect(Fixture.lines(history) == ["0 write register 1 unknown [0..]"])
      #expect(history.warnings.count == 1)
    }
    let lost = "{:process 0, :type :invoke\n" + Self.open + Self.open
    #expect(failure(lost, .init(allowsTruncated: true))?.reason == "the bracket is not closed")
    let log = "INFO  jepsen.util - 0\t:invoke\t:write\t1\nINFO  jepsen.util - 0\t:ok\t:write\t\"a"
    #expect(failure(log)?.line == 2)
    let history = try HistoryReader(.init(allowsTruncated: true)).read(Array(log.utf8), file: "h")
    #expect(history.operations.count == 1 && history.warnings.count == 1)
  }

  @Test("a log whose operations are wrong is refused with line and column")
  func logs() {
    let line = "INFO  jepsen.util - 0\t:invoke\t:read\tnil\n"
    #expect(failure(line + line)?.line == 2)
    #expect(failure("- 0 :invoke :read\n", .init(format: .jepsenLog))?.reason.contains("no line is") == true)
    #expect(failure("INFO  jepsen.util - 0\t:invoke\tread\tnil\n")?.reason.contains("such as :read") == true)
  }

  @Test("deep nesting is refused, not recursed into")
  func nesting() {
    for opening in ["[", "{:a ", "(", "#_ ", "#a ", "#{"] {
      let text = "{:a " + String(repeating: opening, count: 100_000)
      #expect(failure(text)?.reason.contains("nested deeper") == true, "\(opening)")
    }
  }
}
