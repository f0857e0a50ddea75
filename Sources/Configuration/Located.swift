import KeyValue

/// A part of a document, and where it stands.
struct Located {
  let json: JSON
  let path: JSONPath

  init(_ json: JSON, at path: JSONPath) {
    self.json = json
    self.path = path
  }

  /// Whether this is null, which wherever a member may be left out says the same as leaving it out.
  var isNull: Bool { json.scalar == .some(.null) }

  /// The elements, if this is a list.
  var elements: [Located]? {
    json.array?.enumerated().map { Located($0.element, at: path.element($0.offset)) }
  }

  /// The number, if this is one without a fraction: 3 and 3.0 are the same number.
  var wholeNumber: Int64? {
    switch json.scalar {
    case .integer(let integer): integer
    case .number(let double): Int64(exactly: double)
    default: nil
    }
  }

  /// The number, if this is one without a fraction or a string that spells one: 3 and "3".
  var numeral: Int64? {
    json.string.map { Self.numeral($0) } ?? wholeNumber
  }

  /// The number that the text spells in decimal digits, without sign or zeros ahead of it.
  static func numeral(_ text: String) -> Int64? {
    Int64(text).flatMap { String($0) == text ? $0 : nil }
  }

  /// What stands here, short enough for a message of one line.
  var found: String {
    guard let scalar = json.scalar else {
      return json.array.map { "a list of \($0.count)" } ?? json.kind
    }
    return Self.shortened(scalar.description)
  }

  /// The text, cut where it is longer than a message should carry, and without what could break the line or steer a
  /// terminal.
  static func shortened(_ text: String) -> String {
    let lengthMax = 60
    // Unicode scalars, since one grapheme cluster may be of any length.
    var shortened = String.UnicodeScalarView()
    for (index, scalar) in text.unicodeScalars.enumerated() {
      if index == lengthMax { return "\(String(shortened))..." }
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: shortened.append("\u{FFFD}")
      default: shortened.append(scalar)
      }
    }
    return String(shortened)
  }
}
