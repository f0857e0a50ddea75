import Foundation
import KeyValue

/// As much of JSON Schema as the documents in docs/ use; a keyword that is not known here is a problem, too.
struct JSONSchema {
  private let root: JSON

  /// The schema of a file in docs/.
  init(document: String) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/\(document)")
    root = try JSON(parsing: String(contentsOf: file, encoding: .utf8))
  }

  /// What in a value is not as the schema has it, with the place of each problem.
  func problems(_ value: JSON) -> [String] { problems(value, root, "$") }

  private func problems(_ value: JSON, _ schema: JSON, _ path: String) -> [String] {
    guard let keywords = schema.object else { return ["\(path): the schema is no object"] }
    var problems: [String] = []
    for (keyword, argument) in keywords.members.map({ ($0.name, $0.json) }) {
      switch keyword {
      case "$schema", "title", "description", "$defs": break
      case "$ref":
        let name = argument.string.map { String($0.dropFirst("#/$defs/".count)) } ?? ""
        guard let definition = root["$defs"]?[name] else { return ["\(path): no definition of \(argument)"] }
        problems += self.problems(value, definition, path)
      case "type":
        let types = argument.array ?? [argument]
        if !types.contains(where: { isOf($0.string ?? "", value) }) {
          problems.append("\(path): no \(argument)")
        }
      case "const":
        if value != argument { problems.append("\(path): not \(argument)") }
      case "enum":
        if argument.array?.contains(value) != true {
          problems.append("\(path): \(value) is none of \(argument)")
        }
      case "minimum":
        if let amount = number(value), let least = number(argument), amount < least {
          problems.append("\(path): below \(argument)")
        }
      case "required":
        for name in argument.array ?? [] where value.object != nil && value[name.string ?? ""] == nil {
          problems.append("\(path): without \(name)")
        }
      case "properties":
        for (name, schema) in members(argument) {
          if let member = value[name] { problems += self.problems(member, schema, "\(path).\(name)") }
        }
      case "additionalProperties":
        let known = Set(members(schema["properties"]).map(\.name))
        for (name, member) in members(value) where !known.contains(name) {
          if argument == false { problems.append("\(path): \(name) is not known") }
          if argument.object != nil { problems += self.problems(member, argument, "\(path).\(name)") }
        }
      case "items":
        for (place, element) in (value.array ?? []).enumerated() {
          problems += self.problems(element, argument, "\(path)[\(place)]")
        }
      case "oneOf":
        let results = (argument.array ?? []).map { self.problems(value, $0, path) }
        if results.count(where: \.isEmpty) != 1 {
          problems.append("\(path): \(results) instead of exactly one")
        }
      default: problems.append("\(path): the keyword \(keyword) is not known")
      }
    }
    return problems
  }

  private func members(_ json: JSON?) -> [(name: String, json: JSON)] {
    (json?.object?.members ?? []).map { ($0.name, $0.json) }
  }

  private func number(_ value: JSON) -> Double? {
    switch value {
    case .value(.integer(let number)): Double(number)
    case .value(.number(let number)): number
    default: nil
    }
  }

  private func isOf(_ type: String, _ value: JSON) -> Bool {
    switch (type, value) {
    case ("object", .object), ("array", .array), ("string", .value(.string)), ("boolean", .value(.bool)),
      ("null", .value(.null)), ("integer", .value(.integer)):
      true
    case ("number", _): number(value) != nil
    default: false
    }
  }
}
