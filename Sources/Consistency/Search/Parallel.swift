import Dispatch
import Synchronization

/// Does work on things that do not depend on one another, numbered from 0, on several threads.
///
/// The answers are in order, so that they do not depend on which thread was faster. Things are begun in order, and once an
/// answer makes the rest needless nothing after it is begun; so all before the first such answer are there.
///
/// - Parameters:
///   - state: what a thread needs for itself, made once on each.
///   - isLast: whether an answer makes those of later things needless.
/// - Returns: the answers up to the first that makes the rest needless.
func inParallel<State, Answer: Sendable>(
  _ count: Int, threads: Int, state: @Sendable () -> State,
  isLast: @Sendable (Answer) -> Bool = { _ in false }, _ work: @Sendable (inout State, Int) -> Answer
) -> [Answer] {
  let board = Board<Answer>(count)
  @Sendable func run() {
    var state = state()
    while let next = board.next() {
      let answer = work(&state, next)
      board.note(answer, at: next, isLast: isLast(answer))
    }
  }
  if min(threads, count) > 1 {
    DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in run() }
  } else {
    run()
  }
  return board.answers
}

/// Which things were begun, and what became of them: all that the threads share.
private final class Board<Answer: Sendable>: Sendable {
  private struct State {
    var next = 0
    var end: Int
    var answers: [Answer?]
  }

  private let state: Mutex<State>

  init(_ count: Int) {
    state = Mutex(State(end: count, answers: Array(repeating: nil, count: count)))
  }

  func next() -> Int? {
    state.withLock { state in
      guard state.next < state.end else { return nil }
      defer { state.next += 1 }
      return state.next
    }
  }

  func note(_ answer: Answer, at place: Int, isLast: Bool) {
    state.withLock { state in
      state.answers[place] = answer
      if isLast { state.end = min(state.end, place + 1) }
    }
  }

  var answers: [Answer] {
    state.withLock { $0.answers[..<$0.end].compactMap(\.self) }
  }
}
