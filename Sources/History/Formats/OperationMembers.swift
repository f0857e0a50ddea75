/// The members of an operation map that matter, found in one pass. A namespaced keyword answers to its last part where no
/// plain one does; of several plain ones the first counts.
struct OperationMembers: Equatable {
  private(set) var process, type, f, key, value, client, server, final, applied, found, absent: EDN?

  /// Finds the members among the entries of a map.
  init(_ entries: [EDN.Entry]) {
    var namespaced: [EDN.Entry] = []
    for entry in entries {
      guard case .keyword(let name) = entry.key else { continue }
      if name.utf8.contains(UInt8(ascii: "/")) {
        namespaced.append(entry)
      } else {
        set(name, entry.value)
      }
    }
    for entry in namespaced {
      if case .keyword(let name) = entry.key { set(name.localName, entry.value) }
    }
  }

  /// Finds the members of a map in EDN text without making a tree of it: the fast way, for maps as recorders write them.
  ///
  /// It gives up on whatever is unusual and on every mistake, and the exact way reads the map from its beginning. So no
  /// error is found here, and none is lost.
  ///
  /// - Parameter cursor: at the opening brace; moved behind the closing one unless the result is nil.
  /// - Returns: nil where the form is no map, or has other keys than plain keywords, or comments between them.
  init?(plain cursor: inout EDNCursor, _ text: borrowing Span<UInt8>) {
    guard cursor.peek(text) == UInt8(ascii: "{") else { return nil }
    var ahead = cursor
    ahead.offset += 1
    while true {
      ahead.skipPlainSpace(text)
      if ahead.peek(text) == UInt8(ascii: "}") {
        ahead.offset += 1
        cursor = ahead
        return
      }
      guard let name = ahead.plainKeyword(text), let form = try? ahead.form(text, depth: 1) else {
        return nil
      }
      set(name, form)
    }
  }

  private mutating func set(_ name: String, _ form: EDN) {
    guard name.utf8.count < 8 else { return }
    var bits: UInt64 = 0
    for byte in name.utf8.reversed() { bits = bits << 8 | UInt64(byte) }
    set(bits, form)
  }

  /// Sets the member whose name a number is, as ``PlainName`` has it.
  private mutating func set(_ name: UInt64, _ form: EDN) {
    switch name {
    case PlainName.process: process = process ?? form
    case PlainName.type: type = type ?? form
    case PlainName.f: f = f ?? form
    case PlainName.value: value = value ?? form
    case PlainName.key: key = key ?? form
    case PlainName.client: client = client ?? form
    case PlainName.server: server = server ?? form
    case PlainName.final: final = final ?? form
    case PlainName.applied: applied = applied ?? form
    case PlainName.found: found = found ?? form
    case PlainName.absent: absent = absent ?? form
    default: break
    }
  }
}

extension EDNCursor {
  /// Passes over white space and commas.
  fileprivate mutating func skipPlainSpace(_ text: borrowing Span<UInt8>) {
    while offset < text.count {
      switch text[offset] {
      case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","): offset &+= 1
      default: return
      }
    }
  }

  /// Passes over a keyword of small letters, digits and hyphens; nil for any other. One of up to seven letters is told by
  /// the result, as ``PlainName`` has it, others are 0.
  fileprivate mutating func plainKeyword(_ text: borrowing Span<UInt8>) -> UInt64? {
    guard peek(text) == UInt8(ascii: ":") else { return nil }
    let start = offset + 1
    var index = start
    var name: UInt64 = 0
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
        if index &- start < 8 { name |= UInt64(text[index]) &<< UInt64(8 &* (index &- start)) }
        index &+= 1
      case 0x20, 0x0A, 0x0D, 0x09, UInt8(ascii: ","):
        guard index > start else { return nil }
        offset = index
        return index &- start < 8 ? name : 0
      default: return nil
      }
    }
    return nil
  }
}
