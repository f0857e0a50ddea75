import History
import KeyValue

/// Reads the members of a certificate in any order, each as what it must be.
struct CertificateReader {
  /// How deep the reasons of edges may be nested.
  private static let depthMax = 200

  private let bytes: [UInt8]
  private var cursor = JSONCursor()
  private let keys: [Key: KeyID]
  private let values: [Value: ValueID]
  /// Which history the certificate is about; nil until that was read.
  private(set) var fingerprint: Fingerprint?

  init(_ bytes: [UInt8], _ history: History) {
    self.bytes = bytes
    keys = Dictionary(
      history.keys.enumerated().map { ($0.element, KeyID(index: UInt32($0.offset))) },
      uniquingKeysWith: { first, _ in first })
    values = Dictionary(
      history.values.enumerated().map { ($0.element, ValueID(index: UInt32($0.offset))) },
      uniquingKeysWith: { first, _ in first })
  }

  mutating func read() throws(JSONError) -> CertificateFile {
    var file = ""
    var claims: [Claim]?
    var format: Int64?
    try members { reader, name throws(JSONError) in
      switch name {
      case "certificate": format = try reader.integer()
      case "file": file = try reader.string()
      case "history": reader.fingerprint = try reader.readFingerprint()
      case "claims":
        var found: [Claim] = []
        try reader.elements { reader throws(JSONError) in found.append(try reader.claim()) }
        claims = found
      default: try reader.skip()
      }
    }
    guard format == Int64(CertificateWriter.format) else {
      throw error("this is no certificate of format \(CertificateWriter.format)")
    }
    guard let fingerprint, let claims else {
      throw error("the certificate lacks \(fingerprint == nil ? "\"history\"" : "\"claims\"")")
    }
    let bytes = bytes
    cursor.skipSpace(bytes.span)
    guard cursor.isAtEnd(bytes.span) else { throw error("expected the end after the certificate") }
    return CertificateFile(file: file, fingerprint: fingerprint, claims: claims)
  }

  // MARK: Parts

  private mutating func readFingerprint() throws(JSONError) -> Fingerprint {
    var numbers: [String: Int] = [:]
    var hash: String?
    try members { reader, name throws(JSONError) in
      switch name {
      case "operations", "keys", "processes": numbers[name] = Int(try reader.integer())
      case "hash": hash = try reader.string()
      default: try reader.skip()
      }
    }
    guard let operations = numbers["operations"], let keys = numbers["keys"],
      let processes = numbers["processes"], let hash
    else {
      let missing = ["operations", "keys", "processes"].first { numbers[$0] == nil } ?? "hash"
      throw error("\"history\" lacks \"\(missing)\"; it says which history the certificate is about")
    }
    return Fingerprint(operations: operations, keys: keys, processes: processes, hash: hash)
  }

  /// The members that evidence can have, of whatever kind.
  private struct Parts {
    var kind = ""
    var holds: Bool?
    var model = ""
    var from = ""
    var operations: [Int32] = []
    var reads: [Int32] = []
    var writes: [Int32] = []
    var named: [Int32] = []
    var cycle: [Edge] = []
    var keys: [KeyPart] = []
    var processes: [ProcessOrder] = []
  }

  private struct KeyPart {
    var key = KeyID(index: .max)
    var value = ValueID(index: .max)
    var operations: [Int32] = []
    var reads: [Int32] = []
    var write: Int32?
    var converged: Int64?
  }

  private mutating func claim() throws(JSONError) -> Claim {
    var parts = Parts()
    try members { reader, name throws(JSONError) in
      switch name {
      case "model": parts.model = try reader.string()
      case "holds": parts.holds = try reader.flag()
      case "kind": parts.kind = try reader.string()
      case "from": parts.from = try reader.string()
      case "operations": parts.operations = try reader.numbers()
      case "reads": parts.reads = try reader.numbers()
      case "writes": parts.writes = try reader.numbers()
      case "named": parts.named = try reader.numbers()
      case "cycle": parts.cycle = try reader.edges(0)
      case "keys":
        try reader.elements { reader throws(JSONError) in parts.keys.append(try reader.keyPart()) }
      case "processes":
        try reader.elements { reader throws(JSONError) in parts.processes.append(try reader.processOrder()) }
      default: try reader.skip()
      }
    }
    guard let model = Promise(rawValue: parts.model) else {
      throw error("\"\(parts.model)\" is not a known model")
    }
    guard let holds = parts.holds else { throw error("a claim says whether the model \"holds\"") }
    let claim = Claim(model, try evidence(parts, holds))
    guard claim.holds == holds else {
      throw error("evidence of the kind \"\(parts.kind)\" shows the opposite")
    }
    return claim
  }

  private func evidence(_ parts: Parts, _ holds: Bool) throws(JSONError) -> Evidence {
    let sources = Sources(reads: parts.reads, writes: parts.writes)
    switch parts.kind {
    case "order": return .order(parts.operations)
    case "order-of-each-key":
      return .orderOfEachKey(parts.keys.map { KeyOrder(key: $0.key, operations: $0.operations) })
    case "order-of-each-process": return .orderOfEachProcess(parts.processes, common: parts.operations)
    case "reads-from": return .readsFrom(sources, along: parts.operations)
    case "arbitration": return .arbitration(parts.operations, sources)
    case "agreement":
      return .agreement(
        parts.keys.map {
          Agreement(
            key: $0.key, value: $0.value, reads: $0.reads, write: $0.write, converged: $0.converged)
        })
    case "core": return .core(Core(operations: parts.operations, cycle: parts.cycle, named: parts.named))
    case "follows":
      guard let from = Promise(rawValue: parts.from) else {
        throw error("\"\(parts.from)\" is not a known model")
      }
      return .follows(from, holds: holds)
    default: throw error("\"\(parts.kind)\" is not a known kind of evidence")
    }
  }

  private mutating func keyPart() throws(JSONError) -> KeyPart {
    var part = KeyPart()
    try members { reader, name throws(JSONError) in
      switch name {
      case "key":
        let text = try reader.string()
        guard let key = reader.keys[Key(text)] else { throw reader.error("the history has no such key") }
        part.key = key
      case "value":
        let value = try reader.scalar()
        guard let id = reader.values[value] else { throw reader.error("the history has no such value") }
        part.value = id
      case "operations": part.operations = try reader.numbers()
      case "reads": part.reads = try reader.numbers()
      case "write": part.write = try reader.isNull() ? nil : reader.number()
      case "convergedNanoseconds": part.converged = try reader.isNull() ? nil : reader.integer()
      default: try reader.skip()
      }
    }
    return part
  }

  private mutating func processOrder() throws(JSONError) -> ProcessOrder {
    var order = ProcessOrder(process: ProcessID(0), operations: [])
    try members { reader, name throws(JSONError) in
      switch name {
      case "process": order.process = ProcessID(try reader.number())
      case "operations": order.operations = try reader.numbers()
      default: try reader.skip()
      }
    }
    return order
  }

  private mutating func edges(_ depth: Int) throws(JSONError) -> [Edge] {
    guard depth < Self.depthMax else { throw error("reasons are nested deeper than \(Self.depthMax) levels") }
    var edges: [Edge] = []
    try elements { reader throws(JSONError) in edges.append(try reader.edge(depth)) }
    return edges
  }

  private mutating func edge(_ depth: Int) throws(JSONError) -> Edge {
    var because = ""
    var from: Int32 = -1
    var to: Int32 = -1
    var through: Int32 = -1
    var path: [Edge] = []
    try members { reader, name throws(JSONError) in
      switch name {
      case "from": from = try reader.number()
      case "to": to = try reader.number()
      case "because": because = try reader.string()
      case "through": through = try reader.number()
      case "path": path = try reader.edges(depth + 1)
      default: try reader.skip()
      }
    }
    let reason: Edge.Reason
    switch because {
    case "process-order": reason = .processOrder
    case "reads-from": reason = .readsFrom
    case "found-initial-value": reason = .foundInitialValue
    case "overwritten-before": reason = .overwrittenBefore(through, path: path)
    case "replaced-after": reason = .replacedAfter(through, path: path)
    default: throw error("\"\(because)\" is no reason that is known here")
    }
    return Edge(from: from, to: to, reason: reason)
  }

  // MARK: Steps

  private func error(_ reason: String) -> JSONError { cursor.error(bytes.span, reason) }

  private mutating func members(
    _ read: (inout CertificateReader, String) throws(JSONError) -> Void
  ) throws(JSONError) {
    let bytes = bytes
    guard cursor.next(bytes.span) == UInt8(ascii: "{") else { throw error("expected an object") }
    try cursor.expect("{", bytes.span)
    var isFirst = true
    while let name = try cursor.nextMember(isFirst: isFirst, bytes.span) {
      isFirst = false
      try read(&self, name)
    }
  }

  private mutating func elements(
    _ read: (inout CertificateReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    let bytes = bytes
    guard cursor.next(bytes.span) == UInt8(ascii: "[") else { throw error("expected a list") }
    try cursor.expect("[", bytes.span)
    if cursor.next(bytes.span) == UInt8(ascii: "]") { return try cursor.expect("]", bytes.span) }
    while true {
      try read(&self)
      if cursor.next(bytes.span) == UInt8(ascii: "]") { return try cursor.expect("]", bytes.span) }
      try cursor.expect(",", bytes.span)
    }
  }

  private mutating func numbers() throws(JSONError) -> [Int32] {
    var numbers: [Int32] = []
    try elements { reader throws(JSONError) in numbers.append(try reader.number()) }
    return numbers
  }

  private mutating func number() throws(JSONError) -> Int32 {
    let integer = try integer()
    guard let number = Int32(exactly: integer) else { throw error("\(integer) is no operation") }
    return number
  }

  private mutating func integer() throws(JSONError) -> Int64 {
    let bytes = bytes
    return try cursor.integer(bytes.span)
  }

  private mutating func string() throws(JSONError) -> String {
    let bytes = bytes
    cursor.skipSpace(bytes.span)
    return try cursor.string(bytes.span)
  }

  private mutating func scalar() throws(JSONError) -> Value {
    let bytes = bytes
    return try cursor.scalar(bytes.span)
  }

  private mutating func flag() throws(JSONError) -> Bool {
    guard case .bool(let flag) = try scalar() else { throw error("expected true or false") }
    return flag
  }

  private mutating func isNull() throws(JSONError) -> Bool {
    let bytes = bytes
    guard cursor.next(bytes.span) == UInt8(ascii: "n") else { return false }
    try cursor.skipValue(bytes.span)
    return true
  }

  private mutating func skip() throws(JSONError) {
    let bytes = bytes
    try cursor.skipValue(bytes.span)
  }
}
