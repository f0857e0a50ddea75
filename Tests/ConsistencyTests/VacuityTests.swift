import Consistency
import History
import KeyValue
import TestSupport
import Testing

/// Verdicts that stand, and what a reader should know of them all the same.
@Suite("A verdict says what the history did not try")
struct VacuityTests {
  private func warnings(_ text: String, faults: [Fault] = [], _ model: Model = .linearizable) throws
    -> [String]
  {
    let history = try HistoryText.parse(text, initial: ["b": 7])
    guard !faults.isEmpty else { return check(history, model).warnings }
    var builder = HistoryBuilder(run: history.run)
    for id in history.ids {
      let operation = history[id]
      try builder.invoke(
        operation.kind, process: operation.process, key: history[operation.key],
        value: history[operation.value], at: operation.invoked)
      try builder.complete(
        operation.process, operation.outcome, result: history[operation.value], at: operation.completed)
    }
    for fault in faults { builder.add(fault) }
    return check(builder.history(), model).warnings
  }

  @Test(
    "operations that never overlap put little strain on a store; where there are none nothing is said of it")
  func overlap() throws {
    let apart = try warnings("w(a,1)[0..1]\nr(a,1)[2..3]")
    #expect(apart.count == 1 && apart[0].contains("no two operations overlapped"))
    #expect(try warnings("w(a,1)[0..2]\nr(a,1)[1..3]").isEmpty)
    #expect(check(History(), .linearizable).warnings.isEmpty)
  }

  @Test(
    "a pass in which nothing written was found is no proof that the store takes writes",
    arguments: [
      "w(a,1)[0..9]!\nr(a,null)[1..2]", "w(a,1)[0..?]\nr(a,null)[1..2]", "w(a,1)[0..9]\nr(a,null)[1..2]",
      "w(a,1)[0..9]\nr(b,7)[1..2]", "w(a,1)[0..9]\nr(a,_)[0..3] r(a,null)[4..5]",
      "w(a,1)[0..9]\ncas(a,1,2):null[1..2]",
    ])
  func nothingFound(text: String) throws {
    #expect(try warnings(text).contains { $0.contains("nothing that was written") })
  }

  @Test(
    "one result that tells of a write is enough",
    arguments: [
      "w(a,1)[0..9]\nr(a,null)[0..0] r(a,1)[1..2]", "w(a,1)[0..9]\ncas(a,1,2)[1..2]",
      "w(a,1)[0..9]\ncas(a,5,2):1[1..2]",
    ])
  func somethingFound(text: String) throws {
    #expect(try warnings(text).isEmpty)
  }

  @Test("a violation stands by itself")
  func violated() throws {
    // Both read what the other had replaced.
    let crossed = "w(a,1)[0..3] r(b,7)[4..7]\nw(b,1)[0..3] r(a,null)[4..7]"
    #expect(try warnings(crossed).isEmpty)
    #expect(try warnings(crossed, .pram).count == 1)
  }

  @Test("faults that were ended without one having begun are told")
  func sparedFaults() throws {
    func fault(_ name: String, _ phase: String? = nil, by process: String = "nemesis") -> Fault {
      Fault(time: 0, process: process, name: name, details: phase.map { ["phase": JSON($0)] } ?? nil)
    }
    let text = "w(a,1)[0..2]\nr(a,1)[1..3]"
    let ended = fault("server-ended", by: Fault.harness)
    #expect(try warnings(text, faults: [fault("heal")]).first?.contains("none had begun") == true)
    #expect(try warnings(text, faults: [fault("heal"), ended]).count == 1)
    #expect(try warnings(text, faults: [ended]).isEmpty)
    #expect(
      try warnings(text, faults: [fault("kill", "begin"), fault("kill", "end"), fault("heal")]).isEmpty)
    #expect(try warnings(text, faults: [fault("partition"), fault("heal")]).isEmpty)
  }
}
