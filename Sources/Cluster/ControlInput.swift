import Foundation

/// Lines that another process sends through a pipe, read as they come.
struct ControlInput {
  let descriptor: CInt
  private var buffer: [UInt8] = []
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
    var rest = chunk[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      lines.append(String(decoding: buffer + rest[..<end], as: UTF8.self))
      buffer.removeAll()
      rest = rest[(end + 1)...]
    }
    buffer += rest
    return lines
  }
}

/// Writes a line to standard output at once. Whoever does not read it any more has no need of it.
func report(_ line: String) {
  try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
}
