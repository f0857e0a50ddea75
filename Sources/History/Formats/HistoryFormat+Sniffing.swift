extension HistoryFormat {
  /// How much of a file is looked at.
  private static let sniffedBytes = 1 << 16

  /// The format that the beginning of a file shows; JSON Lines where it shows none, an empty file included.
  init(sniffing bytes: Span<UInt8>) {
    var cursor = EDNCursor(offset: bytes.hasByteOrderMark ? 3 : 0)
    // A dropped form that is broken is the reader's to complain about.
    try? cursor.skipSpace(bytes)
    switch cursor.peek(bytes) {
    case UInt8(ascii: "{"):
      cursor.offset += 1
      Self.skipBlanks(&cursor, bytes)
      let next = cursor.peek(bytes)
      guard next == UInt8(ascii: ":") || next == UInt8(ascii: "#") || next == UInt8(ascii: ";") else {
        self = .jsonLines
        return
      }
      cursor.offset = bytes.hasByteOrderMark ? 3 : 0
      self = Self.ofFirstMap(&cursor, bytes)
    case UInt8(ascii: "["), UInt8(ascii: "("):
      let isList = cursor.peek(bytes) == UInt8(ascii: "(")
      cursor.offset += 1
      try? cursor.skipSpace(bytes)
      switch cursor.peek(bytes) {
      case UInt8(ascii: "{"):
        let start = cursor.offset
        cursor.offset += 1
        Self.skipBlanks(&cursor, bytes)
        guard isList || cursor.peek(bytes) != UInt8(ascii: "\"") else {
          self = .jsonLines
          return
        }
        cursor.offset = start
        self = Self.ofFirstMap(&cursor, bytes)
      case UInt8(ascii: "#"), UInt8(ascii: "]"), UInt8(ascii: ")"): self = .jepsenEDN
      default: self = isList ? .jepsenEDN : .jsonLines
      }
    case UInt8(ascii: "#"):
      self = .jepsenEDN
    default:
      self = Self.hasLogLine(bytes) ? .jepsenLog : .jsonLines
    }
  }

  private static func skipBlanks(_ cursor: inout EDNCursor, _ bytes: Span<UInt8>) {
    while [0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ",")].contains(cursor.peek(bytes)) { cursor.offset += 1 }
  }

  /// Tells Porcupine's maps, which have a `:key` and no `:read` or `:write`, from Jepsen's.
  private static func ofFirstMap(_ cursor: inout EDNCursor, _ bytes: Span<UInt8>) -> HistoryFormat {
    guard let entries = try? cursor.form(bytes).entries, entries.value(of: "key") != nil,
      case .keyword(let function) = entries.value(of: "f"), ["get", "put", "append"].contains(function)
    else { return .jepsenEDN }
    return .porcupine
  }

  private static func hasLogLine(_ bytes: Span<UInt8>) -> Bool {
    var start = 0
    while start < min(bytes.count, sniffedBytes) {
      let end = bytes.lineEnd(from: start)
      if LogLine.isOperation(bytes, start..<end) { return true }
      start = end + 1
    }
    return false
  }
}
