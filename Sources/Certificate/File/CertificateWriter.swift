public import History
import KeyValue

/// A certificate as a file: which history it is about, and claims about it with their evidence. `docs/certificate.md`
/// describes the form.
public struct CertificateWriter {
  /// The version of the form.
  public static let format = 1
  private static let pieceBytes = 1 << 20

  private let history: History
  private let file: String
  private let claims: any Sequence<Claim>
  private var bytes: [UInt8] = []

  /// Prepares to write.
  ///
  /// - Parameters:
  ///   - file: what the history is called, for people.
  ///   - claims: what is claimed, that on which others rest first.
  public init(_ claims: any Sequence<Claim>, of history: History, file: String) {
    self.claims = claims
    self.history = history
    self.file = file
  }

  /// Writes the certificate. Operations are numbers, so the text is about as long as the evidence has digits.
  ///
  /// - Parameter receive: takes the text, in pieces of about a megabyte.
  /// - Throws: what `receive` throws.
  public func write<Failure: Error>(_ receive: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    var writer = self
    writer.text("{\"certificate\":\(Self.format),\"file\":")
    writer.json(JSON(file))
    let fingerprint = Fingerprint(of: history)
    writer.text(",\"history\":{\"operations\":\(fingerprint.operations),\"keys\":\(fingerprint.keys)")
    writer.text(",\"processes\":\(fingerprint.processes),\"hash\":\"\(fingerprint.hash)\"},\"claims\":[")
    var isFirst = true
    for claim in claims {
      writer.text(isFirst ? "\n" : ",\n")
      isFirst = false
      writer.text("{\"model\":\"\(claim.model.rawValue)\",\"holds\":\(claim.holds),")
      try writer.evidence(claim.evidence, receive)
      writer.text("}")
    }
    writer.text("\n]}\n")
    try receive(writer.bytes)
  }

  private mutating func text(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func json(_ json: JSON) { json.write(to: &bytes) }

  private mutating func evidence<Failure: Error>(
    _ evidence: Evidence, _ receive: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    switch evidence {
    case .order(let order):
      text("\"kind\":\"order\",\"operations\":")
      try numbers(order, receive)
    case .orderOfEachKey(let orders):
      text("\"kind\":\"order-of-each-key\",\"keys\":[")
      for (place, order) in orders.enumerated() {
        text(place == 0 ? "{\"key\":" : ",{\"key\":")
        json(JSON(history[order.key].text))
        text(",\"operations\":")
        try numbers(order.operations, receive)
        text("}")
      }
      text("]")
    case .orderOfEachProcess(let orders, let common):
      text("\"kind\":\"order-of-each-process\",\"operations\":")
      try numbers(common, receive)
      text(",\"processes\":[")
      for (place, order) in orders.enumerated() {
        text(place == 0 ? "{\"process\":" : ",{\"process\":")
        text("\(order.process.number),\"operations\":")
        try numbers(order.operations, receive)
        text("}")
      }
      text("]")
    case .readsFrom(let sources, let order):
      text("\"kind\":\"reads-from\",\"operations\":")
      try numbers(order, receive)
      text(",")
      try columns(sources, receive)
    case .arbitration(let order, let sources):
      text("\"kind\":\"arbitration\",\"operations\":")
      try numbers(order, receive)
      text(",")
      try columns(sources, receive)
    case .agreement(let agreements):
      text("\"kind\":\"agreement\",\"keys\":[")
      for (place, agreement) in agreements.enumerated() {
        text(place == 0 ? "{\"key\":" : ",{\"key\":")
        json(JSON(history[agreement.key].text))
        text(",\"value\":")
        json(.value(history[agreement.value]))
        text(",\"write\":\(agreement.write.map(\.description) ?? "null")")
        text(",\"convergedNanoseconds\":\(agreement.converged.map(\.description) ?? "null"),\"reads\":")
        try numbers(agreement.reads, receive)
        text("}")
      }
      text("]")
    case .core(let core):
      text("\"kind\":\"core\",\"operations\":")
      try numbers(core.operations, receive)
      text(",\"cycle\":")
      edges(core.cycle)
      text(",\"named\":")
      try numbers(core.named, receive)
    case .follows(let model, _):
      text("\"kind\":\"follows\",\"from\":\"\(model.rawValue)\"")
    }
  }

  private mutating func columns<Failure: Error>(
    _ sources: Sources, _ receive: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    text("\"reads\":")
    try numbers(sources.reads, receive)
    text(",\"writes\":")
    try numbers(sources.writes, receive)
  }

  private mutating func edges(_ edges: [Edge]) {
    text("[")
    for (place, edge) in edges.enumerated() {
      text("\(place == 0 ? "" : ","){\"from\":\(edge.from),\"to\":\(edge.to),\"because\":")
      switch edge.reason {
      case .processOrder: text("\"process-order\"")
      case .readsFrom: text("\"reads-from\"")
      case .foundInitialValue: text("\"found-initial-value\"")
      case .overwrittenBefore(let read, let path):
        text("\"overwritten-before\",\"through\":\(read),\"path\":")
        self.edges(path)
      case .replacedAfter(let write, let path):
        text("\"replaced-after\",\"through\":\(write),\"path\":")
        self.edges(path)
      }
      text("}")
    }
    text("]")
  }

  private mutating func numbers<Failure: Error>(
    _ numbers: [Int32], _ receive: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    bytes.append(UInt8(ascii: "["))
    for (place, number) in numbers.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      append(number)
      guard bytes.count >= Self.pieceBytes else { continue }
      try receive(bytes)
      bytes.removeAll(keepingCapacity: true)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Appends the digits of a number, without a string for each of millions.
  private mutating func append(_ number: Int32) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    let start = bytes.count
    var rest = number.magnitude
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }
}
