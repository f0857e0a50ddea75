public import KeyValue

/// A client that sends a fixed list of requests to one server, each after the answer to the one before.
public struct ScriptedClient: Sendable, Hashable {
  /// The number by which the configuration and the history know the client.
  public package(set) var number: Int
  /// The server it talks to: an index into ``ClusterConfiguration/servers``.
  public package(set) var server: Int
  /// What it does, in order. Never empty.
  public package(set) var requests: [ScriptedRequest]

  package init(number: Int, server: Int, requests: [ScriptedRequest]) {
    self.number = number
    self.server = server
    self.requests = requests
  }

  /// The client as a configuration writes it.
  public var json: JSON {
    [
      "client_number": JSON(number), "server_number": JSON(server),
      "requests": .array(requests.map(\.json)),
    ]
  }
}

/// One step of a scripted client.
public enum ScriptedRequest: Sendable, Hashable {
  /// Reads a key.
  case get(Key)
  /// Writes a value to a key; writing null deletes it.
  case set(Key, Value)
  /// Replaces the value of a key if it equals what is expected.
  case compareAndSet(Key, expected: Value, new: Value)
  /// Waits that many milliseconds before the next step; nil is a random time from 0 to 1000, drawn from the run's seed.
  case sleep(milliseconds: Int?)

  /// The request as a configuration writes it.
  public var json: JSON {
    switch self {
    case .get(let key): ["type": "get", "key": JSON(key.text)]
    case .set(let key, let value): ["type": "set", "key": JSON(key.text), "value": .value(value)]
    case .compareAndSet(let key, let expected, let new):
      ["type": "cas", "key": JSON(key.text), "value": [.value(expected), .value(new)]]
    case .sleep(nil): ["type": "sleep"]
    case .sleep(let milliseconds?): ["type": "sleep", "value": JSON(milliseconds)]
    }
  }
}
