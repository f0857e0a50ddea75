import Foundation
import KeyValue
import Synchronization
import TestSupport
import Testing

@testable import History

@Suite("The memory that reading a history takes")
struct ReadingMemoryTests {
  @Test("an operation takes 48 bytes, and evidence 4 for each operation that it names")
  func sizes() {
    #expect(stride(History().operations) == 48)
    #expect(MemoryLayout<OperationID>.stride == 4)
  }

  // The name of the type is another's, too, where folders are.
  private func stride<Element>(_ elements: [Element]) -> Int { MemoryLayout<Element>.stride }

  @Test(
    "a limit that does not suffice is named as people write it",
    arguments: [
      (12, "12 bytes"), (1000, "1 KB"), (1_500_000, "1.5 MB"), (30 << 20, "31.4 MB"), (4_000_000_000, "4 GB"),
    ])
  func limits(bytes: Int, name: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "h.jsonl")
      try Data(text(operations: 1)).write(to: file)
      let memory = HistoryReader.Memory(bytesMax: bytes, inUse: { _ in .max })
      let error = #expect(throws: HistoryError.self) {
        try HistoryReader(memory: memory).read(path: file.plainPath)
      }
      #expect(error?.reason.contains("the limit of \(name);") == true, "\(error?.reason ?? "")")
    }
  }

  @Test("an id that is beyond all histories is none of any")
  func beyond() {
    #expect(OperationID(5).index == 5)
    #expect(OperationID(Int.max).index == Int(UInt32.max) && OperationID(-1).index == 0)
  }

  /// A text of so many operations, each of which writes a value of its own.
  private func text(operations: Int) -> [UInt8] {
    var lines = ""
    for number in 0..<operations {
      lines +=
        #"{"process":0,"type":"invoke","f":"write","key":"a","value":\#(number),"mono":\#(2 * number)}"#
        + "\n"
      lines += #"{"process":0,"type":"ok","mono":\#(2 * number + 1)}"# + "\n"
    }
    return Array(lines.utf8)
  }

  private func growth(_ reader: JSONLinesReader, _ text: [UInt8]) throws -> Int {
    var reader = reader
    _ = try reader.read(text.span, isLast: false)
    return reader.growth(events: 10_000)
  }

  @Test("what grows is told before it does, and is as large as what is read")
  func growth() throws {
    let empty = JSONLinesReader(.init(), file: "h")
    #expect(empty.growth(events: 0) == 0)
    #expect(try growth(empty, text(operations: 2_000)) >= 12_000 * stride(History().operations))
    // Where there is room for the operations and the times, it is the table of values.
    var reserved = JSONLinesReader(.init(), file: "h")
    let first = text(operations: 100)
    _ = try reserved.read(first.span, isLast: false)
    reserved.reserve(share: 1_000)
    let left = reserved.growth(events: 20_000)
    #expect(left >= 8 * 2 * 20_100 && left < 48 * 20_100, "\(left)")
    var table = InternTable()
    var grown = 0
    for id in 0..<UInt32(1_000) {
      let told = table.growth(adding: 1)
      if told > 0 { grown += 1 }
      #expect(told == 0 || told >= 16 * Int(id + 1))
      table.insert(id, hash: id &* 2_654_435_761)
    }
    #expect(grown == 5)
  }

  @Test("a file is refused before what does not fit is made, and read where it does")
  func refused() throws {
    let text = text(operations: 20_000)
    try withTemporaryFolder { folder in
      let path = folder.appending(path: "h.jsonl").plainPath
      let file = try StreamedFile(path: path)
      try file.write(text)
      try file.finish()
      let most = Mutex(0)
      func read(bytesMax: Int) throws(HistoryError) -> History {
        most.withLock { $0 = 0 }
        let memory = HistoryReader.Memory(bytesMax: bytesMax) { wanted in
          most.withLock { $0 = max($0, wanted) }
          return 0
        }
        return try HistoryReader(memory: memory).read(path: path)
      }
      #expect(try read(bytesMax: 100_000_000).operations.count == 20_000)
      let needed = most.withLock { $0 }
      // The table of 20,000 values, at most half full.
      #expect(needed >= 8 * 40_000)
      #expect(try read(bytesMax: needed).operations.count == 20_000)
      #expect { try read(bytesMax: needed - 1) } throws: { ($0 as? HistoryError)?.isBeyondMemory == true }
    }
  }

  @Test("a finished reader keeps nothing of the history, which is not there twice")
  func handedOver() throws {
    var recording = Recording(.init())
    let text = text(operations: 10)
    var line: UInt32 = 0
    var start = 0
    while start < text.count {
      line += 1
      let end = text.span.lineEnd(from: start)
      try recording.enter(text.span.extracting(..<end), at: start, line: line)
      start = end + 1
    }
    let place = recording.builder.history.operations.withUnsafeBytes { $0.baseAddress }
    let history = try recording.finish(clockError: 0, file: "h")
    #expect(history.operations.count == 10 && history.operations[9].completed == 19)
    #expect(history.operations.withUnsafeBytes { $0.baseAddress } == place)
    #expect(recording.builder.history.operations.isEmpty)
  }

  @Test("operations that were not begun in order are put in order, those of one instant as they were")
  func sorted() throws {
    for seed in 0..<seedCount(default: 200) {
      var random = SplitMix64(seed: seed)
      var builder = HistoryBuilder()
      for process in 0..<Int32(random.among(1...40)) {
        try builder.invoke(.read, process: ProcessID(process), key: "a", at: Int64(random.below(12)))
      }
      let begun = builder.history.operations
      let expected = begun.enumerated()
        .sorted { ($0.element.invoked, $0.offset) < ($1.element.invoked, $1.offset) }.map(\.element)
      #expect(builder.history().operations == expected, "seed \(seed)")
    }
  }
}
