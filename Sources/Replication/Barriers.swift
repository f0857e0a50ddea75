/// Requests that wait until a replica has applied so many updates of each replica.
///
/// The harness uses them before the final reads: it asks every replica how many updates it has broadcast, then has every
/// replica wait for all of those. Nothing is guessed from elapsed time.
struct Barriers: Sendable, Hashable {
  private struct Barrier: Hashable {
    let request: RequestID
    let target: [UInt64]
  }

  /// How many may wait at a time.
  private static let waitingMax = 1024

  private var waiting: [Barrier] = []

  /// Adds a request, or says that it is busy when too many wait already.
  mutating func add(_ request: RequestID, target: [UInt64], _ outputs: inout [Output]) {
    guard waiting.count < Self.waitingMax else {
      outputs.append(.reply(request, .busy("server busy: \(Self.waitingMax) barriers wait; retry later")))
      return
    }
    waiting.append(Barrier(request: request, target: target))
  }

  /// Answers the requests whose target is reached.
  mutating func release(applied: [UInt64], _ outputs: inout [Output]) {
    guard !waiting.isEmpty else { return }
    waiting.removeAll { barrier in
      // A target of another length is not of this cluster; it can never be reached, so it is refused.
      guard barrier.target.count == applied.count else {
        outputs.append(
          .reply(
            barrier.request, .refused("the barrier names \(barrier.target.count) servers of \(applied.count)")
          ))
        return true
      }
      guard zip(applied, barrier.target).allSatisfy({ $0 >= $1 }) else { return false }
      outputs.append(.reply(barrier.request, .reached))
      return true
    }
  }
}
