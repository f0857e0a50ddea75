import Foundation

/// Lines that another process sends through a pipe, read as they come.
struct ControlInput {
  let descriptor: CInt
  private var buffer = LineBuffer()
  private var waiting: [String] = []
  /// Whether the other side has closed the pipe, which it does by ending, too.
  private(set) var isClosed = false

  init(descriptor: CInt) {
    self.descriptor = descriptor
  }

  /// Waits for a line; nil when the input ends first.
  mutating func nextLine() -> String? {
    while waiting.isEmpty, !isClosed { waiting += lines() }
    return waiting.isEmpty ? nil : waiting.removeFirst()
  }

  /// Takes what has arrived and returns the lines that are complete. Call it when the descriptor is readable; it waits
  /// otherwise.
  mutating func lines() -> [String] {
    let chunk = [UInt8](unsafeUninitializedCapacity: 1 << 16) { bytes, count in
      var result = -1
      repeat { result = read(descriptor, bytes.baseAddress, bytes.count) } while result < 0 && errno == EINTR
      count = max(0, result)
    }
    if chunk.isEmpty { isClosed = true }
    var lines: [String] = []
    chunk.withUnsafeBytes { buffer.take($0) { lines.append($0) } }
    return lines
  }
}

/// Writes a line to standard output at once. Whoever does not read it any more has no need of it.
func report(_ line: String) {
  try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}
