import Configuration
import History
import KeyValue

/// One thread of control of a client: it does one operation at a time, at one server.
struct Session {
  /// Where its operations come from.
  enum Source {
    /// A list, with the earliest times at which they begin, or none.
    case script([ScriptedRequest], starts: [Int64])
    /// A workload: the number of its generator.
    case workload(Int)
  }

  let client: Int32?
  let server: Int
  /// By what its random choices are told from those of others: the same in a scenario that has fewer sessions.
  let stream: Int
  var source: Source
  /// Whether it makes the reads of the end.
  var isFinal = false
  /// Under which process the history knows it now.
  var process: ProcessID
  /// The number of steps it has taken.
  var steps = 0
  /// The number of its operation. A reply to an earlier one is of no interest any more.
  var attempt: UInt64 = 0
  /// The number of the last operation that its server has answered.
  var answered: UInt64 = 0
  /// Whether the operation waits for its reply.
  var isOpen = false
  var kind = Operation.Kind.read
  var key = KeyID(index: 0)
  /// The number of the key in the workload.
  var workloadKey = 0
  /// What it writes.
  var value = Value.null
  /// When its outcome counts as unknown.
  var deadline: Int64 = .max

  init(client: Int32?, server: Int, stream: Int, source: Source, process: Int) {
    self.client = client
    self.server = server
    self.stream = stream
    self.source = source
    self.process = ProcessID(Int32(truncatingIfNeeded: process))
  }
}
