import Rainbow

/// Whether text for a terminal is coloured, and how.
public struct TerminalStyle: Sendable, Hashable {
  /// What a colour says.
  public enum Meaning: Sendable {
    /// As it should be.
    case good
    /// Wrong.
    case bad
    /// To be looked at.
    case doubtful
    /// A heading.
    case heading
    /// Of less interest.
    case faint
  }

  /// Whether to colour.
  public let isColoured: Bool

  /// No colours: for files, pipes and those who asked for none.
  public static let plain = TerminalStyle(isColoured: false)

  private init(isColoured: Bool) {
    self.isColoured = isColoured
  }

  /// Colours only on a terminal whose user did not ask for none.
  ///
  /// - Parameters:
  ///   - isTerminal: whether the text goes to a terminal.
  ///   - environment: where `NO_COLOR`, set to anything but nothing, forbids colours, and so does a `TERM` of "dumb".
  public init(isTerminal: Bool, environment: [String: String]) {
    let isForbidden = environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    self.init(isColoured: isTerminal && !isForbidden && environment["TERM"] != "dumb")
  }

  /// The text in the colour of a meaning.
  public func paint(_ text: String, _ meaning: Meaning) -> String {
    guard isColoured else { return text }
    // Rainbow's own string methods consult state of the whole program; the codes alone do not.
    let codes: [any ModeCode] =
      switch meaning {
      case .good: [NamedColor.green, Style.bold]
      case .bad: [NamedColor.red, Style.bold]
      case .doubtful: [NamedColor.yellow, Style.bold]
      case .heading: [Style.bold]
      case .faint: [Style.dim]
      }
    let numbers = codes.flatMap(\.value).map(\.description).joined(separator: ";")
    return "\u{1B}[\(numbers)m\(text)\u{1B}[0m"
  }
}
