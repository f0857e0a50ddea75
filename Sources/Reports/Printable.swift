public import KeyValue

extension String {
  /// The text as it may be sent to a terminal: what would move the cursor, change colours or reorder the line is shown
  /// as an escape, so that a hostile key or value cannot disguise a report.
  public var printable: String {
    var text = ""
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
        text += scalar.jsonEscape
      default:
        text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// The beginning of a long text, with a note of how long it is.
  func shortened(to charactersMax: Int = 60) -> String {
    guard count > charactersMax else { return self }
    return prefix(charactersMax) + "... (\(count) characters)"
  }
}

extension Unicode.Scalar {
  fileprivate var jsonEscape: String {
    switch self {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default:
      UTF16.width(self) == 1
        ? "\\u" + String(repeating: "0", count: 4 - String(value, radix: 16).count) + String(value, radix: 16)
        : "\\u{" + String(value, radix: 16) + "}"
    }
  }
}

extension Value {
  /// The JSON text of the value as it may be sent to a terminal, shortened when it is long.
  public var printable: String { description.shortened().printable }
}

extension Key {
  /// The key as it may be sent to a terminal, shortened when it is long: bare when it is a word, as a JSON string when
  /// bare it would be mistaken for something else.
  public var printable: String {
    let isWord = text.utf8.allSatisfy { byte in
      switch Character(Unicode.Scalar(byte)) {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", ":", "/": true
      default: false
      }
    }
    return isWord && !text.isEmpty ? text.shortened() : Value.string(text).printable
  }
}
