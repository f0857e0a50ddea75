import Foundation
import KeyValue
import TestSupport
import Testing

@testable import Cluster

@Suite("Lines through a pipe")
struct ControlInputTests {
  /// Both ends of a new pipe, to be closed by the caller.
  private func makePipe() throws -> (read: CInt, write: CInt) {
    var descriptors: [CInt] = [-1, -1]
    try #require(pipe(&descriptors) == 0)
    return (descriptors[0], descriptors[1])
  }

  private func put(_ bytes: some Sequence<UInt8>, _ descriptor: CInt) {
    let bytes = Array(bytes)
    #expect(write(descriptor, bytes, bytes.count) == bytes.count)
  }

  @Test("lines come out whole however they were cut on the way, and the end of the input is seen")
  func pieces() throws {
    for seed in 0..<seedCount(default: 100) {
      var random = SplitMix64(seed: seed)
      let (reading, writing) = try makePipe()
      defer { close(reading) }
      let lines = (0..<random.below(8)).map { _ in
        String(repeating: random.pick(["", "a", "é😀", "x\r"]), count: random.below(600))
      }
      var left = Array(lines.map { $0 + "\n" }.joined().utf8)[...]
      var input = ControlInput(descriptor: reading)
      var read: [String] = []
      while !left.isEmpty {
        let piece = left.prefix(random.among(1...5000))
        left = left.dropFirst(piece.count)
        put(piece, writing)
        read += input.lines()
      }
      #expect(!input.isClosed)
      if random.percent(50) { put("no line".utf8, writing) }
      close(writing)
      while !input.isClosed { read += input.lines() }
      #expect(read == lines, "seed \(seed)")
      #expect(input.nextLine() == nil)
    }
  }

  @Test("lines that arrive together are taken one after the other")
  func oneByOne() throws {
    let (reading, writing) = try makePipe()
    defer { close(reading) }
    put("first\n\nthird\nrest".utf8, writing)
    close(writing)
    var input = ControlInput(descriptor: reading)
    #expect(
      [input.nextLine(), input.nextLine(), input.nextLine(), input.nextLine()] == ["first", "", "third", nil])
    #expect(input.isClosed)
  }
}
