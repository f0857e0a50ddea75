import History

/// Whether few operations have an order in which each finds the latest write of its key, by trying all: the plainest search
/// there is, but for three things. What changes nothing and fits is placed at once, since that takes nothing from the
/// others; a state seen before is not entered again; and the number of states is bounded.
struct OrderSearch {
  private static let statesMax = 200_000

  enum Answer {
    case order
    case noOrder
    case tooMany
  }

  private struct State: Hashable {
    var placed: [UInt64]
    var held: [ValueID]
  }

  private let operations: [Operation]
  /// For each operation those that must come before it, as bits.
  private let before: [[UInt64]]
  private let required: [UInt64]

  /// Prepares the search among operations of a part of a history.
  init(_ part: Columns, _ members: [Int32], inRealTime: Bool) {
    operations = members.map { part.operations[Int($0)] }
    let words = (members.count + 63) / 64
    var required = [UInt64](repeating: 0, count: words)
    var before = Array(repeating: required, count: members.count)
    for (place, index) in members.enumerated() {
      if operations[place].isRequired { required[place / 64] |= 1 << UInt64(place % 64) }
      for (other, first) in members.enumerated()
      where operations[other].isRequired && part.precedes(first, index, inRealTime: inRealTime) {
        before[place][other / 64] |= 1 << UInt64(other % 64)
      }
    }
    self.before = before
    self.required = required
    held = part.history.initialValues
  }

  private let held: [ValueID]

  /// Searches.
  func run(_ pace: Pace) -> Answer {
    var seen: Set<State> = []
    var open = [State(placed: Array(repeating: 0, count: required.count), held: held)]
    while var state = open.popLast() {
      placeReaders(&state)
      if zip(required, state.placed).allSatisfy({ $0 & ~$1 == 0 }) { return .order }
      guard seen.insert(state).inserted else { continue }
      if seen.count > Self.statesMax || (seen.count % 256 == 0 && pace.mustStop) { return .tooMany }
      for place in operations.indices.reversed() where isNext(place, state) && operations[place].isWrite {
        var next = state
        next.placed[place / 64] |= 1 << UInt64(place % 64)
        next.held[Int(operations[place].key.index)] = operations[place].value
        open.append(next)
      }
    }
    return .noOrder
  }

  private func isNext(_ place: Int, _ state: State) -> Bool {
    state.placed[place / 64] & 1 << UInt64(place % 64) == 0
      && zip(before[place], state.placed).allSatisfy { $0 & ~$1 == 0 }
      && operations[place].fits(state.held[Int(operations[place].key.index)])
  }

  private func placeReaders(_ state: inout State) {
    var isSettled = false
    while !isSettled {
      isSettled = true
      for place in operations.indices where !operations[place].isWrite && isNext(place, state) {
        state.placed[place / 64] |= 1 << UInt64(place % 64)
        isSettled = false
      }
    }
  }
}
