import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// An XML document as Foundation's parser sees it: what is not well-formed has no elements.
struct MarkupDocument {
  struct Element {
    let name: String
    let parents: [String]
    let attributes: [String: String]
    var text = ""
  }

  let elements: [Element]
  /// Why it is not well-formed; nil when it is.
  let problem: String?

  init(_ text: String) {
    let reader = Reader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    let isWellFormed = parser.parse()
    elements = isWellFormed ? reader.elements : []
    problem = isWellFormed ? nil : "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "?")"
  }

  func all(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  var ids: [String] { elements.compactMap { $0.attributes["id"] } }

  private final class Reader: NSObject, XMLParserDelegate {
    var elements: [Element] = []
    private var open: [Int] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      elements.append(Element(name: name, parents: open.map { elements[$0].name }, attributes: attributes))
      open.append(elements.count - 1)
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) {
      if let last = open.last { elements[last].text += text }
    }

    func parser(
      _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
      open.removeLast()
    }
  }
}
