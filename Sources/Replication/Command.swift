public import KeyValue

/// What a client asks of the store.
public enum Command: Hashable, Sendable {
  /// Returns the value of the key.
  case read(Key)
  /// Replaces the value of the key.
  case write(Key, Value)

  /// About how many bytes of memory it takes.
  var byteCount: Int {
    switch self {
    case .read(let key): 64 + key.text.utf8.count
    case .write(let key, .string(let text)): 64 + key.text.utf8.count + text.utf8.count
    case .write(let key, _): 64 + key.text.utf8.count
    }
  }
}

/// A request that waits for its reply, by a number that the replica's driver chose.
public struct RequestID: Hashable, Sendable {
  /// The number.
  public let number: UInt64

  /// Makes an id of a number.
  public init(_ number: UInt64) { self.number = number }
}

/// What a replica answers.
public enum Reply: Hashable, Sendable {
  /// A read's result, with the stamp of the write that put it there; nil for what the key held at first.
  case value(Value, Stamp?)
  /// A write took effect under this stamp.
  case written(Stamp)
  /// The request had no effect. The text says why.
  case refused(String)
  /// Everything that a barrier named has been applied.
  case reached
}
