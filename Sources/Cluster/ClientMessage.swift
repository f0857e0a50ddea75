public import KeyValue
public import Replication

/// A request as a client sends it: one frame of JSON, such as `{"type":"set","key":"a","value":10}`.
///
/// `"v":1` asks for answers in JSON, in which an absent value, `null` and the text "null" differ; without it answers are
/// the plain texts `success` and `a:10`, easy to use from any language.
public struct ClientRequest: Hashable, Sendable {
  /// What is asked.
  public enum Body: Hashable, Sendable {
    /// To read or write a key.
    case command(Command)
    /// How many updates the replica has broadcast.
    case position
    /// To answer once the replica has applied that many updates of each replica.
    case barrier([UInt64])
  }

  /// What is asked.
  public var body: Body
  /// Whether the answer is to be JSON.
  public var wantsJSON: Bool

  /// A longer request is refused.
  public static let bytesMax = 256 * 1024

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
      throw Malformed(
        reason: "the request has \(bytes.count) bytes; \(Self.bytesMax) are allowed", wantsJSON: false)
    }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: bytes)
    } catch {
      throw Malformed(reason: "the request is not JSON: \(error)", wantsJSON: false)
    }
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
    guard let type = object["type"]?.string else { throw Problem(reason: "the request has no \"type\"") }
    switch type {
    case "get", "read":
      return .command(.read(try key()))
    case "set", "write", "put":
      guard let json = object["value"] else { throw Problem(reason: "the request has no \"value\"") }
      guard let value = json.scalar else { throw Problem(reason: "\"value\" is \(json.kind), not a scalar") }
      return .command(.write(try key(), value))
    case "position":
      return .position
    case "barrier":
      let counts = object["value"]?.array?.compactMap { $0.integer.flatMap { UInt64(exactly: $0) } }
      guard let counts, counts.count == object["value"]?.array?.count else {
        throw Problem(reason: "\"value\" must be a list with the number of updates of each server")
      }
      return .barrier(counts)
    default:
      throw Problem(reason: "the type \"\(type)\" is not one of get, set, position, barrier")
    }
  }

  /// The frame.
  public var bytes: [UInt8] {
    var object: JSONObject
    switch body {
    case .command(.read(let key)): object = ["type": "get", "key": JSON(key.text)]
    case .command(.write(let key, let value)):
      object = ["type": "set", "key": JSON(key.text), "value": .value(value)]
    case .position: object = ["type": "position"]
    case .barrier(let counts): object = ["type": "barrier", "value": .array(counts.map { JSON($0) })]
    }
    if wantsJSON { object["v"] = 1 }
    var bytes: [UInt8] = []
    JSON.object(object).write(to: &bytes)
    return bytes
  }
}

/// An answer as a client gets it: one frame.
public enum ClientAnswer: Hashable, Sendable {
  /// A read's result.
  case value(Value, Stamp?)
  /// A write took effect.
  case written(Stamp)
  /// The request certainly had no effect.
  case refused(String)
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
      case .refused(let reason): .refused(reason)
      case .reached: .reached
      }
  }

  /// The frame.
  ///
  /// - Parameter key: the key that was read, which the plain form repeats.
  public func bytes(wantsJSON: Bool, key: Key?) -> [UInt8] {
    guard wantsJSON else { return Array(plain(key: key).utf8) }
    var object: JSONObject = ["ok": true]
    switch self {
    case .value(let value, let stamp):
      object["value"] = .value(value)
      object["stamp"] = stamp.map { [JSON($0.time), JSON($0.server.number)] }
    case .written(let stamp):
      object["stamp"] = [JSON(stamp.time), JSON(stamp.server.number)]
    case .refused(let reason):
      object = ["ok": false, "error": JSON(reason)]
    case .position(let position):
      object["position"] = JSON(position)
    case .reached:
      break
    }
    var bytes: [UInt8] = []
    JSON.object(object).write(to: &bytes)
    return bytes
  }

  private func plain(key: Key?) -> String {
    switch self {
    case .value(.string(let text), _): "\(key?.text ?? ""):\(text)"
    case .value(let value, _): "\(key?.text ?? ""):\(value)"
    case .written, .reached: "success"
    case .refused(let reason): "error: \(reason)"
    case .position(let position): "position:\(position)"
    }
  }

  /// Reads a frame in the JSON form; nil when it is none.
  public init?(decoding bytes: Span<UInt8>, to request: ClientRequest.Body) {
    guard let object = try? JSON(parsing: bytes).object, let ok = object["ok"]?.bool else { return nil }
    guard ok else {
      self = .refused(object["error"]?.string ?? "no reason given")
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
    case .position:
      guard let position = object["position"]?.integer.flatMap({ UInt64(exactly: $0) }) else { return nil }
      self = .position(position)
    case .barrier:
      self = .reached
    }
  }
}
