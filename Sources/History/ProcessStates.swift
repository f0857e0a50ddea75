/// What each process is about while a history is assembled: idle, in an operation, or lost in one of unknown outcome.
///
/// Recorders number processes from 0 on, so the states of small numbers stand in an array; a dictionary has the rest.
struct ProcessStates: Sendable {
  /// What a process is about.
  enum State: Sendable, Equatable {
    /// Free to begin an operation.
    case idle
    /// In the operation at that place.
    case open(Int)
    /// Its last operation, at that place, has an unknown outcome.
    case unknown(Int)
  }

  /// The numbers that have a place in the array: at most 8 MB of it.
  private static let dense: Range<Int32> = 0..<1 << 20

  /// 0 for idle, the place plus one where open, its negative where unknown.
  private var small: [Int] = []
  private var others: [ProcessID: Int] = [:]

  /// The state of a process. Setting it takes amortised constant time.
  subscript(process: ProcessID) -> State {
    get {
      let code: Int
      if Self.dense.contains(process.number) {
        let place = Int(process.number)
        code = place < small.count ? small[place] : 0
      } else {
        code = others[process] ?? 0
      }
      return code == 0 ? .idle : code > 0 ? .open(code - 1) : .unknown(-code - 1)
    }
    set {
      let code =
        switch newValue {
        case .idle: 0
        case .open(let place): place + 1
        case .unknown(let place): -place - 1
        }
      guard Self.dense.contains(process.number) else {
        others[process] = code == 0 ? Int?.none : code
        return
      }
      let place = Int(process.number)
      if place >= small.count { small += repeatElement(0, count: place + 1 - small.count) }
      small[place] = code
    }
  }
}
