/// What is to happen, in order of time, and at one time in the order in which it was planned.
///
/// A heap with four children a node: half as deep as one with two, and the events are small and move in one piece.
struct Agenda {
  /// What happens.
  enum Kind: UInt8 {
    /// Message `subject` arrives on a link; `place` names the link and its epoch.
    case delivery
    /// Request `subject` arrives at server `place`.
    case request
    /// Reply `subject` arrives at session `place`.
    case reply
    /// Session `subject` begins its next operation.
    case wake
    /// Server `subject` has gathered what arrived.
    case turnEnd
    /// Servers and clients look at the clock.
    case tick
    /// The fault that was planned next begins.
    case faultStart
    /// Fault `subject` ends.
    case faultEnd
  }

  /// One thing to happen.
  struct Event {
    let time: Int64
    /// The place in the order of planning, above the kind.
    fileprivate let order: UInt64
    let subject: Int32
    let place: Int32

    var kind: Kind { Kind(rawValue: UInt8(truncatingIfNeeded: order)) ?? .tick }

    fileprivate func precedes(_ other: Event) -> Bool {
      time < other.time || (time == other.time && order < other.order)
    }
  }

  private var events: [Event] = []
  private var planned: UInt64 = 0

  /// The number of events planned.
  var count: Int { events.count }

  /// Plans an event.
  mutating func plan(_ kind: Kind, at time: Int64, subject: Int = 0, place: Int = 0) {
    planned += 1
    let event = Event(
      time: time, order: planned << 8 | UInt64(kind.rawValue), subject: Int32(truncatingIfNeeded: subject),
      place: Int32(truncatingIfNeeded: place))
    events.append(event)
    var child = events.count - 1
    while child > 0 {
      let parent = (child - 1) / 4
      guard event.precedes(events[parent]) else { break }
      events[child] = events[parent]
      child = parent
    }
    events[child] = event
  }

  /// The next event, which is then no longer planned.
  mutating func next() -> Event? {
    guard let first = events.first, let last = events.popLast() else { return nil }
    let count = events.count
    guard count > 0 else { return first }
    var parent = 0
    while true {
      let start = 4 * parent + 1
      guard start < count else { break }
      var least = start
      for child in start + 1..<max(min(start + 4, count), start + 1)
      where events[child].precedes(events[least]) {
        least = child
      }
      guard events[least].precedes(last) else { break }
      events[parent] = events[least]
      parent = least
    }
    events[parent] = last
    return first
  }
}
