import Foundation
import KeyValue
import TestSupport
import Testing

@testable import History

/// The fast way of reading operation maps against the exact one, and pieces of text against the whole.
@Suite("Histories from elsewhere, the fast way and in pieces")
struct ForeignPiecesTests {
  private func outcome<Reader: PiecewiseReader>(
    _ bytes: [UInt8], _ reader: consuming Reader, pieces: Int?
  ) -> String {
    var reader = reader
    do throws(HistoryError) {
      try Pieces.read(bytes, &reader, length: pieces)
      return Pieces.text(try reader.finish())
    } catch {
      return error.description
    }
  }

  /// A fixture, or a generated history, with some bytes changed.
  private func text(_ files: [[UInt8]], _ random: inout SplitMix64) throws -> [UInt8] {
    var bytes = random.pick(files)
    if random.percent(50) {
      var options = HistoryGenerator.Options()
      options.operations = random.among(1...10)
      options.keys = random.among(1...2)
      options.compareAndSetsPerMillion = 200_000
      options.unknownPerMillion = random.below(200_000)
      options.failedPerMillion = random.below(200_000)
      options.seed = random.next()
      var ours: [UInt8] = []
      HistoryGenerator(options).write { ours += $0 }
      bytes = []
      _ = try HistoryConversion(to: .edn).convert(ours, file: "h") { bytes += $0 }
    }
    for _ in 0..<random.below(3) { Pieces.damage(&bytes, &random) }
    return bytes
  }

  private func files(_ names: [String]) throws -> [[UInt8]] {
    try names.map { [UInt8](try Data(contentsOf: URL(filePath: Fixture.path($0)))) }
  }

  @Test("operation maps are read the same by both ways and in pieces of any length, mistakes included")
  func maps() throws {
    let files = try files(Fixture.readable.filter { $0.hasSuffix(".edn") } + ["key-value.txt", "append.txt"])
    for seed in 0..<seedCount(default: 3_000) {
      var random = SplitMix64(seed: seed)
      let bytes = try text(files, &random)
      let options = HistoryReader.Options(allowsTruncated: seed % 2 == 0)
      let format = seed % 3 == 0 ? HistoryFormat.porcupine : .jepsenEDN
      func reader(isExactOnly: Bool) -> EDNReader {
        EDNReader(options, format, file: "h", isExactOnly: isExactOnly)
      }
      let exact = outcome(bytes, reader(isExactOnly: true), pieces: nil)
      #expect(outcome(bytes, reader(isExactOnly: false), pieces: nil) == exact, "seed \(seed)")
      let length = random.among(1...300)
      #expect(outcome(bytes, reader(isExactOnly: false), pieces: length) == exact, "seed \(seed)")
    }
  }

  @Test("logs are read the same in pieces of any length, mistakes included")
  func logs() throws {
    let files = try files(Fixture.readable.filter { $0.hasSuffix(".log") })
    for seed in 0..<seedCount(default: 1_000) {
      var random = SplitMix64(seed: seed)
      var bytes = random.pick(files)
      for _ in 0..<random.below(3) { Pieces.damage(&bytes, &random) }
      let options = HistoryReader.Options(allowsTruncated: seed % 2 == 0)
      let whole = outcome(bytes, LogReader(options, file: "h"), pieces: nil)
      let length = random.among(1...300)
      #expect(outcome(bytes, LogReader(options, file: "h"), pieces: length) == whole, "seed \(seed)")
    }
  }

  @Test("operation maps as recorders write them take the fast way")
  func plain() throws {
    let text = #"{:index 0, :type :invoke, :process 0, :f :cas, :value [3 [1 nil]], :error :timed-out}"#
    var cursor = EDNCursor()
    let bytes = Array(text.utf8)
    let members = OperationMembers(plain: &cursor, bytes.span)
    #expect(members == OperationMembers(try #require(try EDNCursor(offset: 0).whole(bytes).entries)))
    #expect(cursor.offset == bytes.count)
  }
}

extension EDNCursor {
  fileprivate func whole(_ bytes: [UInt8]) throws -> EDN {
    var cursor = self
    return try cursor.form(bytes.span)
  }
}
