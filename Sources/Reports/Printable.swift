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

  /// Both ends of a long text, with a note of how long it is.
  func shortened(to charactersMax: Int = 60) -> String {
    count > charactersMax ? cut(to: charactersMax) + " (\(count) characters)" : self
  }

  /// Both ends of a long text: generated texts often differ in the last characters only.
  ///
  /// - Parameter charactersMax: at least 2.
  func cut(to charactersMax: Int) -> String {
    guard count > charactersMax else { return self }
    let tail = charactersMax / 3
    return prefix(charactersMax - tail - 1) + "\u{2026}" + suffix(tail)
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

  /// The same in few characters, for where there is no room to say how long it is.
  func printable(cutTo charactersMax: Int) -> String { description.cut(to: charactersMax).printable }
}

extension Key {
  /// The key as it may be sent to a terminal, shortened when it is long: bare when it is a word, as a JSON string when
  /// bare it would be mistaken for something else.
  public var printable: String { spelled.shortened().printable }

  /// The same in few characters, for where there is no room to say how long it is.
  func printable(cutTo charactersMax: Int) -> String { spelled.cut(to: charactersMax).printable }

  private var spelled: String {
    let isWord = text.utf8.allSatisfy { byte in
      switch Character(Unicode.Scalar(byte)) {
      case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", ":", "/": true
      default: false
      }
    }
    return isWord && !text.isEmpty ? text : Value.string(text).description
  }
}
