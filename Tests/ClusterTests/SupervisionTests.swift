import Cluster
import Configuration
import KeyValue
import Replication
import TestSupport
import Testing

@Suite("Lines between launcher and children")
struct SupervisionTests {
  /// Texts that a report may carry.
  private static let texts = ["", "no", "a\nb", "\"", "\u{0}", "\u{2028}", "e\u{301}", "😀"]

  private func ports(_ random: inout SplitMix64) -> ServerPorts {
    func port() -> UInt16 { UInt16(truncatingIfNeeded: random.next()) }
    return ServerPorts(peer: port(), publish: port(), client: port())
  }

  private func isOneLine(_ line: String) -> Bool { !line.utf8.contains(UInt8(ascii: "\n")) }

  @Test("what servers report is read back as it was")
  func serverReports() {
    var random = SplitMix64(seed: 1)
    let reports =
      [.ready, .bound(ports(&random)), .bound(.free)] + Self.texts.map { ServerReport.failed($0) }
    for report in reports {
      #expect(ServerReport(line: report.line) == report)
      #expect(isOneLine(report.line))
    }
  }

  @Test("what clients report is read back as it was")
  func clientReports() {
    for report in [.ready, .done] + Self.texts.flatMap({ [ClientReport.failed($0), .problem($0)] }) {
      #expect(ClientReport(line: report.line) == report)
      #expect(isOneLine(report.line))
    }
  }

  @Test("an order with the ports of any number of servers is read back as it was")
  func orders() {
    for seed in 0..<seedCount(default: 100) {
      var random = SplitMix64(seed: seed)
      let order = ServerOrder(servers: (0..<random.below(65)).map { _ in ports(&random) })
      #expect(ServerOrder(line: order.line) == order, "seed \(seed)")
    }
  }

  @Test("a setup with any keys and values is read back as it was")
  func setups() throws {
    for seed in 0..<seedCount(default: 500) {
      var random = SplitMix64(seed: seed)
      var initial: [Key: Value] = [:]
      for _ in 0..<random.below(6) { initial[Key(random.text())] = random.value() }
      let servers = random.among(1...64)
      let settings = Server.Settings(
        id: ServerID(random.below(servers)), servers: servers,
        replicationProtocol: random.pick(ReplicationProtocol.allCases), initial: initial,
        ports: ports(&random),
        run: random.next())
      let line = ServerSetup(settings: settings).line
      let read = try #require(ServerSetup(line: line)?.settings, "seed \(seed): \(line)")
      #expect(isOneLine(line))
      #expect(read.id == settings.id && read.servers == settings.servers && read.run == settings.run)
      #expect(read.replicationProtocol == settings.replicationProtocol && read.ports == settings.ports)
      #expect(read.initial.count == initial.count)
      #expect(
        initial.allSatisfy { read.initial[$0.key]?.isIdentical(to: $0.value) == true },
        "seed \(seed): \(line)")
    }
  }

  @Test("a job with any keys and values is read back as it was")
  func jobs() throws {
    for seed in 0..<seedCount(default: 500) {
      var random = SplitMix64(seed: seed)
      let requests = (0..<random.below(10)).map { _ -> ScriptedRequest in
        switch random.below(4) {
        case 0: .get(Key(random.text()))
        case 1: .set(Key(random.text()), random.value())
        case 2: .sleep(milliseconds: nil)
        default: .sleep(milliseconds: random.below(1000))
        }
      }
      var workload = Workload()
      workload.clients = random.among(1...20)
      workload.sessionsPerClient = random.among(1...20)
      workload.warmUp = .milliseconds(random.below(100))
      workload.rate = random.percent(50) ? random.among(1...1000) : nil
      if random.percent(50) { workload.length = .duration(.microseconds(random.among(1000...100_000))) }
      let first = random.below(workload.sessions)
      let task: ClientJob.Task =
        switch random.below(3) {
        case 0:
          .script(
            client: random.below(1000), server: random.below(64), requests: requests, seed: random.next())
        case 1:
          .load(
            LoadTask(
              client: random.below(1000), sessions: first..<random.among(first...workload.sessions),
              workload: workload, seed: random.next(), initial: [Key(random.text()): random.value()],
              isRecorded: random.percent(50)))
        default: .finalReads(keys: (0..<random.below(10)).map { _ in Key(random.text()) })
        }
      let job = ClientJob(
        task: task, ports: (0..<random.below(8)).map { _ in UInt16(truncatingIfNeeded: random.next()) },
        process: Int32(random.below(1000)), processStep: Int32(random.among(1...1000)),
        recording: random.text(),
        timeoutMilliseconds: random.among(1...100_000))
      let read = try #require(ClientJob(line: job.line), "seed \(seed): \(job.line)")
      // Equal lines again: unlike equality, they tell 10 from 10.0.
      #expect(read == job && read.line == job.line, "seed \(seed): \(job.line)")
      #expect(isOneLine(job.line))
    }
  }

  @Test(
    "a line that is none of these is read as none, not as half of one",
    arguments: [
      "", "ready", "{}", "[]", #"{"event":"other"}"#, #"{"event":"bound"}"#,
      #"{"event":"bound","ports":[1,2]}"#,
      #"{"event":"bound","ports":[1,2,65536]}"#, #"{"event":"bound","ports":[1,2,3,"x"]}"#,
      #"{"servers":[[1,2,3],[1,2]]}"#, #"{"servers":{}}"#,
      #"{"id":0,"servers":-1,"protocol":"local-read","initial":{},"ports":[0,0,0],"run":1}"#,
      #"{"id":3,"servers":3,"protocol":"local-read","initial":{},"ports":[0,0,0],"run":1}"#,
      #"{"id":-1,"servers":3,"protocol":"local-read","initial":{},"ports":[0,0,0],"run":1}"#,
      #"{"id":0,"servers":3,"protocol":"other","initial":{},"ports":[0,0,0],"run":1}"#,
      #"{"id":0,"servers":3,"protocol":"local-read","initial":{"a":[]},"ports":[0,0,0],"run":1}"#,
      #"{"ports":[1],"process":0,"processStep":1,"recording":"r","timeoutMilliseconds":1}"#,
      #"{"ports":[-1],"process":0,"processStep":1,"recording":"r","timeoutMilliseconds":1,"finalReads":["a"]}"#,
      #"{"ports":[1],"process":0,"processStep":1,"recording":"r","timeoutMilliseconds":1,"finalReads":["a",2]}"#,
      #"{"ports":[1],"process":0,"processStep":1,"recording":"r","timeoutMilliseconds":1,"load":{}}"#,
      #"{"ports":[1],"process":0,"processStep":1,"recording":"r","timeoutMilliseconds":1,"load":{"client":0,"sessions":[0,9],"workload":{},"seed":1,"initial":{},"recorded":true}}"#,
      #"{"ports":[1],"process":0,"processStep":1,"recording":"r","timeoutMilliseconds":1,"load":{"client":0,"sessions":[0,1],"workload":{"keys":0},"seed":1,"initial":{},"recorded":true}}"#,
      #"{"event":"load"}"#, #"{"event":"progress"}"#,
      #"{"event":"load","warmingUp":0,"notBegun":0,"elapsed":1,"processorTime":-1,"kinds":{}}"#,
      #"{"event":"load","warmingUp":0,"notBegun":0,"elapsed":1,"processorTime":1,"kinds":{"read":{"ok":1}}}"#,
      #"{"event":"load","warmingUp":0,"notBegun":0,"elapsed":1,"processorTime":1,"kinds":{"x":{"ok":1,"failed":0,"unknown":0,"latencies":[]}}}"#,
      #"{"ports":[1],"process":0,"processStep":1,"recording":"r","timeoutMilliseconds":1,"script":{"client":0,"server":0,"requests":[{"type":"get","key":"a"},{"type":"set","key":"a"}],"seed":1}}"#,
    ])
  func none(line: String) {
    #expect(ServerReport(line: line) == nil)
    #expect(ClientReport(line: line) == nil)
    #expect(ServerOrder(line: line) == nil)
    #expect(ServerSetup(line: line) == nil)
    #expect(ClientJob(line: line) == nil)
  }

  @Test("no mutation of a line traps its reader")
  func fuzz() {
    let lines = [
      ServerReport.bound(.free).line, ServerReport.failed("x").line, ClientReport.problem("x").line,
      ServerOrder(servers: [.free, .free]).line,
      #"{"id":0,"servers":3,"protocol":"local-read","initial":{"a":1},"ports":[0,0,0],"run":1}"#,
      #"{"ports":[1],"process":0,"processStep":1,"recording":"r","timeoutMilliseconds":1,"finalReads":["a"]}"#,
    ]
    for seed in 0..<seedCount(default: 10_000) {
      var random = SplitMix64(seed: seed)
      let bytes = random.mutation(
        of: Array(random.pick(lines).utf8), alphabet: Array("{}[]\",:-0123456789.ea".utf8))
      let line = String(decoding: bytes, as: UTF8.self)
      _ = ServerReport(line: line)
      _ = ClientReport(line: line)
      _ = ServerOrder(line: line)
      _ = ServerSetup(line: line)
      _ = ClientJob(line: line)
    }
  }
}
