public import KeyValue

/// What a client asks of the store.
public enum Command: Hashable, Sendable {
  /// Returns the value of the key.
  case read(Key)
  /// Replaces the value of the key.
  case write(Key, Value)
  /// Replaces the value of the key if it equals what is expected. Only replicas that order all writes can decide that.
  case compareAndSet(Key, expected: Value, new: Value)

  /// The key.
  public var key: Key {
    switch self {
    case .read(let key), .write(let key, _), .compareAndSet(let key, _, _): key
    }
  }

  /// About how many bytes of memory it takes.
  public var byteCount: Int {
    switch self {
    case .read(let key): 64 + key.text.utf8.count
    case .write(let key, let value): 64 + key.text.utf8.count + value.textByteCount
    case .compareAndSet(let key, let expected, let new):
      80 + key.text.utf8.count + expected.textByteCount + new.textByteCount
    }
  }
}

extension Value {
  fileprivate var textByteCount: Int {
    if case .string(let text) = self { text.utf8.count } else { 0 }
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
  /// A write, or a compare-and-set that found what it expected, took effect under this stamp.
  case written(Stamp)
  /// A compare-and-set found another value than it expected, put there by the write with the stamp, and changed nothing.
  case mismatch(Value, Stamp?)
  /// The request had no effect. The text says why.
  case refused(String)
  /// The request had no effect, since a bound was reached; the same request may do later. The text says which bound.
  case busy(String)
  /// Everything that a barrier named has been applied.
  case reached

  /// Whether the request had no effect, now or later.
  public var isRefusal: Bool {
    switch self {
    case .refused, .busy: true
    case .value, .written, .mismatch, .reached: false
    }
  }
}
