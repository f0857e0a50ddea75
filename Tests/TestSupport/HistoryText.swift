public import History
public import KeyValue

/// A history written down in a line for each process.
///
///     w(a,1)[0..5]  r(a,1)[6..8]
///     r(a,null)[2..3]  cas(a,1,2)[7..9]
///
/// - `w(key,value)[from..to]` writes; `r(key,value)[from..to]` reads that value; `r(key,_)` does not tell what it read.
/// - `cas(key,expected,new)[from..to]` succeeds; `cas(key,expected,new):found[from..to]` found another value; with `:_` it
///   does not tell which.
/// - `[from..?]` never completes: its outcome is unknown. `[from..to]!` certainly failed.
/// - `@n` after the interval names the replica, `*` marks a final read.
///
/// Values are integers, `null`, `true`, `false` and bare words.
public enum HistoryText {
  /// Why a text is no history.
  public struct Fault: Error, CustomStringConvertible {
    /// What is wrong with which part.
    public let description: String
  }

  /// Reads a history.
  ///
  /// - Parameters:
  ///   - initial: what keys hold at first, where not null.
  ///   - servers: how many replicas the run declares; nil for no declaration.
  public static func parse(_ text: String, initial: [Key: Value] = [:], servers: Int? = nil) throws -> History
  {
    var builder = HistoryBuilder(run: RunDescription(name: "text", servers: servers, initial: initial))
    let lines = text.split(separator: "\n").filter { line in line.contains { $0 != " " } }
    for (process, line) in lines.enumerated() {
      for word in line.split(separator: " ") {
        try add(word, ProcessID(Int32(process)), &builder)
      }
    }
    return builder.history()
  }

  /// Writes a history down, so that a failing test shows what to copy.
  public static func text(_ history: History) -> String {
    var lines: [ProcessID: [String]] = [:]
    for operation in history.operations {
      lines[operation.process, default: []].append(text(operation, history))
    }
    let initial = history.keys.indices.compactMap { index -> String? in
      let key = KeyID(index: UInt32(index))
      let value = history[history.initialValue(of: key)]
      return value == .null ? nil : "\(history[key]): \(value)"
    }
    var text = lines.sorted { $0.key < $1.key }.map { $0.value.joined(separator: " ") }.joined(
      separator: "\n")
    if !initial.isEmpty { text += "\ninitial: [\(initial.joined(separator: ", "))]" }
    if let servers = history.run?.servers { text += "\nservers: \(servers)" }
    return text
  }

  private static func text(_ operation: Operation, _ history: History) -> String {
    let key = history[operation.key]
    let value = operation.hasResult || operation.kind == .write ? "\(plain(history[operation.value]))" : "_"
    var text: String
    switch operation.kind {
    case .read: text = "r(\(key),\(value))"
    case .write: text = "w(\(key),\(value))"
    case .compareAndSet:
      let expected = plain(history[operation.expected])
      text =
        operation.isMismatch
        ? "cas(\(key),\(expected),_):\(value)"
        : "cas(\(key),\(expected),\(plain(history[operation.value])))"
    }
    text += "[\(operation.invoked)..\(operation.outcome == .unknown ? "?" : "\(operation.completed)")]"
    if operation.outcome == .fail { text += "!" }
    if let server = operation.server { text += "@\(server)" }
    if operation.isFinal { text += "*" }
    return text
  }

  private static func plain(_ value: Value) -> String {
    if case .string(let string) = value { string } else { value.description }
  }

  private static func add(
    _ word: Substring, _ process: ProcessID, _ builder: inout HistoryBuilder
  ) throws {
    let fault = Fault(description: "\"\(word)\" is no operation")
    guard let parenthesis = word.firstIndex(of: "("), let closing = word.firstIndex(of: ")"),
      let bracket = word.firstIndex(of: "["), let closingBracket = word.firstIndex(of: "]"),
      parenthesis < closing, closing < bracket, bracket < closingBracket
    else { throw fault }
    let arguments = word[word.index(after: parenthesis)..<closing].split(separator: ",").map(String.init)
    let found = word[word.index(after: closing)..<bracket].dropFirst()
    let times = word[word.index(after: bracket)..<closingBracket].split(separator: ".")
    guard times.count == 2, let from = Int64(times[0]) else { throw fault }
    let to = Int64(times[1])
    var suffix = word[word.index(after: closingBracket)...]
    let isFailed = suffix.first == "!"
    if isFailed { suffix.removeFirst() }
    let isFinal = suffix.last == "*"
    if isFinal { suffix.removeLast() }
    let server = suffix.isEmpty ? nil : Int32(suffix.dropFirst())

    var result: Value?
    switch (word[..<parenthesis], arguments.count) {
    case ("r", 2):
      try builder.invoke(
        .read, process: process, key: Key(arguments[0]), at: from, server: server, isFinal: isFinal)
      result = value(arguments[1])
    case ("w", 2):
      try builder.invoke(
        .write, process: process, key: Key(arguments[0]), value: value(arguments[1]) ?? .null, at: from,
        server: server)
    case ("cas", 3):
      try builder.invoke(
        .compareAndSet, process: process, key: Key(arguments[0]), value: value(arguments[2]) ?? .null,
        expected: value(arguments[1]) ?? .null, at: from, server: server)
      result = value(String(found))
    default:
      throw fault
    }
    guard let to else { return try builder.complete(process, .unknown, at: from) }
    try builder.complete(
      process, isFailed ? .fail : .ok, result: result, isMismatch: !found.isEmpty && !isFailed, at: to)
  }

  private static func value(_ text: String) -> Value? {
    switch text {
    case "_", "": nil
    case "null": .null
    case "true": true
    case "false": false
    default: Int64(text).map { .integer($0) } ?? .string(text)
    }
  }
}
