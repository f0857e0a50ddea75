public import KeyValue
public import Replication

/// A request as a client sends it: one frame of JSON, such as `{"type":"set","key":"a","value":10}`.
///
/// `"v":1` asks for answers in JSON, in which an absent value, `null` and the text "null" differ; without it answers are
/// the plain texts `success` and `a:10`, easy to use from any language.
public struct ClientRequest: Hashable, Sendable {
  /// What is asked.
  public enum Body: Hashable, Sendable {
    /// To read, write or compare and set a key.
    case command(Command)
    /// How many updates the replica has broadcast.
    case position
    /// To answer once the replica has applied that many updates of each replica.
    case barrier([UInt64])

    /// What is asked of the store; nil where it is something else.
    public var command: Command? {
      if case .command(let command) = self { command } else { nil }
    }
  }

  /// What is asked.
  public var body: Body
  /// Whether the answer is to be JSON.
  public var wantsJSON: Bool

  /// A longer request is refused.
  public static let bytesMax = 256 * 1024

  /// Why a request of so many bytes is refused.
  static func refusal(bytes: Int) -> String {
    "the request has \(bytes) bytes; \(bytesMax) are allowed"
  }

  /// Makes a request.
  public init(_ body: Body, wantsJSON: Bool = true) {
    self.body = body
    self.wantsJSON = wantsJSON
  }

  /// Why a frame is not a request.
  public struct Malformed: Error, Hashable, Sendable {
    /// The sentence that the client gets.
    public let reason: String
    /// Whether the answer is to be JSON, as far as that could be told.
    public let wantsJSON: Bool
  }

  /// Reads a frame.
  public init(decoding bytes: Span<UInt8>) throws(Malformed) {
    guard bytes.count <= Self.bytesMax else {
      throw Malformed(reason: Self.refusal(bytes: bytes.count), wantsJSON: false)
    }
    if let request = Self.commonForm(bytes) {
      self = request
      return
    }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes)
    } catch {
      throw Malformed(reason: "the request is not JSON: \(error)", wantsJSON: false)
    }
    try self.init(json)
  }

  /// Reads a request of whatever form.
  init(_ json: JSON) throws(Malformed) {
    guard let object = json.object else {
      throw Malformed(reason: "the request is \(json.kind), not an object", wantsJSON: false)
    }
    let wantsJSON: Bool
    switch object["v"] {
    case nil: wantsJSON = false
    case .value(.integer(1)): wantsJSON = true
    default: throw Malformed(reason: "\"v\" must be 1 or absent", wantsJSON: false)
    }
    do throws(Problem) {
      self.init(try Self.body(object), wantsJSON: wantsJSON)
    } catch {
      throw Malformed(reason: error.reason, wantsJSON: wantsJSON)
    }
  }

  private struct Problem: Error {
    let reason: String
  }

  private static func body(_ object: JSONObject) throws(Problem) -> Body {
    func key() throws(Problem) -> Key {
      guard let json = object["key"] else { throw Problem(reason: "the request has no \"key\"") }
      guard let text = json.string else { throw Problem(reason: "\"key\" is \(json.kind), not a string") }
      return Key(text)
    }
    guard let json = object["type"] else { throw Problem(reason: "the request has no \"type\"") }
    guard let type = json.string else { throw Problem(reason: "\"type\" is \(json.kind), not a string") }
    switch type {
    case "get", "read":
      return .command(.read(try key()))
    case "set", "write", "put":
      guard let json = object["value"] else { throw Problem(reason: "the request has no \"value\"") }
      guard let value = json.scalar else { throw Problem(reason: "\"value\" is \(json.kind), not a scalar") }
      return .command(.write(try key(), value))
    case "cas":
      guard let pair = object["value"]?.array, pair.count == 2, let expected = pair[0].scalar,
        let new = pair[1].scalar
      else { throw Problem(reason: "\"value\" must be a list of the expected and the new value") }
      return .command(.compareAndSet(try key(), expected: expected, new: new))
    case "position":
      return .position
    case "barrier":
      let counts = object["value"]?.array?.compactMap { $0.integer.flatMap { UInt64(exactly: $0) } }
      guard let counts, counts.count == object["value"]?.array?.count else {
        throw Problem(reason: "\"value\" must be a list with the number of updates of each server")
      }
      return .barrier(counts)
    default:
      throw Problem(reason: "the type \"\(type)\" is not one of get, set, cas, position, barrier")
    }
  }

  /// The frame.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    write(to: &bytes)
    return bytes
  }

  /// Appends the frame, or a request of a list.
  ///
  /// - Parameter id: what tells the request's answer from others, in a list of requests.
  public func write(id: UInt64? = nil, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "{"))
    if let id { bytes.append(id: id) }
    switch body {
    case .command(.read(let key)):
      bytes.append(literal: #""type":"get","key":"#)
      Value.writeJSON(string: key.text, to: &bytes)
    case .command(.write(let key, let value)):
      bytes.append(literal: #""type":"set","key":"#)
      Value.writeJSON(string: key.text, to: &bytes)
      bytes.append(literal: #","value":"#)
      value.writeJSON(to: &bytes)
    case .command(.compareAndSet(let key, let expected, let new)):
      bytes.append(literal: #""type":"cas","key":"#)
      Value.writeJSON(string: key.text, to: &bytes)
      bytes.append(literal: #","value":["#)
      expected.writeJSON(to: &bytes)
      bytes.append(literal: ",")
      new.writeJSON(to: &bytes)
      bytes.append(literal: "]")
    case .position: bytes.append(literal: #""type":"position""#)
    case .barrier(let counts):
      bytes.append(literal: #""type":"barrier","value":"#)
      JSON.array(counts.map { JSON($0) }).write(to: &bytes)
    }
    bytes.append(literal: wantsJSON && id == nil ? #","v":1}"# : "}")
  }
}

/// An answer as a client gets it: one frame.
public enum ClientAnswer: Hashable, Sendable {
  /// A read's result.
  case value(Value, Stamp?)
  /// A write took effect.
  case written(Stamp)
  /// A compare-and-set found this value, not the expected one.
  case mismatch(Value, Stamp?)
  /// The request certainly had no effect.
  case refused(String)
  /// The request certainly had no effect, since a bound of the server was reached; it may do later.
  case busy(String)
  /// The number of updates that the replica has broadcast.
  case position(UInt64)
  /// What a barrier waited for has come.
  case reached

  /// Makes the answer of a replica's reply.
  public init(_ reply: Reply) {
    self =
      switch reply {
      case .value(let value, let stamp): .value(value, stamp)
      case .written(let stamp): .written(stamp)
      case .mismatch(let value, let stamp): .mismatch(value, stamp)
      case .refused(let reason): .refused(reason)
      case .busy(let reason): .busy(reason)
      case .reached: .reached
      }
  }

  /// The frame.
  ///
  /// - Parameter command: what was asked, of which the answer repeats some.
  public func bytes(wantsJSON: Bool, to command: Command?) -> [UInt8] {
    var bytes: [UInt8] = []
    write(wantsJSON: wantsJSON, to: command, into: &bytes)
    return bytes
  }

  /// Appends the frame.
  ///
  /// - Parameter command: what was asked, of which the answer repeats some.
  public func write(wantsJSON: Bool, to command: Command?, into bytes: inout [UInt8]) {
    if wantsJSON {
      write(id: nil, to: command, into: &bytes)
    } else {
      bytes.append(contentsOf: plain(to: command).utf8)
    }
  }

  /// Appends the frame in the JSON form, or an answer of a list.
  ///
  /// - Parameters:
  ///   - id: the request's own, in a list of answers.
  ///   - command: what was asked, of which the answer repeats some.
  public func write(id: UInt64?, to command: Command?, into bytes: inout [UInt8]) {
    func append(_ value: Value, _ stamp: Stamp?) {
      bytes.append(literal: #","value":"#)
      value.writeJSON(to: &bytes)
      if let stamp { append(stamp) }
    }
    func append(_ stamp: Stamp) {
      bytes.append(literal: #","stamp":["#)
      bytes.append(decimal: stamp.time)
      bytes.append(literal: ",")
      bytes.append(decimal: UInt64(stamp.server.number))
      bytes.append(literal: "]")
    }
    func append(error reason: String) {
      bytes.append(literal: #","error":"#)
      Value.writeJSON(string: reason, to: &bytes)
    }
    bytes.append(UInt8(ascii: "{"))
    if let id { bytes.append(id: id) }
    switch self {
    case .refused, .busy: bytes.append(literal: #""ok":false"#)
    default: bytes.append(literal: #""ok":true"#)
    }
    switch self {
    case .refused(let reason):
      append(error: reason)
    case .busy(let reason):
      bytes.append(literal: #","busy":true"#)
      append(error: reason)
    case .mismatch(let value, let stamp):
      bytes.append(literal: #","applied":false"#)
      append(value, stamp)
    case .value(let value, let stamp):
      append(value, stamp)
    case .written(let stamp):
      if case .compareAndSet = command { bytes.append(literal: #","applied":true"#) }
      append(stamp)
    case .position(let position):
      bytes.append(literal: #","position":"#)
      bytes.append(decimal: position)
    case .reached:
      break
    }
    bytes.append(literal: "}")
  }

  private func plain(to command: Command?) -> String {
    func pair(_ value: Value) -> String {
      let text = if case .string(let text) = value { text } else { value.description }
      return "\(command?.key.text ?? ""):\(text)"
    }
    return switch self {
    case .value(let value, _): pair(value)
    case .mismatch(let value, _): "mismatch \(pair(value))"
    case .written, .reached: "success"
    case .refused(let reason), .busy(let reason): "error: \(reason)"
    case .position(let position): "position:\(position)"
    }
  }

  /// Reads a frame in the JSON form; nil when it is none.
  public init?(decoding bytes: Span<UInt8>, to request: ClientRequest.Body) {
    if let answer = Self.commonForm(bytes, to: request) {
      self = answer
      return
    }
    guard let object = try? JSON(parsing: bytes).object else { return nil }
    self.init(object, to: request)
  }

  /// Reads an answer of whatever form; nil when it is none.
  init?(_ object: JSONObject, to request: ClientRequest.Body) {
    guard let ok = object["ok"]?.bool else { return nil }
    guard ok else {
      let reason = object["error"]?.string ?? "no reason given"
      self = object["busy"]?.bool == true ? .busy(reason) : .refused(reason)
      return
    }
    var stamp: Stamp?
    if let pair = object["stamp"]?.array, pair.count == 2,
      let time = pair[0].integer.flatMap({ UInt64(exactly: $0) }),
      let server = pair[1].integer
    {
      stamp = Stamp(time: time, server: ServerID(Int(server)))
    }
    switch request {
    case .command(.read):
      guard let value = object["value"]?.scalar else { return nil }
      self = .value(value, stamp)
    case .command(.write):
      guard let stamp else { return nil }
      self = .written(stamp)
    case .command(.compareAndSet):
      if object["applied"]?.bool == false, let value = object["value"]?.scalar {
        self = .mismatch(value, stamp)
      } else if object["applied"]?.bool == true, let stamp {
        self = .written(stamp)
      } else {
        return nil
      }
    case .position:
      guard let position = object["position"]?.integer.flatMap({ UInt64(exactly: $0) }) else { return nil }
      self = .position(position)
    case .barrier:
      self = .reached
    }
  }
}
