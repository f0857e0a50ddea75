public import Consistency
public import History
import KeyValue

/// A verdict in words: what people read on the terminal and programs find in the JSON report.
public struct Explanation: Sendable, Hashable {
  /// How many keys are named that were not decided.
  private static let keysMax = 8

  /// A short name of the reason that does not change from release to release.
  public let code: String
  /// The verdict in one sentence.
  public let headline: String
  /// Why, one sentence each.
  public let sentences: [String]

  /// Puts a verdict into words.
  ///
  /// - Parameter follows: the model whose verdict it follows from, whose reasons are then its own.
  /// - Precondition: the verdict is about this history.
  public init(_ verdict: Verdict, of history: History, follows: Model? = nil) {
    let narration = Narration(history)
    // What follows from another verdict carries that one's evidence.
    let model = follows ?? verdict.model
    let reason: (code: String, sentences: [String])
    switch verdict.outcome {
    case .holds(let witness):
      headline = "The history is \(Self.adjective(verdict.model))."
      reason = Self.explain(witness, model)
    case .violated(let counterexample):
      headline = "The history is not \(Self.adjective(verdict.model))."
      reason = Self.explain(counterexample, model, narration)
    case .undecided(let undecided):
      headline = "Whether the history is \(Self.adjective(verdict.model)) was not decided."
      reason = Self.explain(undecided, verdict, narration)
    }
    code = follows == nil ? reason.code : "follows"
    sentences =
      (follows.map { ["This follows from the verdict on \($0)."] } ?? []) + reason.sentences.map(\.asSentence)
  }

  private static func adjective(_ model: Model) -> String {
    switch model {
    case .linearizable: "linearizable"
    case .sequential: "sequentially consistent"
    case .causal: "causally consistent"
    case .causalMemory: "consistent with causal memory"
    case .causalConvergence: "causally convergent"
    case .pram: "consistent with PRAM"
    case .readYourWrites, .monotonicReads, .monotonicWrites, .writesFollowReads:
      "consistent with \(model.rawValue)"
    case .regular: "one of regular registers"
    case .safe: "one of safe registers"
    case .eventual: "eventually consistent"
    }
  }

  private static func explain(_ witness: Witness, _ model: Model) -> (String, [String]) {
    switch witness {
    case .orderOfEachKey(let orders):
      let keys = orders.count == 1 ? "The key's operations have" : "Each of \(orders.count) keys has"
      let text = "\(keys) an order that respects real time and in which every read returns the latest write."
      return ("order-of-each-key", [text])
    case .order(let operations):
      let text =
        "One order of \(operations.count) operations \(respects(model)) and lets every read return the latest write."
      return ("order", [text])
    case .agreement(let agreements):
      let keys = agreements.count == 1 ? "1 key" : "\(agreements.count) keys"
      return ("agreement", ["After the writes had stopped all replicas agreed on \(keys)."])
    case .readsFrom(let sources, _):
      let reads = sources.count == 1 ? "1 operation" : "\(sources.count) operations"
      let text = "It is known what \(reads) read from, and nothing that the model forbids follows from it."
      return ("reads-from", [text])
    case .orderOfEachProcess(let orders, let common):
      let processes = orders.count == 1 ? "process has" : "of \(orders.count) processes has"
      let own =
        "an order of its operations and the writes in which its reads return the latest write."
      let text =
        common.isEmpty
        ? "\(orders.count == 1 ? "The" : "Each") \(processes) \(own)"
        : "\(orders.count == 1 ? "One" : "Each") \(processes) \(own) The others have theirs from one order of \(common.count) operations."
      return ("order-of-each-process", [text])
    case .arbitration(let operations, _):
      let text =
        "In one order of \(operations.count) operations every read returns the latest of the writes it depends on."
      return ("arbitration", [text])
    }
  }

  private static func respects(_ model: Model) -> String {
    switch model {
    case .linearizable: "respects real time"
    default: "keeps the order of each process"
    }
  }

  private static func explain(
    _ undecided: Undecided, _ verdict: Verdict, _ narration: Narration
  ) -> (String, [String]) {
    switch undecided {
    case .provesNothing(let sentence): return ("proves-nothing", [sentence.printable])
    case .ambiguous(let sentence): return ("ambiguous", [sentence.printable])
    case .limitReached(let kind, let decided, let total, let keys):
      let limit =
        switch kind {
        case .configurations: "The limit on configurations was"
        case .time: "The time limit was"
        case .memory: "The memory limit was"
        }
      let progress =
        total > 1
        ? "\(decided) of \(total) keys were decided, all in favour.\(names(keys, narration))"
        : "Nothing found until then speaks against the store."
      let count = verdict.configurationsExplored
      let work = "\(limit) reached after \(Quantity.count(count, "configuration"))."
      return ("limit-reached", [work, progress])
    }
  }

  /// Which keys are open: some by name, the rest by number.
  private static func names(_ keys: [KeyID], _ narration: Narration) -> String {
    guard !keys.isEmpty else { return "" }
    let named = keys.prefix(keysMax).map { narration.key($0) }.joined(separator: ", ")
    return " Open: \(named)" + (keys.count > keysMax ? " and \(keys.count - keysMax) more." : ".")
  }

  private static func explain(
    _ counterexample: Counterexample, _ model: Model, _ narration: Narration
  ) -> (String, [String]) {
    let history = narration.history
    func list(_ ids: [OperationID]) -> String {
      let shown = ids.prefix(4).map { narration.sentence($0) }.joined(separator: "; ")
      return ids.count > 4 ? shown + "; and \(ids.count - 4) more" : shown
    }
    func found(_ id: OperationID) -> ValueID {
      let operation = history[id]
      return operation.kind == .compareAndSet && !operation.isMismatch ? operation.expected : operation.value
    }
    switch counterexample.reason {
    case .thinAirRead(let id):
      let read = history[id]
      let key = narration.key(read.key)
      let initial = narration.value(history.initialValue(of: read.key))
      return (
        "thin-air-read",
        [
          "\(narration.sentence(id)), but nothing wrote \(narration.value(found(id))) to \(key),"
            + " which held \(initial) at first."
        ]
      )
    case .abortedRead(let id, let writes):
      let value = narration.value(found(id))
      return (
        "aborted-read",
        [
          "\(narration.sentence(id)), but \(value) was written only by what certainly had no effect: \(list(writes))."
        ]
      )
    case .futureRead(let id, let writes):
      let value = narration.value(found(id))
      return (
        "future-read",
        [
          "\(narration.sentence(id)), but that read had ended before anything wrote \(value): \(list(writes))."
        ]
      )
    case .noOrder(let placed, let blocked):
      return (
        "no-order", DeadEnd(placed: placed, blocked: blocked).sentences(counterexample, model, narration)
      )
    case .cycle(let cycle):
      return (cycle.pattern.rawValue, Circle(cycle: cycle, narration: narration).sentences)
    case .untold:
      return (
        "untold",
        [
          "It contradicts itself, but a limit was reached before it could be told which operations do; with a higher limit "
            + "they are shown."
        ]
      )
    case .everyReadingFails(let ambiguous):
      let text =
        "Values repeat, so it is open what some operations read from; whatever it was, the model is violated."
      return ("every-reading-fails", [text] + ambiguous.prefix(4).map { narration.sentence($0) + "." })
    case .overwrittenValue(let read, let write, let replacement):
      let old = write.map { "which \(narration.who($0)) had written \(narration.when($0))" } ?? "as at first"
      return (
        "overwritten-value",
        [
          "\(narration.sentence(read)), \(old).",
          "But \(narration.sentence(replacement)) in between: after the former, and before the read.",
        ]
      )
    case .impossibleMismatch(let id):
      return (
        "impossible-mismatch", ["\(narration.sentence(id)): that is, it found what it was not to have found."]
      )
    case .disagreement(let key, let reads):
      let first = "After the writes had stopped the replicas answered differently for \(narration.key(key))."
      return ("disagreement", [first] + reads.map { narration.sentence($0) + "." })
    case .lostWrite(let read, let write):
      let initial =
        "\(narration.value(history[read].value)), which \(narration.key(history[read].key)) held at first"
      return (
        "lost-write",
        [
          "After the writes had stopped \(narration.sentence(read)): \(initial).",
          "But \(narration.sentence(write)), and that write succeeded.",
        ]
      )
    case .replacedValue(let read, let write, let replacement):
      return (
        "replaced-value",
        [
          "After the writes had stopped \(narration.sentence(read)).",
          "That value came from an earlier write: \(narration.sentence(write)).",
          "A later one had replaced it: \(narration.sentence(replacement)).",
        ]
      )
    }
  }
}

extension String {
  /// The text as a sentence: it begins with a capital and ends with a point.
  var asSentence: String {
    guard let last else { return self }
    return prefix(1).uppercased() + dropFirst() + (".!?".contains(last) ? "" : ".")
  }
}
