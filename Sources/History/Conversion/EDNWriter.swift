import KeyValue

/// Writes events of our format as Jepsen's operation maps.
///
/// The key goes into a tuple `[key value]`. What Jepsen cannot say is said in members that it ignores and that our reader
/// knows: a compare-and-set that met another value becomes a `:fail` with `:applied false`, and a read that found
/// nothing, rather than one whose result is not known, has `:absent true`. The run and its end become `:info` events
/// of the process `:run`.
struct EDNWriter {
  private var index = 0

  /// Appends an event.
  mutating func write(event: JSONObject, to bytes: inout [UInt8]) {
    defer { index += 1 }
    bytes += "{:index \(index)".utf8
    if let type = event["type"], type == "run" || type == "end" {
      bytes += ", :type :info, :process :run, :f :\(type == "run" ? "run" : "end"), :value ".utf8
      Self.write(.object(event), to: &bytes)
      bytes.append(UInt8(ascii: "}"))
      return
    }
    let isMismatch = event["applied"] == false && event["type"] == "ok"
    Self.member("type", keyword: isMismatch ? "fail" : event["type"]?.string ?? "info", to: &bytes)
    if let name = event["process"]?.string {
      Self.member("process", keyword: name, to: &bytes)
    } else {
      Self.member("process", event["process"] ?? nil, to: &bytes)
    }
    Self.member("f", keyword: event["f"]?.string ?? "", to: &bytes)
    if let key = event["key"]?.string {
      bytes += ", :value [".utf8
      Self.write(key: key, to: &bytes)
      bytes.append(UInt8(ascii: " "))
      Self.write(isMismatch && event["value"]?.array == nil ? nil : event["value"] ?? nil, to: &bytes)
      bytes.append(UInt8(ascii: "]"))
      if isMismatch, let found = event["value"], found.array == nil {
        Self.member("found", found, to: &bytes)
      }
      if event["f"] == "read", event["type"] == "ok", event["value"] == .some(.value(.null)) {
        Self.member("absent", true, to: &bytes)
      }
    } else {
      Self.member("value", event["value"] ?? nil, to: &bytes)
    }
    let written: Set = ["index", "type", "process", "f", "key", "value", "found", "absent"]
    for member in event.members where !written.contains(member.name) {
      Self.member(member.name, member.json, to: &bytes)
    }
    bytes.append(UInt8(ascii: "}"))
  }

  private static func member(_ name: String, _ json: JSON, to bytes: inout [UInt8]) {
    bytes += ", ".utf8
    write(name: name, to: &bytes)
    bytes.append(UInt8(ascii: " "))
    write(json, to: &bytes)
  }

  private static func member(_ name: String, keyword: String, to bytes: inout [UInt8]) {
    bytes += ", :\(name) ".utf8
    write(name: keyword, to: &bytes)
  }

  /// A keyword where the text can be one, else a string.
  private static func write(name: String, to bytes: inout [UInt8]) {
    if isName(name) { bytes += ":\(name)".utf8 } else { write(string: name, to: &bytes) }
  }

  /// An integer where the key is one, a keyword where it was one, else a string.
  private static func write(key: String, to bytes: inout [UInt8]) {
    if let integer = Int64(key), integer.description == key {
      bytes += key.utf8
    } else {
      write(.value(.string(key)), to: &bytes)
    }
  }

  private static func write(_ json: JSON, to bytes: inout [UInt8]) {
    switch json {
    case .value(.null): bytes += "nil".utf8
    case .value(.string(let text)):
      if text.first == ":", isName(String(text.dropFirst())) {
        bytes += text.utf8
      } else {
        write(string: text, to: &bytes)
      }
    case .value(let value): value.writeJSON(to: &bytes)
    case .array(let elements):
      bytes.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { bytes.append(UInt8(ascii: " ")) }
        write(element, to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let object):
      bytes.append(UInt8(ascii: "{"))
      for (index, member) in object.members.enumerated() {
        if index > 0 { bytes += ", ".utf8 }
        write(string: member.name, to: &bytes)
        bytes.append(UInt8(ascii: " "))
        write(member.json, to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  /// A string. EDN has JSON's escapes, and no others are needed.
  private static func write(string text: String, to bytes: inout [UInt8]) {
    Value.writeJSON(string: text, to: &bytes)
  }

  /// Whether a text can be the name of a keyword, in Clojure too: ASCII letters and digits and what joins words, a letter
  /// first.
  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first | 0x20 >= UInt8(ascii: "a"), first | 0x20 <= UInt8(ascii: "z")
    else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
        true
      default: false
      }
    }
  }
}
