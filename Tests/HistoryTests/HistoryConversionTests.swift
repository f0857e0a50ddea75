import Consistency
import Foundation
import KeyValue
import TestSupport
import Testing

@testable import History

@Suite("HistoryConversion")
struct HistoryConversionTests {
  private func convert(
    _ bytes: [UInt8], to target: HistoryConversion.Target, _ options: HistoryReader.Options = .init()
  ) throws -> (bytes: [UInt8], notes: [String]) {
    var result: [UInt8] = []
    let notes = try HistoryConversion(options, to: target).convert(bytes, file: "h") { result += $0 }
    return (result, notes)
  }

  private func read(_ bytes: [UInt8], _ options: HistoryReader.Options = .init()) throws -> History {
    try HistoryReader(options).read(bytes, file: "h")
  }

  /// All that verdicts depend on, times replaced by what precedes what.
  private func essence(_ history: History) -> [String] {
    let events = history.operations.flatMap { [($0.invoked, 0), ($0.completed, 1)] }.sorted { $0 < $1 }
    var ranks: [Int64: Int] = [:]
    var rank = 0
    var wasCompletion = false
    for (time, kind) in events where time != Operation.never {
      if kind == 0, wasCompletion { rank += 1 }
      wasCompletion = kind == 1
      if ranks[time] == nil { ranks[time] = rank }
    }
    return history.operations.map { operation in
      let value = operation.hasResult ? "\(history[operation.value])" : "?"
      let expected = operation.kind == .compareAndSet ? "\(history[operation.expected])" : ""
      let end = operation.completed == Operation.never ? "" : "\(ranks[operation.completed] ?? -1)"
      return
        "\(operation.process) \(operation.kind) \(history[operation.key])=\(history[history.initialValue(of: operation.key)]) \(expected) \(value) \(operation.outcome) \(operation.isMismatch) \(operation.isFinal) \(operation.client.map { "\($0)" } ?? "") \(operation.server.map { "\($0)" } ?? "") \(ranks[operation.invoked] ?? -1)..\(end)"
    }.sorted()
  }

  @Test("ours to EDN and back tells the same, whatever was generated")
  func roundTrip() throws {
    for seed in 0..<seedCount(default: 120) {
      var random = SplitMix64(seed: seed)
      var options = HistoryGenerator.Options()
      options.operations = random.among(0...80)
      options.keys = random.among(2...4)
      options.processes = random.among(1...8)
      options.compareAndSetsPerMillion = 300_000
      options.unknownPerMillion = 100_000
      options.failedPerMillion = 100_000
      options.values = random.pick([.unique, .repeated(3)])
      options.anomalies = random.percent(30) ? [random.pick(Anomaly.allCases)] : []
      options.seed = seed
      var ours: [UInt8] = []
      HistoryGenerator(options).write { ours += $0 }
      let edn = try convert(ours, to: .edn)
      let back = try convert(edn.bytes, to: .jsonLines)
      #expect(edn.notes == [] && back.notes == [], "seed \(seed)")
      let right = essence(try read(ours))
      #expect(essence(try read(edn.bytes)) == right, "seed \(seed)")
      let returned = try read(back.bytes)
      #expect(essence(returned) == right, "seed \(seed)")
      #expect(returned.run == (try read(ours)).run && returned.end?.isClean == true, "seed \(seed)")
    }
  }

  @Test("every readable fixture tells the same after conversion to either notation and to the other")
  func fixtures() throws {
    for name in Fixture.readable {
      let bytes = [UInt8](try Data(contentsOf: URL(filePath: Fixture.path(name))))
      for options in [HistoryReader.Options(), .init(failedCompareAndSet: .mismatch, initial: 0)] {
        let right = essence(try read(bytes, options))
        let ours = try convert(bytes, to: .jsonLines, options).bytes
        let edn = try convert(bytes, to: .edn, options).bytes
        #expect(essence(try read(ours)) == right, "\(name)")
        #expect(essence(try read(edn)) == right, "\(name)")
        #expect(essence(try read(try convert(ours, to: .edn).bytes)) == right, "\(name)")
        #expect(essence(try read(try convert(edn, to: .jsonLines).bytes)) == right, "\(name)")
      }
    }
  }

  private static let ours = [
    #"{"type":"run","format":1,"name":"t","level":"sequential","host":"h","initial":{"a":0},"weather":"fine"}"#,
    #"{"index":0,"mono":10,"process":0,"type":"invoke","f":"set","key":"a","value":"x","note":{"deep":[1,null]}}"#,
    #"{"index":1,"mono":20,"process":0,"type":"ok","stamp":[1,2]}"#,
    #"{"index":2,"mono":20,"process":1,"type":"invoke","f":"read","key":"b","final":true,"server":2}"#,
    #"{"index":3,"mono":25,"process":"nemesis","type":"info","f":"kill","value":{"server":1}}"#,
    #"{"index":4,"mono":30,"process":1,"type":"ok","value":null}"#,
    #"{"type":"end","clean":true,"events":5,"mood":"good"}"#,
  ].joined(separator: "\n")

  @Test("members that nobody here knows are carried over, spellings are made one")
  func unknownMembers() throws {
    let ours = String(decoding: try convert(Array(Self.ours.utf8), to: .jsonLines).bytes, as: UTF8.self)
    let lines = try ours.split(separator: "\n").map { try JSON(parsing: String($0)) }
    #expect(lines.count == 7)
    #expect(lines[0]["weather"] == "fine" && lines[6]["mood"] == "good")
    #expect(lines[1]["note"] == ["deep": [1, nil]] && lines[1]["f"] == "write")
    #expect(lines[2]["stamp"] == [1, 2] && lines[2]["key"] == "a")
    #expect(lines[4]["value"] == ["server": 1])
    let edn = String(decoding: try convert(Array(Self.ours.utf8), to: .edn).bytes, as: UTF8.self)
    #expect(
      edn.split(separator: "\n").map(String.init) == [
        #"{:index 0, :type :info, :process :run, :f :run, :value {"type" "run", "format" 1, "name" "t", "level" "sequential", "host" "h", "initial" {"a" 0}, "weather" "fine"}}"#,
        #"{:index 1, :type :invoke, :process 0, :f :write, :value ["a" "x"], :mono 10, :note {"deep" [1 nil]}}"#,
        #"{:index 2, :type :invoke, :process 1, :f :read, :value ["b" nil], :mono 20, :final true, :server 2}"#,
        #"{:index 3, :type :ok, :process 0, :f :write, :value ["a" nil], :mono 20, :stamp [1 2]}"#,
        #"{:index 4, :type :info, :process :nemesis, :f :kill, :value {"server" 1}, :mono 25}"#,
        #"{:index 5, :type :ok, :process 1, :f :read, :value ["b" nil], :absent true, :mono 30}"#,
        #"{:index 6, :type :info, :process :run, :f :end, :value {"type" "end", "clean" true, "events" 5, "mood" "good"}}"#,
      ])
  }

  @Test("at one instant invocations come first; where that cannot be, a note says so")
  func ties() throws {
    func line(_ time: Int, _ process: Int, _ type: String) -> String {
      #"{"mono":\#(time),"process":\#(process),"type":"\#(type)","f":"write","key":"a","value":1}"#
    }
    let run = #"{"type":"run","format":1,"name":"t","host":"h"}"#
    let exact = [run, line(1, 0, "invoke"), line(5, 0, "ok"), line(5, 1, "invoke"), line(5, 1, "ok")]
    let first = try convert(Array(exact.joined(separator: "\n").utf8), to: .edn)
    let history = try read(first.bytes)
    #expect(!history.operations[0].precedes(history.operations[1]))
    #expect(first.notes.count == 1, "only that the recording has no end: \(first.notes)")
    let handover = [
      run, line(1, 0, "invoke"), line(1, 1, "invoke"), line(5, 1, "ok"), line(5, 0, "ok"),
      line(5, 0, "invoke"),
    ]
    let third = try read(try convert(Array(handover.joined(separator: "\n").utf8), to: .edn).bytes)
    #expect(third.operations.count == 3 && !third.operations[1].precedes(third.operations[2]))
    let cyclic = [
      run, line(1, 0, "invoke"), line(1, 1, "invoke"), line(5, 0, "ok"), line(5, 0, "invoke"),
      line(5, 1, "ok"),
      line(5, 1, "invoke"),
    ]
    let second = try convert(Array(cyclic.joined(separator: "\n").utf8), to: .edn)
    #expect(second.notes.count == 2 && second.notes[1].contains("same instant"))
    #expect(try read(second.bytes).operations.count == 4)
  }

  @Test("what is no history is refused before anything is written")
  func refusal() {
    #expect(throws: HistoryError.self) {
      try HistoryConversion(to: .edn).convert(Array("{}".utf8), file: "h") { _ in Issue.record("written") }
    }
  }
}
