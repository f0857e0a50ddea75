import Certificate
import Consistency
import Foundation
import History
import KeyValue
import Reports
import Synchronization
import TestSupport
import Testing

@Suite("CheckCommand")
struct CheckCommandTests {
  private static let events = [
    #"{"process":0,"type":"invoke","f":"write","key":"a","value":1}"#, #"{"process":0,"type":"ok"}"#,
  ]

  private static func run(level: String) -> String {
    #"{"type":"run","format":1,"name":"t","level":"\#(level)"}"#
  }

  private struct Result {
    var status: CheckStatus
    var output = ""
    var complaints = ""
    var asked: [Model] = []
  }

  /// What a judge was asked and told.
  private final class Recorder: Sendable {
    let models = Mutex<[Model]>([])
    let limits = Mutex<Limits?>(nil)
  }

  /// Runs a command on files of a folder, with a judge that answers from a table.
  private func check(
    _ files: [String: [String]], in folder: URL, order: [String]? = nil, models: [Model] = [],
    outcome: @escaping @Sendable (Model) -> Verdict.Outcome = { _ in .holds(.order([])) },
    isValidated: Bool = false, change: (inout CheckCommand.Options) -> Void = { _ in }
  ) throws -> Result {
    for (name, lines) in files {
      try lines.map { $0 + "\n" }.joined()
        .write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
    }
    var options = CheckCommand.Options(
      files: (order ?? files.keys.sorted()).map { folder.appending(path: $0).path }, models: models,
      reportFolder: folder.appending(path: "reports/deep").path)
    change(&options)
    var result = Result(status: .holds)
    var command = CheckCommand(options, print: { result.output += $0 }, complain: { result.complaints += $0 })
    let asked = Recorder()
    command.judge = { _, model, _ in
      asked.models.withLock { $0.append(model) }
      return Verdict(model: model, outcome: outcome(model))
    }
    if !isValidated { command.verify = { _, _ in .proved } }
    result.status = command.run()
    result.asked = asked.models.withLock { $0 }
    return result
  }

  private func report(_ name: String, in folder: URL) throws -> JSON {
    try JSON(parsing: String(contentsOf: folder.appending(path: "reports/deep/\(name)"), encoding: .utf8))
  }

  @Test("every model is judged or follows, the declared level decides, and the report is written")
  func declared() throws {
    try Fixtures.withFolder { folder in
      let result = try check(["h.jsonl": [Self.run(level: "linearizability")] + Self.events], in: folder)
      #expect(result.asked == [.linearizable, .eventual] && result.status == .holds)
      #expect(result.output.contains("HOLDS") && result.output.contains("Report: "))
      #expect(result.output.contains("strongest that hold: linearizable, eventual"))
      let verdicts = try report("h.json", in: folder)["verdicts"]?.array ?? []
      #expect(verdicts.count == Model.allCases.count)
      #expect(verdicts.filter { $0["asked"]?.bool == true }.map { $0["model"]?.string } == ["linearizable"])
      #expect(verdicts.filter { $0["followsFrom"]?.string == "linearizable" }.count == 11)
      #expect(try report("h.json", in: folder)["verdicts"]?.array?.first?["verdict"] == "holds")
      let left = try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: "reports/deep").path)
      #expect(Set(left) == ["h.json", "h.html", "index.html"], "nothing temporary is left behind")
    }
  }

  @Test("models that are named count instead, and the worst verdict decides the status")
  func named() throws {
    try Fixtures.withFolder { folder in
      let files = ["h.jsonl": [Self.run(level: "eventual")] + Self.events]
      let result = try check(files, in: folder, models: [.sequential, .linearizable]) {
        $0 == .sequential ? .undecided(.provesNothing("x")) : .holds(.order([]))
      }
      #expect(result.asked == [.sequential, .linearizable] && result.status == .undecided)
    }
  }

  @Test("a level that is declared but not kept decides, whatever else holds")
  func declaredAndViolated() throws {
    try Fixtures.withFolder { folder in
      let files = ["h.jsonl": [Self.run(level: "sequential")] + Self.events]
      let result = try check(files, in: folder) { model in
        [.linearizable, .sequential].contains(model)
          ? .violated(
            Counterexample(
              reason: .thinAirRead(OperationID(0)), operations: [OperationID(0)], isMinimal: true))
          : .holds(.readsFrom([], along: []))
      }
      #expect(result.status == .violated)
      #expect(result.output.contains("weakest that fail:   sequential"))
      #expect(result.output.contains("VIOLATED") && !result.output.contains("HOLDS  "))
    }
  }

  @Test("when nothing is declared every model counts, and an unknown level is refused")
  func nothingDeclared() throws {
    try Fixtures.withFolder { folder in
      let plain = try check(["h.jsonl": Self.events], in: folder) {
        $0 == .eventual ? .undecided(.provesNothing("x")) : .holds(.order([]))
      }
      #expect(plain.status == .undecided)
      let strange = try check(["h.jsonl": [Self.run(level: "quantum")] + Self.events], in: folder)
      #expect(strange.status == .usage && strange.complaints.contains("\"quantum\""))
      #expect(strange.complaints.contains("--model (linearizable, sequential, causal, "))
    }
  }

  @Test("several files are all checked, summed up, and the worst of them decides")
  func several() throws {
    try Fixtures.withFolder { folder in
      let good = [Self.run(level: "sequential")] + Self.events
      let files = ["a.jsonl": good, "b.jsonl": ["{"], "c.jsonl": good]
      let result = try check(files, in: folder, order: ["a.jsonl", "b.jsonl", "missing", "c.jsonl"])
      #expect(result.status == .noInput && result.asked.count == 4)
      #expect(result.complaints.contains("b.jsonl:1:2: expected a string"))
      #expect(result.complaints.contains("missing: there is no such file"))
      #expect(result.output.contains("not judged"))
      #expect(try report("b.json", in: folder)["error"]?["kind"] == "bad-data")
      #expect(try report("c.json", in: folder)["exitStatus"] == 0)
    }
  }

  @Test("JSON on standard output comes alone and holds every file")
  func jsonOutput() throws {
    try Fixtures.withFolder { folder in
      let good = [Self.run(level: "sequential")] + Self.events
      let result = try check(["a.jsonl": good, "b.jsonl": good], in: folder, change: { $0.json = "-" })
      let json = try JSON(parsing: result.output)
      #expect(json["exitStatus"] == 0 && json["files"]?.array?.count == 2)
      let path = folder.appending(path: "all.json").path
      let written = try check(["a.jsonl": good], in: folder, change: { $0.json = path })
      #expect(written.output.contains("HOLDS"))
      #expect(try JSON(parsing: String(contentsOfFile: path, encoding: .utf8))["format"] == 1)
    }
  }

  @Test("quiet prints nothing but what went wrong")
  func quiet() throws {
    try Fixtures.withFolder { folder in
      let good = [Self.run(level: "sequential")] + Self.events
      let result = try check(["a.jsonl": good, "b.jsonl": ["{"]], in: folder, change: { $0.isQuiet = true })
      #expect(result.output == "" && result.complaints.contains("b.jsonl:1:2"))
    }
  }

  @Test("a report folder that cannot be made is complained about once, and every verdict still told")
  func unwritable() throws {
    try Fixtures.withFolder { folder in
      let good = [Self.run(level: "sequential")] + Self.events
      let obstacle = folder.appending(path: "obstacle")
      try "a file".write(to: obstacle, atomically: true, encoding: .utf8)
      let result = try check(
        ["a.jsonl": good, "b.jsonl": good], in: folder,
        change: {
          $0.reportFolder = obstacle.appending(path: "reports").path
        })
      #expect(result.status == .cannotCreate)
      #expect(result.complaints.split(separator: "\n").count == 1)
      #expect(result.complaints.contains("Not a directory") && result.complaints.contains("--report-dir"))
      #expect(result.output.contains("HOLDS"))
    }
  }

  @Test("evidence that the history does not have is a fault of the checker, not a trap")
  func fault() throws {
    try Fixtures.withFolder { folder in
      let files = ["a.jsonl": [Self.run(level: "sequential")] + Self.events]
      let result = try check(
        files, in: folder, models: [.sequential], outcome: { _ in .holds(.order([OperationID(5)])) },
        isValidated: true)
      #expect(result.status == .fault && result.output == "")
      #expect(
        result.complaints.contains(
          "says that sequential holds, but its proof does not stand: there is no operation #5"))
    }
  }

  @Test("reports do not depend on the number of threads, but for times")
  func threads() {
    var large = LargeHistories()
    large.processes = 6
    large.keys = 5
    var violated: Set<String> = []
    let choices: [(seed: UInt64, values: Int?, staleReads: Int)] = [
      (1, nil, 0), (2, nil, 4), (3, 4, 0), (4, 4, 4), (5, nil, 40), (6, 4, 2), (7, 6, 4), (8, 6, 8),
    ]
    for (seed, values, staleReads) in choices {
      (large.values, large.staleReads) = (values, staleReads)
      // Where values repeat, the causal models are searched for, by one thread, which takes the longer the more there are.
      large.operations = values == nil ? 600 : 60
      let history = large.history(seed: seed)
      let reports = [1, 4].map { threads -> JSON in
        var options = CheckCommand.Options(files: [])
        options.threads = threads
        let checked = CheckCommand(options, print: { _ in }, complain: { _ in }).checkHistory(
          history, file: "h")
        return JSONReport().json(checked).timeless
      }
      #expect(reports[0] == reports[1], "seed \(seed)")
      for verdict in reports[0]["verdicts"]?.array ?? [] where verdict["verdict"] == "violated" {
        violated.insert(verdict["model"]?.string ?? "")
      }
    }
    #expect(violated.isSuperset(of: ["linearizable", "regular"]), "\(violated)")
  }

  @Test("a verdict that was too dear to validate says so")
  func beyondReach() {
    var command = CheckCommand(.init(files: [], models: [.sequential]), print: { _ in }, complain: { _ in })
    command.judge = { _, model, _ in Verdict(model: model, outcome: .holds(.order([]))) }
    command.verify = { _, _ in .beyondReach("it is too large") }
    guard case .judged(_, let judgements) = command.checkHistory(History(), file: "h").outcome else {
      Issue.record("not judged")
      return
    }
    #expect(judgements.map(\.verdict.warnings) == [["not validated independently: it is too large"]])
  }

  @Test("validating a verdict may cost what finding it left of the limits, and no more")
  func validatingWithinLimits() throws {
    func warnings(time: Duration?, memoryInUse: Int) throws -> [String] {
      var options = CheckCommand.Options(
        files: [], models: [.linearizable], allowance: .init(time: time, memoryBytes: 1_000_000))
      options.memoryInUse = { _ in memoryInUse }
      var command = CheckCommand(options, print: { _ in }, complain: { _ in })
      command.judge = { history, model, _ in Consistency.check(history, model) }
      guard case .judged(_, let judgements) = command.checkHistory(Fixtures.staleRead(), file: "h").outcome
      else { return ["not judged"] }
      #expect(judgements.allSatisfy { $0.verdict.isViolated })
      return judgements.flatMap(\.verdict.warnings).filter { $0.hasPrefix("not validated") }
    }
    #expect(try warnings(time: nil, memoryInUse: 1_000).isEmpty)
    #expect(try warnings(time: .seconds(3600), memoryInUse: 1_000).isEmpty)
    #expect(
      try warnings(time: .zero, memoryInUse: 1_000)
        == ["not validated independently: the time limit left no room for it"])
    #expect(
      try warnings(time: nil, memoryInUse: 999_990)
        == ["not validated independently: the memory limit left no room for it"])
  }

  @Test("limits reach the judge, and the deadline lies a time limit ahead")
  func limits() throws {
    try Fixtures.withFolder { folder in
      var options = CheckCommand.Options(files: [], reportFolder: folder.path)
      options.models = [.eventual]
      options.allowance = .init(time: .seconds(3600), memoryBytes: 5, configurations: 6)
      var command = CheckCommand(options, print: { _ in }, complain: { _ in })
      let seen = Recorder()
      command.judge = { _, model, limits in
        seen.limits.withLock { $0 = limits }
        return Verdict(model: model, outcome: .undecided(.provesNothing("x")))
      }
      let before = ContinuousClock.now
      _ = command.checkHistory(History(), file: "h")
      let limits = try #require(seen.limits.withLock { $0 })
      #expect(limits.memoryBytesMax == 5 && limits.configurationsMax == 6)
      let deadline = try #require(limits.tellingDeadline)
      #expect(deadline >= before.advanced(by: .seconds(3600)))
      #expect(deadline <= ContinuousClock.now.advanced(by: .seconds(3600)))
      // A tenth of the time is there for telling what was found.
      #expect(limits.deadline == deadline.advanced(by: .seconds(-360)))
      options.allowance = .init()
      #expect(options.allowance.limits.deadline == nil)
    }
  }

  @Test("the worst status wins, from a fault of ours down to a model that holds")
  func worst() {
    let order: [CheckStatus] = [
      .fault, .cannotCreate, .unavailable, .noInput, .badData, .usage, .violated, .undecided, .holds,
    ]
    #expect(Set(order) == Set(CheckStatus.allCases))
    for (index, status) in order.enumerated() {
      #expect(CheckStatus.worst(order[index...].shuffled()) == status)
    }
    #expect(CheckStatus.worst([]) == .holds)
  }

  @Test("a history that takes more memory to read than it may is not judged, but others are")
  func readingMemory() throws {
    try Fixtures.withFolder { folder in
      // The first file is read while the meter shows too much, the second when it does not any more.
      let looks = Looks()
      let result = try check(
        ["a.jsonl": Self.events, "b.jsonl": Self.events], in: folder, models: [.sequential],
        change: {
          $0.allowance.memoryBytes = 5_000_000
          $0.memoryInUse = { _ in looks.next() == 0 ? 6_000_000 : 0 }
        })
      #expect(result.status == .undecided && result.asked == [.sequential])
      #expect(
        result.complaints.contains("a.jsonl: not judged: reading it takes more memory than the limit of 5 MB")
      )
      #expect(try report("a.json", in: folder)["error"]?["kind"] == "memory-limit")
      #expect(try report("b.json", in: folder)["exitStatus"] == 0)
    }
  }

  @Test(
    "a violation that could not be told counts, is not validated, and says so; so does what follows from it")
  func untold() throws {
    try Fixtures.withFolder { folder in
      let result = try check(
        ["a.jsonl": Self.events], in: folder,
        outcome: { _ in
          .violated(Counterexample(reason: .untold, operations: [], isMinimal: false))
        }, isValidated: true)
      #expect(result.status == .violated)
      #expect(result.output.contains("Not validated independently"))
      for verdict in try report("a.json", in: folder)["verdicts"]?.array ?? [] {
        #expect(verdict["warnings"]?.array?.count ?? 0 > 0 && verdict["reason"]?["code"] != "no-order")
      }
      let left = try FileManager.default.contentsOfDirectory(
        atPath: folder.appending(path: "reports/deep").path)
      #expect(!left.contains { $0.contains("counterexample") })
    }
  }
}

/// Counts looks.
private final class Looks: Sendable {
  private let count = Mutex(0)

  /// How many there were before this one.
  func next() -> Int {
    count.withLock { count in
      defer { count += 1 }
      return count
    }
  }
}
