import KeyValue

/// Turns EDN scalars into keys and values, exactly or not at all.
///
/// `nil` is null, integers, truth values and strings are themselves, a keyword is the string of its text with the colon.
/// A file that has both the keyword `:a` and the string `":a"` for values is refused, since the two would become one.
struct ForeignScalars {
  private var keywords: Set<String> = []
  private var colonStrings: Set<String> = []

  /// The value of a scalar.
  mutating func value(_ form: EDN) throws(LineFault) -> Value {
    switch form {
    case .null: return .null
    case .bool(let flag): return .bool(flag)
    case .integer(let integer): return .integer(integer)
    case .number(let double): return .number(double)
    case .string(let text):
      if text.utf8.first == UInt8(ascii: ":") { try note(text, among: &colonStrings, not: keywords) }
      return .string(text)
    case .keyword(let name):
      let text = ":" + name
      try note(text, among: &keywords, not: colonStrings)
      return .string(text)
    default:
      throw LineFault(
        "a value is nil, a number of 64 bits, a truth value, a string or a keyword, not \(form.kind)")
    }
  }

  private func note(_ text: String, among known: inout Set<String>, not others: Set<String>) throws(LineFault)
  {
    guard !others.contains(text) else {
      throw LineFault(
        "the keyword \(text) and the string \"\(text)\" both occur, and would become one value here")
    }
    known.insert(text)
  }

  /// The key that a scalar names: an integer by its digits, as in JSON Lines.
  func key(_ form: EDN) throws(LineFault) -> Key {
    switch form {
    case .integer(let integer): return Key(integer.description)
    case .string(let text): return Key(text)
    case .keyword(let name): return Key(":" + name)
    default: throw LineFault("a key is an integer, a string or a keyword, not \(form.kind)")
    }
  }
}

extension EDN {
  /// The form as JSON, for details that are shown and not judged: tags are left out, and what JSON lacks becomes text.
  var json: JSON {
    switch self {
    case .null: return nil
    case .bool(let flag): return JSON(flag)
    case .integer(let integer): return JSON(integer)
    case .number(let double): return JSON(double)
    case .string(let text), .symbol(let text), .exotic(let text): return JSON(text)
    case .keyword(let name): return JSON(":" + name)
    case .sequence(let elements), .set(let elements): return .array(elements.map(\.json))
    case .tagged(_, let form): return form.json
    case .map(let entries):
      var object = JSONObject()
      for entry in entries {
        let name: String
        switch entry.key {
        case .keyword(let text), .string(let text): name = text
        case let key: name = key.json.description
        }
        object.append(.init(name: name, json: entry.value.json))
      }
      return .object(object)
    }
  }
}
