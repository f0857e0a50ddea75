import KeyValue

/// A place in a JSON document: the members and elements passed on the way from the root.
struct JSONPath: CustomStringConvertible {
  private enum Step {
    case member(String)
    case element(Int)
  }

  private var steps: [Step] = []

  /// The whole document.
  static let root = JSONPath()

  /// The member of that name of what stands here.
  func member(_ name: String) -> JSONPath {
    var path = self
    path.steps.append(.member(name))
    return path
  }

  /// The element at that index of what stands here.
  func element(_ index: Int) -> JSONPath {
    var path = self
    path.steps.append(.element(index))
    return path
  }

  /// The place as in `$.clients[2].requests[0].value`, names that are not words quoted in brackets.
  var description: String {
    steps.reduce(into: "$") { text, step in
      switch step {
      case .element(let index): text += "[\(index)]"
      case .member(let name) where Self.isWord(name): text += ".\(name)"
      case .member(let name): text += "[\(Located.shortened(Value.string(name).description))]"
      }
    }
  }

  private static func isWord(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
      return false
    }
    return name.utf8.count <= 60
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }
}
