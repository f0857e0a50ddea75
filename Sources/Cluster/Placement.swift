import CProcess

/// Which processor core each process of a run stays on.
///
/// A message wakes four threads on its way, two of them libzmq's own, and a thread on another core that is idle is woken
/// far more slowly than one on the same core. So all threads of a server stay on one core, where the servers take turns,
/// and clients that do one operation at a time take the cores in turn as well: a lone one is with its server, and of many
/// each core has as many. A client with many sessions is busy at the same time as its servers, and is left to the system.
public struct Placement: Sendable, Hashable {
  /// The cores to choose from, by the system's numbers; at least one.
  let cores: [Int]

  /// A placement on the cores that the calling thread may run on; nil where the system has no such service.
  public init?() {
    var cores = [Int32](repeating: 0, count: Self.coresMax)
    let count = Int(cprocess_cores(&cores, Int32(cores.count)))
    guard count > 0 else { return nil }
    self.init(cores: cores.prefix(count).map { Int($0) })
  }

  init(cores: [Int]) {
    self.cores = cores
  }

  private static let coresMax = 1024

  /// The same cores, beginning with any of them, so that clusters on one machine do not all put their first server on the
  /// same core.
  public func shifted() -> Placement {
    let first = Int.random(in: cores.indices)
    return Placement(cores: Array(cores[first...] + cores[..<first]))
  }

  /// Whether so many servers and clients have more threads at work than there are cores: each has its own and one of
  /// libzmq's. Then they share cores anyway, and it pays to choose which; otherwise each thread can have its own.
  public func isCrowded(by processes: Int) -> Bool { 2 * processes > cores.count }

  /// The core of a server.
  public func core(ofServer number: Int) -> Int { cores[number % cores.count] }

  /// The core of a client; nil where it may run on any.
  func core(of task: ClientJob.Task) -> Int? {
    switch task {
    case .script(_, let server, _, _): core(ofServer: server)
    case .load(let task): core(sessions: task.sessions)
    case .finalReads: nil
    }
  }

  /// The core of a client with these sessions; nil where it may run on any.
  public func core(sessions: Range<Int>) -> Int? {
    sessions.count == 1 ? cores[sessions.lowerBound % cores.count] : nil
  }

  /// The arguments that have `kvserver` or `kvclient` stay on a core.
  public static func arguments(core: Int?) -> [String] { core.map { ["--core", "\($0)"] } ?? [] }

  /// Has the calling thread, and all that it starts from now on, stay on a core.
  ///
  /// - Returns: what is wrong if it cannot, for people; nil if it does.
  public static func stay(on core: Int) -> String? {
    var number = Int32(clamping: core)
    if cprocess_stay_on_cores(&number, 1) == 0 { return nil }
    guard let allowed = Placement() else { return "this system does not let a process choose its core" }
    return "this process may use the cores \(allowed.cores.map(String.init).joined(separator: ", ")) only"
  }

  /// Calls a function while the calling thread stays on a core, and lets it run where it ran before.
  public static func staying<Result>(on core: Int?, _ body: () throws -> Result) rethrows -> Result {
    guard let core, let before = Placement(), stay(on: core) == nil else { return try body() }
    let cores = before.cores.map { Int32($0) }
    defer { _ = cprocess_stay_on_cores(cores, Int32(cores.count)) }
    return try body()
  }
}
