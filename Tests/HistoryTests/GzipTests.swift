import Foundation
import History
import KeyValue
import TestSupport
import Testing

@Suite("Compressed histories")
struct GzipTests {
  private func compressed() throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: Fixture.path("etcd.log.gz"))))
  }

  /// Reads bytes as a file.
  private func read(
    _ bytes: [UInt8], _ options: HistoryReader.Options = .init()
  ) throws -> Result<History, HistoryError> {
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    return Result { () throws(HistoryError) in try HistoryReader(options).read(path: file.path) }
  }

  private func reason(_ result: Result<History, HistoryError>) -> String {
    if case .failure(let error) = result { error.reason } else { "" }
  }

  @Test("a compressed file is read like the plain one, its format told by its content")
  func whole() throws {
    let plain = try Fixture.read("etcd.log")
    #expect(Fixture.lines(try Fixture.read("etcd.log.gz")) == Fixture.lines(plain))
  }

  @Test("several compressed parts one after another are one file; zeros behind them are padding")
  func members() throws {
    let once = try compressed()
    // The processes of the second part go on where those of the first did.
    let twice = try read(once + once + [0, 0, 0])
    #expect(
      reason(twice).contains("process 1 invokes an operation while the one it invoked on line 15 is open"))
    #expect(try read(once + [0, 0]).get().operations.count == 7)
    #expect(reason(try read(once + [1])).contains("bytes follow"))
  }

  @Test("a file that is cut short anywhere says so")
  func truncated() throws {
    let bytes = try compressed()
    for length in 2..<bytes.count {
      #expect(reason(try read(Array(bytes.prefix(length)))).contains("cut short"), "\(length) bytes")
    }
  }

  @Test("a damaged file is an error, whatever bit is wrong, or reads the same")
  func damaged() throws {
    let bytes = try compressed()
    let right = Fixture.lines(try Fixture.read("etcd.log"))
    var refused = 0
    for bit in stride(from: 16, to: bytes.count * 8, by: 5) {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << (bit % 8)
      switch try read(damaged) {
      case .success(let history): #expect(Fixture.lines(history) == right, "bit \(bit)")
      case .failure(let error):
        refused += 1
        #expect(error.reason.contains("compressed content"), "bit \(bit): \(error)")
      }
    }
    #expect(refused > bytes.count)
  }

  @Test("content beyond the limit is refused, content at the limit is not")
  func bomb() throws {
    let bytes = try compressed()
    let size = try Data(contentsOf: URL(filePath: Fixture.path("etcd.log"))).count
    #expect(try read(bytes, .init(decompressedBytesMax: size)).get().operations.count == 7)
    for limit in [0, 1, size - 1] {
      #expect(reason(try read(bytes, .init(decompressedBytesMax: limit))).contains("--decompressed-limit"))
    }
  }
}
