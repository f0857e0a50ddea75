import Consistency
import History

/// Why one operation of a counterexample comes before another, as an arrow.
struct Arrow: Sendable, Hashable {
  /// The reasons, by what a reader has to look at to believe them.
  enum Reason: String, Sendable, Hashable, CaseIterable {
    /// One process made both, in this order.
    case programOrder = "program-order"
    /// One had ended before the other began.
    case realTime = "real-time"
    /// The second found what the first wrote.
    case readsFrom = "reads-from"
    /// The first found what the second replaced, or must have been replaced by it.
    case overwrites

    /// What the legend says.
    var words: String {
      switch self {
      case .programOrder: "program order: one client, one after the other"
      case .realTime: "real time: ended before the other began"
      case .readsFrom: "reads from: found what the other wrote"
      case .overwrites: "overwritten: must come before what replaced it"
      }
    }
  }

  let from: OperationID
  let to: OperationID
  let reason: Reason
  /// The reason in a sentence.
  let sentence: String
  /// Whether it only supports another arrow.
  var isDetail = false
}
