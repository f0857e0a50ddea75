import Configuration
import Replication

/// One session of a workload: does one operation at a time, each drawn from the seed.
struct LoadSession {
  /// The operation under way.
  struct Current {
    let command: Command
    /// The number of its key.
    let key: Int
    /// When it was to begin, on the monotonic clock: the same as when it began where there is no rate.
    let intended: Int64
  }

  /// The server it talks to.
  let server: Int
  var generator: WorkloadGenerator
  /// The process number that it goes by now.
  var process: Int32
  /// The number of its operations so far, which tells a late answer from one that is awaited.
  private(set) var turn: UInt32 = 0
  private(set) var current: Current?
  /// How long it waits before its next operation, in nanoseconds: not at all unless the server was busy.
  private(set) var pause: Int64 = 0

  private static let pauses: ClosedRange<Int64> = 1_000_000...100_000_000

  /// How long it waits at most when the server was busy.
  static var longestPause: Duration { .nanoseconds(pauses.upperBound) }

  init(server: Int, generator: WorkloadGenerator, process: Int32) {
    self.server = server
    self.generator = generator
    self.process = process
  }

  /// Draws the next operation; nil when there is none.
  mutating func begin(intended: Int64) -> Command? {
    guard let operation = generator.next() else { return nil }
    let key = Workload.key(operation.key)
    let command: Command =
      switch operation.action {
      case .read: .read(key)
      case .write(let value): .write(key, value)
      case .compareAndSet(let expected, let new): .compareAndSet(key, expected: expected, new: new)
      }
    turn &+= 1
    current = Current(command: command, key: operation.key, intended: intended)
    return command
  }

  /// Ends the operation under way, and hands it out.
  mutating func end() -> Current? { current.take() }

  /// Takes note of what an operation saw that has ended.
  mutating func note(_ answer: ClientAnswer?, to operation: Current) {
    if case .busy = answer {
      pause = min(max(2 * pause, Self.pauses.lowerBound), Self.pauses.upperBound)
    } else {
      pause = 0
    }
    switch (answer, operation.command) {
    case (.value(let value, _), _), (.mismatch(let value, _), _): generator.saw(value, of: operation.key)
    case (.written, .write(_, let new)), (.written, .compareAndSet(_, _, let new)):
      generator.saw(new, of: operation.key)
    default: break
    }
  }
}
