/// A piece of EDN, the notation of Clojure's data, kept as exactly as a history needs it.
///
/// Numbers that 64 bits do not hold (`1N` beyond them, `1.5M`, `1/3`) and characters keep their text, so that they are
/// harmless where nobody looks and can be refused by name where somebody does.
enum EDN: Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  /// A keyword, without its colon.
  case keyword(String)
  case symbol(String)
  /// A list or a vector: histories use the two alike.
  case sequence([EDN])
  case map([Entry])
  case set([EDN])
  indirect case tagged(String, EDN)
  /// A scalar that has no exact counterpart here, as it was written.
  case exotic(String)

  /// One entry of a map.
  struct Entry: Equatable {
    let key: EDN
    let value: EDN
  }

  /// What stands behind the tags, if there are any: `#jepsen.history.Op{...}` is a map.
  var untagged: EDN {
    var form = self
    while case .tagged(_, let inner) = form { form = inner }
    return form
  }

  /// The entries of a map, tags set aside.
  var entries: [Entry]? {
    if case .map(let entries) = untagged { entries } else { nil }
  }

  /// The elements of a list or vector, tags set aside.
  var elements: [EDN]? {
    if case .sequence(let elements) = untagged { elements } else { nil }
  }

  /// What kind of form this is, in words for a message.
  var kind: String {
    switch self {
    case .null: "nil"
    case .bool: "a truth value"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .keyword(let name): "the keyword :\(name)"
    case .symbol(let name): "the symbol \(name)"
    case .sequence: "a vector"
    case .map: "a map"
    case .set: "a set"
    case .tagged(let tag, _): "a #\(tag)"
    case .exotic(let text): "\(text), which has no exact counterpart here"
    }
  }
}

extension [EDN.Entry] {
  /// The value under a keyword. A namespaced keyword answers to its last part where no plain one does.
  func value(of name: String) -> EDN? {
    var namespaced: EDN?
    for entry in self {
      guard case .keyword(let keyword) = entry.key else { continue }
      if keyword == name { return entry.value }
      if namespaced == nil, keyword.localName == name { namespaced = entry.value }
    }
    return namespaced
  }
}

extension String {
  /// The part of a keyword's name behind its namespace.
  var localName: String {
    guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return self }
    return String(self[utf8.index(after: slash)...])
  }
}
