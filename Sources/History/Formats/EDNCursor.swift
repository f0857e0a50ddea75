/// A position in EDN text, and the steps that read from there.
///
/// Reads the notation of github.com/edn-format/edn, and of Clojure's printer the maps with a common namespace
/// (`#:jepsen{:type :ok}`) and symbolic numbers (`##Inf`). Commas are white space, `;` begins a comment, `#_` drops the
/// form behind it. Nothing traps: every access is checked and nesting is bounded. Linear.
struct EDNCursor {
  /// The offset in bytes of what is read next.
  var offset: Int

  /// Nesting deeper than this is refused, so that a hostile text cannot exhaust the stack. What JSON may hold fits in.
  static let depthMax = 160

  init(offset: Int = 0) {
    self.offset = offset
  }

  /// What is read next; 0 at the end.
  @inline(__always)
  func peek(_ bytes: borrowing Span<UInt8>) -> UInt8 {
    offset < bytes.count ? bytes[offset] : 0
  }

  private func peek(_ bytes: borrowing Span<UInt8>, ahead: Int) -> UInt8 {
    offset + ahead < bytes.count ? bytes[offset + ahead] : 0
  }

  /// Passes over white space, commas, comments and dropped forms.
  mutating func skipSpace(_ bytes: borrowing Span<UInt8>, depth: Int = 0) throws(LineFault) {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x09, 0x0A, 0x0D, 0x0C, UInt8(ascii: ","):
        offset += 1
      case UInt8(ascii: ";"):
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { offset += 1 }
      case UInt8(ascii: "#") where peek(bytes, ahead: 1) == UInt8(ascii: "_"):
        offset += 2
        _ = try form(bytes, depth: depth + 1)
      default: return
      }
    }
  }

  /// Reads one form.
  mutating func form(_ bytes: borrowing Span<UInt8>, depth: Int = 0) throws(LineFault) -> EDN {
    guard depth < Self.depthMax else {
      throw LineFault("nested deeper than \(Self.depthMax) levels", at: offset)
    }
    try skipSpace(bytes, depth: depth)
    let start = offset
    switch peek(bytes) {
    case 0 where offset >= bytes.count:
      throw LineFault("the file ends where a form should stand", at: offset, isSyntax: true)
    case UInt8(ascii: "{"):
      offset += 1
      return .map(try entries(bytes, from: start, depth: depth))
    case UInt8(ascii: "["):
      offset += 1
      return .sequence(try forms(bytes, until: "]", from: start, depth: depth))
    case UInt8(ascii: "("):
      offset += 1
      return .sequence(try forms(bytes, until: ")", from: start, depth: depth))
    case UInt8(ascii: "\""):
      return .string(try string(bytes))
    case UInt8(ascii: ":"):
      offset += 1
      let name = try token(bytes)
      guard !name.isEmpty, !name.hasPrefix(":"), name != "/" else {
        throw LineFault("a keyword needs a name", at: start)
      }
      return .keyword(name)
    case UInt8(ascii: "\\"):
      offset += 1
      // The first character may be any, a bracket too.
      if offset < bytes.count { offset += 1 }
      while offset < bytes.count, !Self.endsToken(bytes[offset]) { offset += 1 }
      return .exotic(try text(bytes, start..<offset))
    case UInt8(ascii: "#"):
      return try dispatch(bytes, depth: depth)
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      return try number(bytes)
    case UInt8(ascii: "-"), UInt8(ascii: "+"):
      let second = peek(bytes, ahead: 1)
      if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(second) { return try number(bytes) }
      return .symbol(try token(bytes))
    case UInt8(ascii: "]"), UInt8(ascii: ")"), UInt8(ascii: "}"):
      throw LineFault("a closing bracket that nothing opened", at: start)
    case UInt8(ascii: "^"), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "~"), UInt8(ascii: "@"):
      throw LineFault("this is Clojure code, not data", at: start)
    case 0..<0x20, 0x7F:
      throw LineFault("a control character", at: start)
    default:
      switch try token(bytes) {
      case "nil": return .null
      case "true": return .bool(true)
      case "false": return .bool(false)
      case let name: return .symbol(name)
      }
    }
  }

  /// Reads the elements of a list or vector whose opening bracket has been passed, up to and with the closing one.
  private mutating func forms(
    _ bytes: borrowing Span<UInt8>, until closing: Unicode.Scalar, from start: Int, depth: Int
  ) throws(LineFault) -> [EDN] {
    var elements: [EDN] = []
    while !(try close(bytes, closing, from: start, depth: depth)) {
      elements.append(try form(bytes, depth: depth + 1))
    }
    return elements
  }

  /// Passes over a closing bracket, if one is next.
  mutating func close(
    _ bytes: borrowing Span<UInt8>, _ closing: Unicode.Scalar, from start: Int, depth: Int = 0
  ) throws(LineFault) -> Bool {
    try skipSpace(bytes, depth: depth)
    guard offset < bytes.count else {
      throw LineFault("the bracket is not closed", at: start, isSyntax: true)
    }
    guard UInt32(bytes[offset]) == closing.value else { return false }
    offset += 1
    return true
  }

  private mutating func entries(
    _ bytes: borrowing Span<UInt8>, from start: Int, depth: Int
  ) throws(LineFault) -> [EDN.Entry] {
    var entries: [EDN.Entry] = []
    while !(try close(bytes, "}", from: start, depth: depth)) {
      let key = try form(bytes, depth: depth + 1)
      try skipSpace(bytes, depth: depth)
      guard peek(bytes) != UInt8(ascii: "}") else {
        throw LineFault("a key of the map has no value", at: offset)
      }
      entries.append(.init(key: key, value: try form(bytes, depth: depth + 1)))
    }
    return entries
  }

  private mutating func dispatch(
    _ bytes: borrowing Span<UInt8>, depth: Int
  ) throws(LineFault) -> EDN {
    let start = offset
    offset += 1
    switch peek(bytes) {
    case UInt8(ascii: "{"):
      offset += 1
      return .set(try forms(bytes, until: "}", from: start, depth: depth))
    case UInt8(ascii: "#"):
      offset += 1
      return .exotic("##" + (try token(bytes)))
    case UInt8(ascii: ":"):
      offset += 1
      let namespace = try token(bytes)
      try skipSpace(bytes, depth: depth)
      guard !namespace.isEmpty, !namespace.hasPrefix(":"), peek(bytes) == UInt8(ascii: "{") else {
        throw LineFault("a namespace needs a map behind it", at: start)
      }
      offset += 1
      return .map(
        try entries(bytes, from: start, depth: depth).map { entry in
          guard case .keyword(let name) = entry.key, !name.contains("/") else { return entry }
          return .init(key: .keyword("\(namespace)/\(name)"), value: entry.value)
        })
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
      let tag = try token(bytes)
      return .tagged(tag, try form(bytes, depth: depth + 1))
    default:
      throw LineFault("\"#\" begins a tag, a set or a dropped form", at: start)
    }
  }

  /// Reads what stands up to white space or a bracket.
  private mutating func token(_ bytes: borrowing Span<UInt8>) throws(LineFault) -> String {
    let start = offset
    while offset < bytes.count, !Self.endsToken(bytes[offset]) { offset += 1 }
    return try text(bytes, start..<offset)
  }

  private static func endsToken(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...0x20, 0x7F, UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\""), UInt8(ascii: "("),
      UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"),
      UInt8(ascii: "\\"), UInt8(ascii: "^"), UInt8(ascii: "`"), UInt8(ascii: "~"), UInt8(ascii: "@"):
      true
    default: false
    }
  }

  private func text(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) throws(LineFault) -> String {
    var isASCII = true
    for index in range where bytes[index] >= 0x80 { isASCII = false }
    if isASCII {
      // Much the faster of the two, and the common case.
      return bytes.extracting(range).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
    let text = bytes.extracting(range).withUnsafeBufferPointer { String(validating: $0, as: UTF8.self) }
    guard let text else { throw LineFault("the text is not UTF-8", at: range.lowerBound) }
    return text
  }

  private mutating func number(_ bytes: borrowing Span<UInt8>) throws(LineFault) -> EDN {
    let start = offset
    if let integer = plainInteger(bytes) { return .integer(integer) }
    let text = try token(bytes)
    let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
    func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
    if digits.count > 1, digits.first == UInt8(ascii: "0"), digits.dropFirst().first.map(isDigit) == true {
      throw LineFault("a number does not begin with 0", at: start)
    }
    if digits.allSatisfy(isDigit) { return Int64(text).map(EDN.integer) ?? .exotic(text) }
    let rest = digits.drop(while: isDigit)
    switch rest.first {
    case UInt8(ascii: "N") where rest.count == 1:
      return Int64(text.dropLast()).map(EDN.integer) ?? .exotic(text)
    case UInt8(ascii: "/") where rest.count > 1 && rest.dropFirst().allSatisfy(isDigit):
      return .exotic(text)
    case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "M"):
      let isDecimal = rest.last == UInt8(ascii: "M")
      guard let double = Self.double(isDecimal ? text.dropLast() : text[...]) else { break }
      // A decimal is exact and a double is not.
      return isDecimal || !double.isFinite ? .exotic(text) : .number(double)
    default: break
    }
    throw LineFault("\"\(text.prefix(40))\" is no number", at: start)
  }

  /// Passes over an integer without a sign, which is nearly every number; nil, without moving, for any other.
  private mutating func plainInteger(_ bytes: borrowing Span<UInt8>) -> Int64? {
    var end = offset
    guard let magnitude = PlainInteger.read(bytes, &end), let integer = Int64(exactly: magnitude),
      end == bytes.count || Self.endsToken(bytes[end]),
      peek(bytes) != UInt8(ascii: "0") || end == offset + 1
    else { return nil }
    offset = end
    return integer
  }

  /// The number of a text that has digits, perhaps a point, perhaps an exponent, and no other letters.
  private static func double(_ text: Substring) -> Double? {
    let isPlain = text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        true
      default: false
      }
    }
    guard isPlain else { return nil }
    // Clojure prints and reads "1." as a number.
    return Double(text.hasSuffix(".") ? text + "0" : text)
  }

  private mutating func string(_ bytes: borrowing Span<UInt8>) throws(LineFault) -> String {
    let start = offset
    offset += 1
    var result = ""
    var run = offset
    while offset < bytes.count {
      switch bytes[offset] {
      case UInt8(ascii: "\""):
        let tail = try text(bytes, run..<offset)
        offset += 1
        return result.isEmpty ? tail : result + tail
      case UInt8(ascii: "\\"):
        result += try text(bytes, run..<offset)
        offset += 1
        result.unicodeScalars.append(try escape(bytes))
        run = offset
      default:
        offset += 1
      }
    }
    throw LineFault("the string is not closed", at: start, isSyntax: true)
  }

  private mutating func escape(_ bytes: borrowing Span<UInt8>) throws(LineFault) -> Unicode.Scalar {
    let start = offset - 1
    let character = peek(bytes)
    offset += 1
    switch character {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "u"):
      let unit = try hexadecimal(bytes)
      if let scalar = Unicode.Scalar(unit) { return scalar }
      if unit < 0xDC00, peek(bytes) == UInt8(ascii: "\\"), peek(bytes, ahead: 1) == UInt8(ascii: "u") {
        offset += 2
        let low = try hexadecimal(bytes)
        if (0xDC00...0xDFFF).contains(low),
          let scalar = Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        {
          return scalar
        }
      }
      throw LineFault("half of a surrogate pair", at: start)
    default:
      offset = start
      throw LineFault("no such escape", at: start)
    }
  }

  private mutating func hexadecimal(_ bytes: borrowing Span<UInt8>) throws(LineFault) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(peek(bytes))).hexDigitValue, peek(bytes) < 0x80 else {
        throw LineFault("expected a hexadecimal digit", at: offset)
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }
}
