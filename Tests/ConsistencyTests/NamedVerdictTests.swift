import Consistency
import Foundation
import History
import KeyValue
import TestSupport
import Testing

/// Small histories that teach what the models allow, each with its verdict for every model. The matrix in
/// `docs/models.md` is made of them; `UPDATE_DOCS=1` writes it anew.
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
    /// The other models but convergence that the history violates, by their short names, or "all".
    let breaks: String
    let eventual: Answer
    var initial: [Key: Value] = [:]
    var servers: Int?
    let text: String

    var testDescription: String { name }

    init(
      _ name: String, _ linearizable: Answer, _ sequential: Answer, breaks: String = "",
      eventual: Answer = .vacuous, initial: [Key: Value] = [:], servers: Int? = nil, _ text: String
    ) {
      self.name = name
      self.linearizable = linearizable
      self.sequential = sequential
      self.breaks = breaks
      self.eventual = eventual
      self.initial = initial
      self.servers = servers
      self.text = text
    }

    func expected(_ model: Model) -> Answer {
      switch model {
      case .linearizable: return linearizable
      case .sequential: return sequential
      case .eventual: return eventual
      default:
        if linearizable == .vacuous { return .vacuous }
        let broken = breaks.split(separator: " ").compactMap { Model(named: String($0)) }
        return breaks == "all" || broken.contains(model) ? .violated : .holds
      }
    }

    func history() throws -> History {
      try HistoryText.parse(text, initial: initial, servers: servers)
    }
  }

  static let registers: [Example] = [
    Example("a read of the initial value", .holds, .holds, initial: ["a": 0], "r(a,0)[0..1]"),
    Example("a read after a write", .holds, .holds, "w(a,1)[0..1] r(a,1)[2..3]"),
    Example(
      "a process that misses its own write", .violated, .violated, breaks: "cc cm ccv pram ryw regular safe",
      "w(a,1)[0..1] r(a,null)[2..3]"),
    Example(
      "a stale read by another process", .violated, .holds, breaks: "regular safe",
      "w(a,1)[0..1]\nr(a,null)[2..3]"),
    Example("a read that touches the write may miss it", .holds, .holds, "w(a,1)[0..1]\nr(a,null)[1..2]"),
    Example(
      "concurrent reads may disagree for a while", .holds, .holds,
      "w(a,1)[0..9]\nr(a,1)[1..3]\nr(a,null)[2..4]"),
    Example(
      "new, then old: the inversion of atomicity", .violated, .holds,
      "w(a,1)[0..9]\nr(a,1)[1..2]\nr(a,null)[3..4]"),
    Example(
      "one process sees new, then old", .violated, .violated, breaks: "cc cm ccv pram mr",
      "w(a,1)[0..9]\nr(a,1)[1..2] r(a,null)[3..4]"),
    Example(
      "two readers see two writes in two orders", .violated, .violated, breaks: "ccv",
      "w(a,1)[0..9]\nw(a,2)[0..9]\nr(a,1)[1..2] r(a,2)[3..4]\nr(a,2)[1..2] r(a,1)[3..4]"),
    Example(
      "two readers see two writes in one order", .holds, .holds,
      "w(a,1)[0..9]\nw(a,2)[0..9]\nr(a,2)[1..2] r(a,1)[3..4]\nr(a,2)[1..2] r(a,1)[3..4]"),
    Example(
      "the crossed pattern answered null and null", .violated, .violated, breaks: "regular safe",
      "w(a,1)[0..1] r(b,null)[2..3]\nw(b,1)[0..1] r(a,null)[2..3]"),
    Example(
      "the crossed pattern answered 1 and null", .violated, .holds, breaks: "regular safe",
      "w(a,1)[0..1] r(b,1)[2..3]\nw(b,1)[0..1] r(a,null)[2..3]"),
    Example(
      "each key by itself is sequential, both together are not", .violated, .violated,
      breaks: "ccv regular safe",
      "w(a,1)[0..1] w(b,1)[2..3] r(b,2)[4..5]\nw(b,2)[0..1] w(a,2)[2..3] r(a,1)[4..5]"),
    Example("a value from nowhere", .violated, .violated, breaks: "all", "w(a,1)[0..1] r(a,7)[2..3]"),
    Example(
      "a value of a write that failed", .violated, .violated, breaks: "all", "w(a,1)[0..1]! r(a,1)[2..3]"),
    Example(
      "a value that another process writes later", .violated, .holds, breaks: "regular safe",
      "r(a,1)[0..1]\nw(a,1)[2..3]"),
    Example(
      "a value that the same process writes later", .violated, .violated, breaks: "all",
      "r(a,1)[0..1] w(a,1)[2..3]"),
    Example(
      "a repeated value hides a stale read", .holds, .holds,
      "w(a,1)[0..1] w(a,2)[2..3] w(a,1)[4..5]\nr(a,1)[6..7]"),
    Example("a write of unknown outcome that was seen", .holds, .holds, "w(a,1)[0..?]\nr(a,1)[5..6]"),
    Example("a write of unknown outcome that was not", .holds, .holds, "w(a,1)[0..?]\nr(a,null)[5..6]"),
    Example(
      "a write of unknown outcome takes effect late", .holds, .holds,
      "w(a,1)[0..?]\nw(a,2)[1..2] r(a,2)[3..4] r(a,1)[5..6]"),
    Example(
      "a write of unknown outcome takes effect once", .violated, .violated, breaks: "cc cm ccv pram",
      "w(a,1)[0..?]\nr(a,1)[1..2] w(a,2)[3..4] r(a,1)[5..6]"),
    Example("a read without a result constrains nothing", .vacuous, .vacuous, "w(a,1)[0..1] r(a,_)[2..3]"),
    Example("writes alone", .vacuous, .vacuous, "w(a,1)[0..1]\nw(a,2)[0..1]"),
    Example("nothing completed", .vacuous, .vacuous, "w(a,1)[0..?]\nr(a,_)[0..?]"),
    Example(
      "touching operations of one process keep their order", .violated, .violated,
      breaks: "cc cm ccv pram ryw regular safe",
      "w(a,1)[0..1] r(a,null)[1..2]"),
    Example(
      "process order across keys at one instant is seen by sequential consistency alone", .holds, .violated,
      breaks: "cc cm ccv pram mw",
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
      "a circle of swaps", .violated, .violated, breaks: "cc cm ccv wfr", initial: ["a": 0],
      "cas(a,1,2)[0..5]\ncas(a,2,1)[0..5]"),
    Example(
      "a mismatch is a read of what it found", .violated, .holds, breaks: "regular safe",
      "w(a,1)[0..1]\ncas(a,5,6):null[2..3]"),
    Example(
      "a mismatch that found what it expected", .violated, .violated, breaks: "all", initial: ["a": 0],
      "cas(a,0,1):0[0..1]"),
    Example(
      "a vague mismatch needs any other value", .violated, .violated, breaks: "all", initial: ["a": 0],
      "cas(a,0,1):_[0..1]"),
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
      "a swap of unknown outcome needs what it expects", .violated, .violated, breaks: "all",
      "cas(a,1,2)[0..?]\nr(a,2)[5..6]"),
  ]

  /// What tells the weaker models apart. Each process is a line.
  static let weaker: [Example] = [
    Example(
      "an answer is seen without its question", .violated, .violated, breaks: "cc cm ccv wfr regular safe",
      "w(a,1)[0..1]\nr(a,1)[2..3] w(b,1)[4..5]\nr(b,1)[6..7] r(a,null)[8..9]"),
    Example(
      "two observers of independent writes disagree on their order", .violated, .violated,
      "w(a,1)[0..9]\nw(b,1)[0..9]\nr(a,1)[1..2] r(b,null)[3..4]\nr(b,1)[1..2] r(a,null)[3..4]"),
    Example(
      "each process sees its own write last", .violated, .violated, breaks: "ccv",
      "w(a,1)[0..1] r(a,2)[2..3]\nw(a,2)[0..1] r(a,1)[2..3]"),
    Example(
      "what a reader returns to depends on what it wrote meanwhile", .violated, .violated,
      breaks: "cm pram regular safe",
      "w(c,1)[0..1] w(a,1)[2..3] w(b,1)[4..5]\nw(a,2)[0..1] r(c,null)[2..3] r(b,1)[6..7] r(a,2)[8..9]"),
    Example(
      "a process goes back and forth between two writes", .violated, .violated, breaks: "cm ccv pram mr",
      "w(a,1)[0..9]\nw(a,2)[0..9]\nr(a,1)[10..11] r(a,2)[12..13] r(a,1)[14..15]"),
    Example(
      "two processes settle on different winners", .violated, .violated, breaks: "ccv",
      "w(a,1)[0..1] r(a,1)[4..5] r(a,2)[6..7]\nw(a,2)[0..1] r(a,2)[4..5] r(a,1)[6..7]"),
    Example(
      "a cause is its own effect", .violated, .violated, breaks: "cc cm ccv regular safe",
      "r(a,1)[0..9] w(b,1)[10..11]\nr(b,1)[0..9] w(a,1)[10..11]"),
    Example(
      "the second write of an author is seen before the first", .violated, .violated,
      breaks: "cc cm ccv pram mw regular safe",
      "w(a,1)[0..1] w(b,1)[2..3]\nr(b,1)[4..5] r(a,null)[6..7]"),
    Example(
      "an update replaces nothing for another reader", .violated, .violated,
      breaks: "cc cm ccv wfr regular safe",
      "w(a,1)[0..1]\nr(a,1)[2..3] w(a,2)[4..5]\nr(a,2)[6..7] r(a,1)[8..9]"),
    Example(
      "an update by reading and writing is lost", .violated, .holds, breaks: "regular safe",
      initial: ["a": 0],
      "r(a,0)[0..1] w(a,1)[2..3] r(a,1)[6..7]\nr(a,0)[0..1] w(a,2)[4..5] r(a,1)[8..9]"),
    Example(
      "both sides of a partition go on", .violated, .violated, breaks: "ccv",
      "w(a,1)[0..1] r(a,1)[4..5] w(a,3)[6..7] r(a,3)[8..9]\nw(a,2)[0..1] r(a,2)[4..5] w(a,4)[6..7] r(a,4)[8..9]\nr(a,3)[12..13] r(a,4)[14..15]\nr(a,4)[12..13] r(a,3)[14..15]"
    ),
    Example(
      "a pair of keys is seen half updated", .violated, .holds, breaks: "regular safe",
      "w(a,1)[0..1] w(b,1)[2..3]\nr(a,1)[4..5] r(b,null)[6..7]"),
    Example(
      "a pair of keys is seen with the later update only", .violated, .violated,
      breaks: "cc cm ccv pram mw regular safe",
      "w(a,1)[0..1] w(b,1)[2..3] w(a,2)[4..5] w(b,2)[6..7]\nr(b,2)[8..9] r(a,1)[10..11]"),
    Example(
      "a read during a write returns an old value", .violated, .holds, breaks: "regular",
      "w(a,1)[0..1] w(a,2)[2..3] w(a,3)[4..9]\nr(a,1)[5..6]"),
    Example(
      "a circle of values that authors had read", .violated, .violated, breaks: "cc cm ccv wfr regular safe",
      "r(a,1)[0..9] w(a,2)[10..11]\nr(a,2)[0..9] w(a,1)[10..11]"),
  ]

  static let endings: [Example] = [
    Example(
      "all replicas agree", .holds, .holds, eventual: .holds, servers: 2,
      "w(a,1)[0..1]@0\nw(a,2)[0..1]@1\nr(a,2)[5..6]@0* r(a,2)[7..8]@1*"),
    Example(
      "replicas end apart", .violated, .holds, eventual: .violated, servers: 2,
      "w(a,1)[0..1]@0\nw(a,2)[0..1]@1\nr(a,1)[5..6]@0* r(a,2)[7..8]@1*"),
    Example(
      "replicas agree on what nobody wrote", .violated, .violated, breaks: "all", eventual: .violated,
      servers: 1,
      "w(a,1)[0..1]@0\nr(a,7)[5..6]@0*"),
    Example(
      "a write is lost", .violated, .holds, breaks: "regular safe", eventual: .violated, servers: 1,
      "w(a,1)[0..1]@0\nr(a,null)[5..6]@0*"),
    Example(
      "a process's first write wins over its second", .violated, .holds, breaks: "regular safe",
      eventual: .violated, servers: 1,
      "w(a,1)[0..1]@0 w(a,2)[2..3]@0\nr(a,1)[5..6]@0*"),
    Example(
      "a write wins over one whose author had read it", .violated, .holds, breaks: "regular safe",
      eventual: .violated, servers: 1,
      "w(a,1)[0..1]@0\nr(a,1)[2..3]@0 w(a,2)[4..5]@0\nr(a,1)[7..8]@0*"),
    Example(
      "a value wins over a swap of unknown outcome that was seen to replace it", .violated, .holds,
      eventual: .violated, servers: 1,
      "w(a,1)[0..1]@0\ncas(a,1,2)[2..?]@0\nr(a,2)[3..4]@0\nr(a,1)[7..8]@0*"),
    Example(
      "a write wins over a later one that is causally unrelated", .violated, .holds, breaks: "regular safe",
      eventual: .holds,
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
      "a violation counts although a replica is missing", .violated, .holds, breaks: "regular safe",
      eventual: .violated, servers: 3,
      "w(a,1)[0..1]@0\nr(a,null)[5..6]@0*"),
    Example(
      "what was seen before convergence does not count", .violated, .violated,
      breaks: "cc cm ccv pram ryw regular safe", eventual: .holds, servers: 1,
      "w(a,1)[0..1]@0 r(a,null)[2..3]@0\nr(a,1)[5..6]@0*"),
  ]

  static let all = registers + swaps + weaker + endings

  @Test("the example has its verdicts", arguments: all)
  func verdicts(example: Example) throws {
    let history = try example.history()
    for model in Model.allCases {
      let expected = example.expected(model)
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

  @Test("the matrix in docs/models.md is that of the examples")
  func matrix() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/models.md")
      .standardizedFileURL
    let text = try String(contentsOf: file, encoding: .utf8)
    let begin = try #require(text.range(of: "<!-- matrix: begin -->\n"))
    let end = try #require(text.range(of: "<!-- matrix: end -->"))
    let matrix = Self.all.reduce(Self.head) { $0 + row($1) }
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      try text.replacingCharacters(in: begin.upperBound..<end.lowerBound, with: matrix)
        .write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(text[begin.upperBound..<end.lowerBound] == matrix, "run this test with UPDATE_DOCS=1")
    }
  }

  private static let columns: [(Model, String)] = [
    (.linearizable, "lin"), (.sequential, "seq"), (.causalMemory, "CM"), (.causalConvergence, "CCv"),
    (.causal, "CC"), (.pram, "PRAM"), (.readYourWrites, "RYW"), (.monotonicReads, "MR"),
    (.monotonicWrites, "MW"), (.writesFollowReads, "WFR"), (.regular, "reg"), (.safe, "safe"),
    (.eventual, "ev"),
  ]

  private static var head: String {
    "| | history | \(columns.map(\.1).joined(separator: " | ")) |\n|---|---|\(columns.map { _ in ":-:|" }.joined())\n"
  }

  private func row(_ example: Example) -> String {
    let cells = Self.columns.map { model, _ in
      switch example.expected(model) {
      case .holds: "+"
      case .violated: "**-**"
      case .vacuous, .ambiguous: "?"
      }
    }
    var text = example.text.split(separator: "\n").map { "`\($0)`" }.joined(separator: "<br>")
    if !example.initial.isEmpty {
      let initial = example.initial.map { "\($0.key) = \($0.value)" }.sorted().joined(separator: ", ")
      text += "<br>initially \(initial)"
    }
    return "| \(example.name) | \(text) | \(cells.joined(separator: " | ")) |\n"
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
