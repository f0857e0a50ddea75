/// Asks on the way whether verifying may go on: often enough to keep limits, seldom enough to cost nothing.
final class Pace {
  /// How many steps, of some tens of nanoseconds, pass between two questions.
  var stepsPerQuestion = Int.max
  /// Says why to stop, given how many more bytes are wanted; nil to go on.
  var reasonToStop: (_ bytesWanted: Int) -> String? = { _ in nil }
  private var left = 0

  /// Accounts for steps.
  func step(_ count: Int = 1) throws(Objection) {
    left -= count
    guard left < 0 else { return }
    left = stepsPerQuestion
    try ask(for: 0)
  }

  /// Sorts, accounting for each comparison as a step. The engines have the same of their own, which is not used here: what
  /// validates their verdicts shares no code with them.
  func sort<Element>(
    _ elements: inout [Element], by isBefore: (Element, Element) -> Bool
  ) throws(Objection) {
    do {
      try elements.sort { left, right in
        try step()
        return isBefore(left, right)
      }
    } catch let objection as Objection {
      throw objection
    } catch {
      preconditionFailure("sorting threw what no step throws: \(error)")
    }
  }

  /// Asks for room for more memory, and whether there is time.
  func ask(for bytes: Int) throws(Objection) {
    if let reason = reasonToStop(bytes) { throw Objection(givingUp: reason) }
  }

  /// Whether there is time, and room for more memory, for searches that answer that they gave up.
  func hasRoom(for bytes: Int) -> Bool { reasonToStop(bytes) == nil }

  /// Whether to stop now, for the same.
  var mustStop: Bool { !hasRoom(for: 0) }
}
