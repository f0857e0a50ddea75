import Consistency
import History
import KeyValue
import TestSupport
import Testing

/// Small histories that teach what the models allow, each with its three verdicts.
@Suite("Named histories have their verdicts")
struct NamedVerdictTests {
  enum Answer: String {
    case holds
    case violated
    case vacuous
    case ambiguous
  }

  struct Example: CustomTestStringConvertible {
    let name: String
    let linearizable: Answer
    let sequential: Answer
    let eventual: Answer
    var initial: [Key: Value] = [:]
    var servers: Int?
    let text: String

    var testDescription: String { name }

    init(
      _ name: String, _ linearizable: Answer, _ sequential: Answer, eventual: Answer = .vacuous,
      initial: [Key: Value] = [:], servers: Int? = nil, _ text: String
    ) {
      self.name = name
      self.linearizable = linearizable
      self.sequential = sequential
      self.eventual = eventual
      self.initial = initial
      self.servers = servers
      self.text = text
    }
  }

  static let registers: [Example] = [
    Example("a read of the initial value", .holds, .holds, initial: ["a": 0], "r(a,0)[0..1]"),
    Example("a read after a write", .holds, .holds, "w(a,1)[0..1] r(a,1)[2..3]"),
    Example("a process that misses its own write", .violated, .violated, "w(a,1)[0..1] r(a,null)[2..3]"),
    Example("a stale read by another process", .violated, .holds, "w(a,1)[0..1]\nr(a,null)[2..3]"),
    Example("a read that touches the write may miss it", .holds, .holds, "w(a,1)[0..1]\nr(a,null)[1..2]"),
    Example(
      "concurrent reads may disagree for a while", .holds, .holds,
      "w(a,1)[0..9]\nr(a,1)[1..3]\nr(a,null)[2..4]"),
    Example(
      "new, then old: the inversion of atomicity", .violated, .holds,
      "w(a,1)[0..9]\nr(a,1)[1..2]\nr(a,null)[3..4]"),
    Example(
      "one process sees new, then old", .violated, .violated, "w(a,1)[0..9]\nr(a,1)[1..2] r(a,null)[3..4]"),
    Example(
      "two readers see two writes in two orders", .violated, .violated,
      "w(a,1)[0..9]\nw(a,2)[0..9]\nr(a,1)[1..2] r(a,2)[3..4]\nr(a,2)[1..2] r(a,1)[3..4]"),
    Example(
      "two readers see two writes in one order", .holds, .holds,
      "w(a,1)[0..9]\nw(a,2)[0..9]\nr(a,2)[1..2] r(a,1)[3..4]\nr(a,2)[1..2] r(a,1)[3..4]"),
    Example(
      "the crossed pattern answered null and null", .violated, .violated,
      "w(a,1)[0..1] r(b,null)[2..3]\nw(b,1)[0..1] r(a,null)[2..3]"),
    Example(
      "the crossed pattern answered 1 and null", .violated, .holds,
      "w(a,1)[0..1] r(b,1)[2..3]\nw(b,1)[0..1] r(a,null)[2..3]"),
    Example(
      "each key by itself is sequential, both together are not", .violated, .violated,
      "w(a,1)[0..1] w(b,1)[2..3] r(b,2)[4..5]\nw(b,2)[0..1] w(a,2)[2..3] r(a,1)[4..5]"),
    Example("a value from nowhere", .violated, .violated, "w(a,1)[0..1] r(a,7)[2..3]"),
    Example("a value of a write that failed", .violated, .violated, "w(a,1)[0..1]! r(a,1)[2..3]"),
    Example("a value that another process writes later", .violated, .holds, "r(a,1)[0..1]\nw(a,1)[2..3]"),
    Example("a value that the same process writes later", .violated, .violated, "r(a,1)[0..1] w(a,1)[2..3]"),
    Example(
      "a repeated value hides a stale read", .holds, .holds,
      "w(a,1)[0..1] w(a,2)[2..3] w(a,1)[4..5]\nr(a,1)[6..7]"),
    Example("a write of unknown outcome that was seen", .holds, .holds, "w(a,1)[0..?]\nr(a,1)[5..6]"),
    Example("a write of unknown outcome that was not", .holds, .holds, "w(a,1)[0..?]\nr(a,null)[5..6]"),
    Example(
      "a write of unknown outcome takes effect late", .holds, .holds,
      "w(a,1)[0..?]\nw(a,2)[1..2] r(a,2)[3..4] r(a,1)[5..6]"),
    Example(
      "a write of unknown outcome takes effect once", .violated, .violated,
      "w(a,1)[0..?]\nr(a,1)[1..2] w(a,2)[3..4] r(a,1)[5..6]"),
    Example("a read without a result constrains nothing", .vacuous, .vacuous, "w(a,1)[0..1] r(a,_)[2..3]"),
    Example("writes alone", .vacuous, .vacuous, "w(a,1)[0..1]\nw(a,2)[0..1]"),
    Example("nothing completed", .vacuous, .vacuous, "w(a,1)[0..?]\nr(a,_)[0..?]"),
    Example(
      "touching operations of one process keep their order", .violated, .violated,
      "w(a,1)[0..1] r(a,null)[1..2]"),
    Example(
      "process order across keys at one instant is seen by sequential consistency alone", .holds, .violated,
      "w(a,1)[0..5] w(b,1)[5..5]\nr(b,1)[5..5] r(a,null)[5..5]"),
  ]

  static let swaps: [Example] = [
    Example(
      "a swap that finds what it expects", .holds, .holds, initial: ["a": 0], "cas(a,0,1)[0..1] r(a,1)[2..3]"),
    Example(
      "two swaps of one value", .violated, .violated, initial: ["a": 0], "cas(a,0,1)[0..5]\ncas(a,0,2)[0..5]"),
    Example(
      "a chain of swaps, told backwards", .holds, .holds, initial: ["a": 0],
      "cas(a,1,2)[0..5]\ncas(a,0,1)[0..5]"),
    Example(
      "a circle of swaps", .violated, .violated, initial: ["a": 0], "cas(a,1,2)[0..5]\ncas(a,2,1)[0..5]"),
    Example(
      "a mismatch is a read of what it found", .violated, .holds, "w(a,1)[0..1]\ncas(a,5,6):null[2..3]"),
    Example(
      "a mismatch that found what it expected", .violated, .violated, initial: ["a": 0], "cas(a,0,1):0[0..1]"),
    Example(
      "a vague mismatch needs any other value", .violated, .violated, initial: ["a": 0], "cas(a,0,1):_[0..1]"),
    Example(
      "a write of unknown outcome serves a vague mismatch", .holds, .holds, initial: ["a": 0],
      "cas(a,0,1):_[1..2]\nw(a,9)[0..?]"),
    Example(
      "a swap that failed did nothing", .holds, .holds, initial: ["a": 0], "cas(a,5,1)[0..1]! r(a,0)[2..3]"),
    Example(
      "a write of unknown outcome must wait for both of its readers", .holds, .holds,
      "w(a,1)[0..?]\nr(a,1)[0..9]\nw(a,3)[1..2] r(a,3)[3..4] r(a,1)[5..9] w(a,1)[20..21]"),
    Example(
      "a write of unknown outcome, seen only by a swap of unknown outcome that was seen", .holds, .holds,
      "w(a,1)[0..?]\ncas(a,1,2)[1..?]\nr(a,2)[5..6]"),
    Example(
      "swaps of unknown outcome in a row that were seen", .holds, .holds, initial: ["a": 0],
      "cas(a,1,2)[0..?]\ncas(a,0,1)[1..?]\nr(a,2)[5..6]"),
    Example(
      "a swap of unknown outcome needs what it expects", .violated, .violated,
      "cas(a,1,2)[0..?]\nr(a,2)[5..6]"),
  ]

  static let endings: [Example] = [
    Example(
      "all replicas agree", .holds, .holds, eventual: .holds, servers: 2,
      "w(a,1)[0..1]@0\nw(a,2)[0..1]@1\nr(a,2)[5..6]@0* r(a,2)[7..8]@1*"),
    Example(
      "replicas end apart", .violated, .holds, eventual: .violated, servers: 2,
      "w(a,1)[0..1]@0\nw(a,2)[0..1]@1\nr(a,1)[5..6]@0* r(a,2)[7..8]@1*"),
    Example(
      "replicas agree on what nobody wrote", .violated, .violated, eventual: .violated, servers: 1,
      "w(a,1)[0..1]@0\nr(a,7)[5..6]@0*"),
    Example(
      "a write is lost", .violated, .holds, eventual: .violated, servers: 1,
      "w(a,1)[0..1]@0\nr(a,null)[5..6]@0*"),
    Example(
      "a process's first write wins over its second", .violated, .holds, eventual: .violated, servers: 1,
      "w(a,1)[0..1]@0 w(a,2)[2..3]@0\nr(a,1)[5..6]@0*"),
    Example(
      "a write wins over one whose author had read it", .violated, .holds, eventual: .violated, servers: 1,
      "w(a,1)[0..1]@0\nr(a,1)[2..3]@0 w(a,2)[4..5]@0\nr(a,1)[7..8]@0*"),
    Example(
      "a write wins over a later one that is causally unrelated", .violated, .holds, eventual: .holds,
      servers: 1,
      "w(a,1)[0..1]@0\nw(a,2)[2..3]@0\nr(a,1)[5..6]@0*"),
    Example(
      "a write of unknown outcome may arrive between final reads", .holds, .holds, eventual: .ambiguous,
      servers: 2,
      "w(a,1)[0..1]@0\nw(a,2)[0..?]@1\nr(a,1)[5..6]@0* r(a,2)[7..8]@1*"),
    Example(
      "a repeated value leaves open which write won", .holds, .holds, eventual: .ambiguous, servers: 1,
      "w(a,1)[0..9]@0\nw(a,1)[0..?]@0\nr(a,1)[1..2]@0 w(a,2)[3..4]@0\nr(a,1)[10..11]@0*"),
    Example(
      "a replica gave no final answer", .holds, .holds, eventual: .vacuous, servers: 2,
      "w(a,1)[0..1]@0\nr(a,1)[5..6]@0*"),
    Example(
      "final reads began before the writes had stopped", .holds, .holds, eventual: .vacuous, servers: 1,
      "w(a,1)[0..5]@0\nr(a,1)[5..6]@0*"),
    Example(
      "a violation counts although a replica is missing", .violated, .holds, eventual: .violated, servers: 3,
      "w(a,1)[0..1]@0\nr(a,null)[5..6]@0*"),
    Example(
      "what was seen before convergence does not count", .violated, .violated, eventual: .holds, servers: 1,
      "w(a,1)[0..1]@0 r(a,null)[2..3]@0\nr(a,1)[5..6]@0*"),
  ]

  @Test("the example has its verdicts", arguments: registers + swaps + endings)
  func verdicts(example: Example) throws {
    let history = try HistoryText.parse(example.text, initial: example.initial, servers: example.servers)
    for (model, expected) in [
      (Model.linearizable, example.linearizable), (.sequential, example.sequential),
      (.eventual, example.eventual),
    ] {
      let verdict = check(history, model)
      #expect(answer(verdict) == expected, "\(model): \(verdict)")
      let truth = BruteForce.answer(history, model)
      switch expected {
      case .holds: #expect(truth == .holds, "\(model)")
      case .violated: #expect(truth == .violated, "\(model)")
      case .ambiguous: #expect(truth == .open, "\(model)")
      case .vacuous: #expect(truth != .violated, "\(model)")
      }
    }
  }

  private func answer(_ verdict: Verdict) -> Answer? {
    switch verdict.outcome {
    case .holds: .holds
    case .violated: .violated
    case .undecided(.provesNothing): .vacuous
    case .undecided(.ambiguous): .ambiguous
    case .undecided(.limitReached): nil
    }
  }
}
