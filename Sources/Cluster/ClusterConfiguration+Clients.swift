import Configuration
import KeyValue

// What a run makes of its configuration.

extension ClusterConfiguration {
  /// The number of sessions, a scripted client being one.
  var sessions: Int { clients.count + (workload?.sessions ?? 0) }

  /// What each client of the workload has to do.
  func loadTasks(seed: UInt64, isRecorded: Bool) -> [LoadTask] {
    guard let workload else { return [] }
    return (0..<workload.clients).map { client in
      let first = client * workload.sessionsPerClient
      return LoadTask(
        client: firstWorkloadClient + client, sessions: first..<first + workload.sessionsPerClient,
        workload: workload, seed: seed, initial: initial, isRecorded: isRecorded)
    }
  }

  /// All keys that the configuration names, in order of their bytes.
  var keys: [Key] {
    var keys = Set(initial.keys)
    for client in clients {
      for request in client.requests {
        switch request {
        case .get(let key), .set(let key, _), .compareAndSet(let key, _, _): keys.insert(key)
        case .sleep: break
        }
      }
    }
    if let workload { keys.formUnion((0..<workload.keys).map(Workload.key)) }
    return keys.sorted()
  }
}

extension ScriptedClient {
  /// The longest that the client can take when each operation is answered within a time, or given up then. One such time
  /// is added for everything else.
  func longest(timeout: Duration) -> Duration {
    requests.reduce(timeout) { sum, request in
      switch request {
      case .get, .set, .compareAndSet: sum + timeout
      case .sleep(let milliseconds): sum + .milliseconds(milliseconds ?? 1000)
      }
    }
  }
}

extension Workload {
  /// The longest that a client of the workload can take when each operation is answered within the timeout, or given up
  /// then. One such time is added for everything else.
  var longest: Duration {
    switch length {
    case .duration(let duration): duration + timeout * 2
    case .operations(let count):
      // Each of a session's operations may wait for its time, then for a server that was busy, and then for its answer.
      .seconds(rate.map { Double(count) / Double($0) } ?? 0)
        + (timeout + LoadSession.longestPause) * ((count + sessions - 1) / sessions + 1)
    }
  }
}
