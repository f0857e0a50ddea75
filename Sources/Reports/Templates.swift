import Mustache

/// The templates of what is not plain text. They are files beside this code, and are built into it.
enum Templates {
  /// Each template by the name that other templates include it by.
  private static let sources: [String: [UInt8]] = [
    "chart": PackageResources.chart_mustache,
    "comparison": PackageResources.comparison_mustache,
    "comparison-page": PackageResources.comparison_page_mustache,
    "counterexample": PackageResources.counterexample_mustache,
    "index": PackageResources.index_mustache,
    "junit": PackageResources.junit_mustache,
    "lattice": PackageResources.lattice_mustache,
    "markdown": PackageResources.markdown_mustache,
    "picture-style": PackageResources.picture_style_mustache,
    "report": PackageResources.report_mustache,
    "space-time": PackageResources.space_time_mustache,
  ]

  private static let library: MustacheLibrary = {
    MustacheContentTypes.register(MarkupText(), named: "MARKUP")
    MustacheContentTypes.register(MarkdownText(), named: "MARKDOWN")
    var library = MustacheLibrary()
    for (name, bytes) in sources {
      // The library's own escaping can be undone by a combining character, so no template goes without one of these.
      let type = name == "markdown" ? "MARKDOWN" : "MARKUP"
      do {
        try library.register(
          "{{% CONTENT_TYPE: \(type)}}" + String(decoding: bytes, as: UTF8.self), named: name)
      } catch {
        preconditionFailure("the template \"\(name)\" is malformed: \(error)")
      }
    }
    return library
  }()

  /// Fills a template in.
  ///
  /// - Parameter values: what the template names; texts are escaped where the template says `{{name}}`.
  /// - Precondition: there is such a template.
  static func render(_ name: String, _ values: [String: Any]) -> String {
    guard let text = library.render(values, withTemplate: name) else {
      preconditionFailure("there is no template \"\(name)\"")
    }
    return text
  }
}

/// Text in HTML and XML, in content as in quoted attributes.
struct MarkupText: MustacheContentType {
  /// The text with what has a meaning in markup as references, and what XML 1.0 cannot hold as replacement characters.
  ///
  /// Goes by scalars: a `<` with a combining character after it is one character, but still opens a tag.
  func escapeText(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped.append(contentsOf: "&amp;".unicodeScalars)
      case "<": escaped.append(contentsOf: "&lt;".unicodeScalars)
      case ">": escaped.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": escaped.append(contentsOf: "&quot;".unicodeScalars)
      case "'": escaped.append(contentsOf: "&#39;".unicodeScalars)
      // An attribute's line breaks would become spaces.
      case "\t", "\n", "\r": escaped.append(contentsOf: "&#\(scalar.value);".unicodeScalars)
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped.append("\u{FFFD}")
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }
}
