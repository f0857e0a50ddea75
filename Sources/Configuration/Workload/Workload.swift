public import KeyValue

/// Operations that clients draw from a seed, as the `workload` section of a configuration describes them.
///
/// The same description drives real clients and simulated ones. ``WorkloadGenerator`` draws the operations.
public struct Workload: Sendable, Hashable {
  /// How many clients there may be.
  public static let clientCounts = 1...ClusterConfiguration.clientCountMax
  /// How many sessions of all clients together there may be.
  public static let sessionCountMax = 10_000
  /// How many operations may be asked for.
  public static let operationCountMax = 1_000_000_000
  /// How many operations a second may be asked for.
  public static let rateMax = 10_000_000
  /// How many keys there may be.
  public static let keyCountMax = 1_000_000
  /// The most bytes that a value may be asked to have.
  public static let valueSizeMax = 1 << 20
  /// The longest time that may be asked for.
  public static let durationMax = Duration.seconds(86_400)

  /// When the load ends.
  public enum Length: Sendable, Hashable {
    /// After so many operations of all sessions together.
    case operations(Int)
    /// After so long. What is under way then is finished.
    case duration(Duration)
  }

  /// How a session chooses the key of an operation.
  public enum KeyChoice: String, Sendable, Hashable, CaseIterable {
    /// Each key as often as any other.
    case uniform
    /// The n-th key 1/n times as often as the first: Zipf's law with exponent 1.
    case zipfian
    /// Each key is written by one session only and read by all.
    case singleWriter = "single-writer"
  }

  /// What values are written.
  public enum ValueChoice: Sendable, Hashable {
    /// `session:number`, which no other write has.
    case unique
    /// One of so many numbers, so that several writes have equal values.
    case among(Int)
  }

  /// The number of clients.
  public var clients = 4
  /// The number of sessions of each client. A session does one operation at a time.
  public var sessionsPerClient = 1
  /// When the load ends.
  public var length = Length.operations(1000)
  /// How long the load lasts before its latencies count. All operations are recorded.
  public var warmUp = Duration.zero
  /// How many operations a second all sessions together begin; nil for each session beginning its next as soon as the
  /// one before has ended.
  public var rate: Int?
  /// How many operations are reads.
  public var reads = Share(perMillion: 500_000)
  /// How many operations are compare-and-sets. What is neither is a write.
  public var compareAndSets = Share.never
  /// The number of keys.
  public var keys = 10
  /// How keys are chosen.
  public var distribution = KeyChoice.uniform
  /// What is written.
  public var values = ValueChoice.unique
  /// How many bytes a written string has at least; 0 for as few as it takes.
  public var valueSize = 0
  /// How long an operation may go unanswered before its outcome counts as unknown.
  public var timeout = Duration.seconds(5)

  /// Makes the workload that an empty section describes.
  public init() {}

  /// Reads a section; nil where something is wrong with it.
  public init?(json: JSON) {
    var reader = ConfigurationReader()
    guard let workload = reader.workload(Located(json, at: .root)), reader.problems.isEmpty else {
      return nil
    }
    self = workload
  }

  /// The number of sessions of all clients together. Session s belongs to client s / ``sessionsPerClient`` and uses the
  /// server s modulo the number of servers.
  public var sessions: Int { clients * sessionsPerClient }

  /// How many operations a session is to begin at the workload's rate while the load lasts; nil where it begins each when
  /// the one before has ended, or the load is given by a number of operations.
  public func intendedCount(session: Int) -> Int? {
    guard let rate, case .duration(let duration) = length else { return nil }
    let nanoseconds = duration.nanoseconds
    let second: Int64 = 1_000_000_000
    // The places in the order of all sessions whose time, as WorkloadGenerator.intendedStart rounds it, is less.
    let whole = nanoseconds / second * Int64(rate)
    let rest = (nanoseconds % second * Int64(rate) + second - 1) / second
    return max(0, (Int(whole + rest) - session + sessions - 1) / sessions)
  }

  /// The key of that number.
  public static func key(_ number: Int) -> Key { Key("k\(number)") }

  /// The section written out with every member.
  public var json: JSON {
    var object: JSONObject = ["clients": JSON(clients), "sessions": JSON(sessionsPerClient)]
    switch length {
    case .operations(let count): object["operations"] = JSON(count)
    case .duration(let duration): object["duration"] = JSON(duration)
    }
    object["warm_up"] = JSON(warmUp)
    object["rate"] = rate.map { JSON($0) }
    object["reads"] = JSON(reads.fraction)
    object["cas"] = JSON(compareAndSets.fraction)
    object["keys"] = JSON(keys)
    object["distribution"] = JSON(distribution.rawValue)
    switch values {
    case .unique: object["values"] = "unique"
    case .among(let count): object["values"] = JSON(count)
    }
    object["value_size"] = JSON(valueSize)
    object["timeout"] = JSON(timeout)
    return .object(object)
  }
}

extension JSON {
  /// Makes a time as a configuration writes it.
  init(_ duration: Duration) {
    self = .value(.string(DurationText.text(duration.nanoseconds)))
  }
}
