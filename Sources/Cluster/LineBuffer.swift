/// Makes lines of bytes that come in pieces.
struct LineBuffer {
  /// What has come of the line that is not complete yet.
  private(set) var rest: [UInt8] = []

  /// Takes a piece, and calls a function with each line that it completes, without its end. Linear in the piece.
  mutating func take(_ piece: UnsafeRawBufferPointer, _ body: (String) -> Void) {
    var start = piece.startIndex
    while let end = piece[start...].firstIndex(of: UInt8(ascii: "\n")) {
      rest.append(contentsOf: piece[start..<end])
      body(String(decoding: rest, as: UTF8.self))
      rest.removeAll(keepingCapacity: true)
      start = end + 1
    }
    rest.append(contentsOf: piece[start...])
  }
}
