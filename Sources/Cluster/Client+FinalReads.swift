import History
import KeyValue
import Replication
import ZeroMQ

extension Client {
  /// Waits until every server has applied everything that any server has broadcast, then reads every key from every
  /// server. If that state is not reached in time the reads are made all the same: they then show how the servers
  /// differ. What was not answered is reported as a problem of the run.
  ///
  /// All servers are asked for a key at a time: one after the other they would take as many times as long, and much longer
  /// where a read waits for all servers to have heard of it.
  mutating func finalReads(_ keys: [Key]) throws(Failure) {
    guard awaitStart() else { return }
    if let obstacle = try awaitAllUpdates() { report(ClientReport.problem(obstacle).line) }
    var readers: [FinalReader] = []
    for server in job.ports.indices {
      readers.append(
        FinalReader(
          session: try session(server), server: server, process: job.process + Int32(clamping: server)))
    }
    for key in keys where !control.isClosed {
      for reader in readers {
        try invoke(.read(key), server: reader.server, process: reader.process, isFinal: true)
        reader.outcome = try Self.sockets { () throws(ZeroMQError) in
          try reader.session.begin(.command(.read(key)))
        }
      }
      let deadline = ContinuousClock.now + timeout
      // A server that does not answer is not asked about every other key, too: that could take hours.
      var silent: Set<Int> = []
      for reader in readers {
        let outcome: ClientSession.Outcome
        if case .answered(let answer, _)? = reader.outcome {
          // Those of the others were begun since, and what is recorded is in order.
          outcome = .answered(answer, .now())
        } else {
          outcome = try Self.sockets { () throws(ZeroMQError) in
            try reader.session.end(
              .command(.read(key)), until: deadline, timeout: timeout, control: &control)
          }
        }
        if try complete(
          .read(key), outcome, server: reader.server, process: reader.process, isFinal: true)
        {
          continue
        }
        silent.insert(reader.server)
        if !control.isClosed {
          let problem = "server \(reader.server) did not answer a final read within \(timeout)"
          report(ClientReport.problem(problem).line)
        }
      }
      readers.removeAll { silent.contains($0.server) }
    }
  }

  /// Waits until every server has applied everything that any server has broadcast.
  ///
  /// - Returns: why that is not known to be so, as a sentence; nil when it is, or when the client was stopped.
  private mutating func awaitAllUpdates() throws(Failure) -> String? {
    func names(_ servers: [Int]) -> String {
      "server\(servers.count == 1 ? "" : "s") " + servers.map(String.init).joined(separator: ", ")
    }
    var target: [UInt64] = []
    var silent: [Int] = []
    for server in job.ports.indices {
      var session = try session(server)
      if case .answered(.position(let position), _) = try ask(.position, in: &session) {
        target.append(position)
      } else {
        silent.append(server)
      }
    }
    if control.isClosed { return nil }
    guard silent.isEmpty else {
      return
        "no answer within \(timeout) from \(names(silent)): whether every server has all updates is not known"
    }
    var behind: [Int] = []
    for server in job.ports.indices {
      var session = try session(server)
      if case .answered(.reached, _) = try ask(.barrier(target), in: &session) { continue }
      behind.append(server)
    }
    guard !behind.isEmpty, !control.isClosed else { return nil }
    return "no sign within \(timeout) that all updates have reached \(names(behind))"
  }
}

/// The final reads of one server: the sessions are in a list, and lists hold what can be copied, which a reference can.
private final class FinalReader {
  var session: ClientSession
  let server: Int
  let process: Int32
  /// How the request under way ended, where it was not even sent.
  var outcome: ClientSession.Outcome?

  init(session: consuming ClientSession, server: Int, process: Int32) {
    self.session = session
    self.server = server
    self.process = process
  }
}
