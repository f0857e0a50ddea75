public import History
import KeyValue

/// What tells a history from others, so that a certificate is not applied to the wrong one by mistake.
///
/// It covers what verdicts depend on: every operation with its process, key, value, outcome and times, in order, and what
/// keys held at first. It is no proof against forgery, and need not be: a certificate proves its claims of whatever history
/// it is verified against, or it does not.
public struct Fingerprint: Sendable, Hashable {
  /// The number of operations, keys and processes.
  public let operations: Int
  /// The number of keys that operations name.
  public let keys: Int
  /// The number of processes.
  public let processes: Int
  /// A hash of the operations, 32 hexadecimal digits.
  public let hash: String

  init(operations: Int, keys: Int, processes: Int, hash: String) {
    self.operations = operations
    self.keys = keys
    self.processes = processes
    self.hash = hash
  }

  /// Takes the fingerprint of a history. Linear.
  public init(of history: History) {
    self.init(Columns(history))
  }

  init(_ columns: Columns) {
    let history = columns.history
    let keys = history.keys.map { Self.hash(Value.string($0.text)) }
    let values = history.values.map { Self.hash($0) }
    var mixer = Mixer()
    for index in columns.operations.indices {
      let operation = columns.operations[index]
      let flags: [Bool] = [operation.isFinal, operation.isMismatch, operation.hasResult]
      var head = UInt64(operation.kind.rawValue) | UInt64(operation.outcome.rawValue) << 8
      for (bit, flag) in flags.enumerated() where flag { head |= 1 << UInt64(16 + bit) }
      head |= UInt64(UInt32(bitPattern: operation.process.number)) << 32
      mixer.add(head)
      mixer.add(UInt64(UInt32(bitPattern: operation.server ?? -1)))
      mixer.add(keys[Int(operation.key.index)])
      mixer.add(values[Int(operation.value.index)])
      mixer.add(values[Int(operation.expected.index)])
      mixer.add(UInt64(bitPattern: operation.invoked))
      mixer.add(UInt64(bitPattern: operation.completed))
    }
    for value in history.initialValues { mixer.add(values[Int(value.index)]) }
    mixer.add(UInt64(bitPattern: Int64(history.run?.servers ?? -1)))
    self.init(
      operations: columns.operations.count, keys: history.keys.count, processes: columns.sessionCount,
      hash: mixer.digits)
  }

  private static func hash(_ value: Value) -> UInt64 {
    var bytes: [UInt8] = []
    JSON.value(value).write(to: &bytes)
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }

  /// Two rounds of multiplication and shifting over 64 bits each, with different constants.
  private struct Mixer {
    var first: UInt64 = 0x9E37_79B9_7F4A_7C15
    var second: UInt64 = 0xD1B5_4A32_D192_ED03

    mutating func add(_ word: UInt64) {
      first = (first ^ word) &* 0xFF51_AFD7_ED55_8CCD
      first ^= first >> 32
      second = (second &+ word) &* 0xC4CE_B9FE_1A85_EC53
      second ^= second >> 29
    }

    var digits: String {
      [first, second].map { word in
        let text = String(word, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
      }.joined()
    }
  }
}

extension Fingerprint {
  /// How the fingerprint of the history at hand differs, as a clause; nil when it is the same.
  func difference(from other: Fingerprint) -> String? {
    if operations != other.operations {
      return "it is of \(operations) operations, and this history has \(other.operations)"
    }
    if self == other { return nil }
    return "its operations are others (or the history was read with other options, such as --clock-error)"
  }
}
