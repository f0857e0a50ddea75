extension JSON: CustomStringConvertible {
  /// The document on one line.
  public var description: String {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the document, on one line, without a line break at its end.
  public func write(to bytes: inout [UInt8]) {
    switch self {
    case .value(let value): value.writeJSON(to: &bytes)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        element.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: ",")) }
        KeyValue.Value.writeJSON(string: member.name, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        member.json.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// The document over several lines, indented by two spaces a level, as people like to read it.
  public var indented: String {
    var bytes: [UInt8] = []
    writeIndented(to: &bytes, level: 0)
    return String(decoding: bytes, as: UTF8.self)
  }

  private var isFlat: Bool {
    switch self {
    case .value: true
    case .array(let elements): elements.allSatisfy { $0.scalar != nil }
    case .object(let object): object.members.isEmpty
    }
  }

  private func writeIndented(to bytes: inout [UInt8], level: Int) {
    if isFlat { return write(to: &bytes) }
    let indentation = repeatElement(UInt8(ascii: " "), count: 2 * level + 2)
    func element(_ index: Int) {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      bytes.append(UInt8(ascii: "\n"))
      bytes += indentation
    }
    if case .array(let elements) = self {
      bytes.append(UInt8(ascii: "["))
      for (index, json) in elements.enumerated() {
        element(index)
        json.writeIndented(to: &bytes, level: level + 1)
      }
    } else if case .object(let object) = self {
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        element(index)
        KeyValue.Value.writeJSON(string: member.name, to: &bytes)
        bytes += ": ".utf8
        member.json.writeIndented(to: &bytes, level: level + 1)
      }
    }
    bytes.append(UInt8(ascii: "\n"))
    bytes += indentation.dropLast(2)
    bytes.append(object == nil ? UInt8(ascii: "]") : UInt8(ascii: "}"))
  }
}

extension Value {
  /// Appends the JSON text of the value.
  public func writeJSON(to bytes: inout [UInt8]) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let bool): bytes += (bool ? "true" : "false").utf8
    case .integer(let integer): bytes += integer.description.utf8
    case .number(let double): bytes += double.description.utf8
    case .string(let text): Self.writeJSON(string: text, to: &bytes)
    }
  }

  /// Appends a text as a JSON string, quotes included.
  public static func writeJSON(string text: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    let isPlain = text.utf8.withContiguousStorageIfAvailable { text in
      let isPlain = text.allSatisfy { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      if isPlain { bytes.append(contentsOf: text) }
      return isPlain
    }
    if isPlain != true { writeEscaped(text, to: &bytes) }
    bytes.append(UInt8(ascii: "\""))
  }

  private static func writeEscaped(_ text: String, to bytes: inout [UInt8]) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes += "\\\"".utf8
      case UInt8(ascii: "\\"): bytes += "\\\\".utf8
      case UInt8(ascii: "\n"): bytes += "\\n".utf8
      case UInt8(ascii: "\r"): bytes += "\\r".utf8
      case UInt8(ascii: "\t"): bytes += "\\t".utf8
      case 0..<0x20:
        let digits = Array("0123456789abcdef".utf8)
        bytes += "\\u00".utf8
        bytes += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      default: bytes.append(byte)
      }
    }
  }
}
