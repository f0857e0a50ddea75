import Reports
import Testing

@Suite("Quantities, times, tables and names")
struct SmallPartsTests {
  @Test("durations are read with their units")
  func durations() {
    let cases: [(String, Duration?)] = [
      ("60s", .seconds(60)), ("5ms", .milliseconds(5)), ("1.5m", .seconds(90)), ("2h", .seconds(7200)),
      ("250us", .microseconds(250)), ("7ns", .nanoseconds(7)), ("3", .seconds(3)), ("3 s", .seconds(3)),
      ("", nil), ("s", nil), ("-5s", nil), ("5x", nil), ("1e9s", nil), ("99999999999h", nil), ("1..5s", nil),
      ("٣s", nil),
    ]
    for (text, duration) in cases { #expect(Quantity.duration(text) == duration, "\(text)") }
  }

  @Test("sizes are read with their units")
  func sizes() {
    let cases: [(String, Int?)] = [
      ("4GB", 4_000_000_000), ("512MiB", 536_870_912), ("1000", 1000), ("1.5kb", 1500),
      ("2 G", 2_000_000_000),
      ("", nil), ("GB", nil), ("-1GB", nil), ("9999999999TB", nil), ("5XB", nil),
    ]
    for (text, bytes) in cases { #expect(Quantity.bytes(text) == bytes, "\(text)") }
  }

  @Test("durations are written with a unit that suits them")
  func durationTexts() {
    let cases: [(Int64, String)] = [
      (0, "0 ns"), (850, "850 ns"), (1_000, "1.00 us"), (12_345, "12.3 us"), (345_678, "346 us"),
      (1_234_567, "1.23 ms"), (59_999_999_999, "60.0 s"), (-1_500_000, "-1.50 ms"),
      (.max, "9223372037 s"), (.min, "-9223372037 s"),
    ]
    for (nanoseconds, text) in cases { #expect(TimeText.duration(nanoseconds: nanoseconds) == text) }
    #expect(TimeText.duration(.milliseconds(2)) == "2.00 ms")
  }

  @Test("times of day are in UTC, before 1970 too")
  func timesOfDay() {
    #expect(TimeText.timeOfDay(nanosecondsSince1970: Fixtures.start + 1_234_567_890) == "10:00:01.234567")
    #expect(TimeText.timeOfDay(nanosecondsSince1970: 0) == "00:00:00.000000")
    #expect(TimeText.timeOfDay(nanosecondsSince1970: -1_000) == "23:59:59.999999")
  }

  @Test("a table aligns numbers on the right, texts on the left, and is empty without rows")
  func table() {
    var table = Table(["name", .number("count")])
    #expect(table.text == "")
    table.append(["a\tb", "7"])
    table.append(["longer", "1234567"])
    #expect(
      table.text == """
        name     count
        ------ -------
        a\\tb         7
        longer 1234567

        """)
  }

  @Test("reports are named after their histories, and no two of one call the same")
  func names() {
    #expect(
      ReportFolder.stems(for: [
        "x/run.jsonl", "y/run.edn", "-", "plain", ".hidden", "a.b.jsonl", "/", "run-2",
      ])
        == [
          "run", "run-2", "stdin", "plain", ".hidden", "a.b", "history", "run-2-2",
        ])
  }
}
