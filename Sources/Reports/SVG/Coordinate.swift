/// Numbers as they stand in a picture.
enum Coordinate {
  /// To a tenth of a pixel, without needless places.
  static func text(_ number: Double) -> String {
    let text = TimeText.fixed(number, places: 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A point as a path has it: "12 30.5".
  static func text(_ point: (x: Double, y: Double)) -> String {
    "\(text(point.x)) \(text(point.y))"
  }

  /// The path that begins with a command at a point, and goes on with another through others.
  static func path(
    _ start: String, _ first: (x: Double, y: Double), _ command: String, _ others: (x: Double, y: Double)...
  ) -> String {
    "\(start) \(text(first)) \(command) \(others.map { text($0) }.joined(separator: ", "))"
  }
}

/// How wide a text will be, estimated on the safe side: what draws the picture chooses the font.
enum TextWidth {
  /// In a proportional font of that size, in pixels.
  static func sans(_ text: String, size: Double) -> Double { size * 0.58 * units(text) }

  /// In a font whose letters are all of one width.
  static func mono(_ text: String, size: Double) -> Double { size * 0.61 * units(text) }

  /// The width in letters; beyond Latin, Greek and Cyrillic a character may be twice as wide.
  private static func units(_ text: String) -> Double {
    text.unicodeScalars.reduce(0) { $0 + ($1.value < 0x1100 ? 1 : 2) }
  }

  /// The text in lines of at most that width, broken between words, and within those that are longer than a line.
  static func lines(_ text: String, size: Double, width: Double) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ").flatMap({ pieces(String($0), size: size, width: width) }) {
      if !line.isEmpty, sans(line + " " + word, size: size) > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }

  private static func pieces(_ word: String, size: Double, width: Double) -> [String] {
    guard sans(word, size: size) > width else { return [word] }
    var pieces = [""]
    for character in word {
      if sans(pieces[pieces.count - 1] + String(character), size: size) > width { pieces.append("") }
      pieces[pieces.count - 1].append(character)
    }
    return pieces
  }
}
