import Foundation
import KeyValue
import Replication
import TestSupport
import Testing
import ZeroMQ

@testable import Cluster

@Suite("Requests and answers that share a frame")
struct ClientRequestListTests {
  private func elements(_ bytes: [UInt8]) -> Result<[ClientRequestList.Element], ClientRequest.Malformed> {
    Result { () throws(ClientRequest.Malformed) in try ClientRequestList.elements(bytes.span) }
  }

  private func list(_ parts: [[UInt8]]) -> [UInt8] {
    Array("[".utf8) + parts.joined(separator: Array(",".utf8)) + Array("]".utf8)
  }

  private func body(_ random: inout SplitMix64) -> ClientRequest.Body {
    let key = Key(random.text())
    switch random.below(4) {
    case 0: return .command(.read(key))
    case 1: return .command(.write(key, random.value()))
    case 2: return .command(.compareAndSet(key, expected: random.value(), new: random.value()))
    default: return .position
    }
  }

  @Test("a random list of requests is read back as it was")
  func requests() {
    for seed in 0..<seedCount(default: 1000) {
      var random = SplitMix64(seed: seed)
      let written = (0...random.below(5)).map { _ in
        ClientRequestList.Element(id: random.next() >> 1, body: .success(body(&random)))
      }
      let bytes = list(
        written.map { element in
          var bytes: [UInt8] = []
          if case .success(let body) = element.body { ClientRequest(body).write(id: element.id, to: &bytes) }
          return bytes
        })
      guard elements(bytes) == .success(written), case .list(written) = ClientFrame(decoding: bytes.span)
      else {
        Issue.record("seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        return
      }
    }
  }

  @Test(
    "a list is refused as a whole where nobody could tell what answers what",
    arguments: [
      ("[", "the list of requests is not JSON: line 1, column 2: expected a value, found the end"),
      ("[]", "the list of requests is empty"),
      ("[1]", "request 1 of the list is no object with a number from 0 on as its \"id\""),
      (
        #"[{"id":1,"type":"position"},{"type":"position"}]"#,
        "request 2 of the list is no object with a number from 0 on as its \"id\""
      ),
      (
        #"[{"id":-1,"type":"get","key":"a"}]"#,
        "request 1 of the list is no object with a number from 0 on as its \"id\""
      ),
      (
        #"[{"id":1,"type":"get","key":"a"}"#,
        "the list of requests is not JSON: line 1, column 33: expected \"]\", found the end"
      ),
      (
        #"[{"id":1,"type":"get","key":"a"}] x"#,
        "the list of requests is not JSON: line 1, column 35: expected the end of the document"
      ),
    ])
  func refused(text: String, reason: String) {
    #expect(elements(Array(text.utf8)) == .failure(.init(reason: reason, wantsJSON: true)))
  }

  @Test("of a list, what is no request is refused by itself, white space and unknown members do no harm")
  func parts() throws {
    let text =
      #" [ {"id" : 0, "type":"get","key":"a","v":1,"x":[]} , {"id":1,"key":"a"},{"type":"get","key":"b","id":2}]"#
    #expect(
      try elements(Array(text.utf8)).get() == [
        .init(id: 0, body: .success(.command(.read("a")))),
        .init(id: 1, body: .failure(.init(reason: "the request has no \"type\"", wantsJSON: false))),
        .init(id: 2, body: .success(.command(.read("b")))),
      ])
  }

  // That would take minutes if each cost as much as all before it.
  @Test("a long list of what is unusual is read in one pass")
  func unusual() throws {
    let wrong = try elements(list(Array(repeating: Array(#"{"id":1,"v":""}"#.utf8), count: 65_000))).get()
    #expect(wrong.count == 65_000)
    #expect(wrong.allSatisfy { if case .failure = $0.body { true } else { false } })
    let long = elements(list(Array(repeating: [UInt8(ascii: "0")], count: 500_000)))
    let reason = #"request 1 of the list is no object with a number from 0 on as its "id""#
    #expect(long == .failure(.init(reason: reason, wantsJSON: true)))
  }

  @Test("a request beyond the greatest size is refused by itself, a list beyond its own as a whole")
  func sizes() throws {
    func request(id: UInt64, valueBytes: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      let value = Value.string(String(repeating: "x", count: valueBytes))
      ClientRequest(.command(.write("a", value))).write(id: id, to: &bytes)
      return bytes
    }
    let room = ClientRequest.bytesMax - request(id: 1, valueBytes: 0).count
    let read = try elements(
      list([request(id: 1, valueBytes: room), request(id: 2, valueBytes: room + 1)])
    ).get()
    #expect(throws: Never.self) { try read[0].body.get() }
    let reason = "the request has 262145 bytes; 262144 are allowed"
    #expect(read[1] == .init(id: 2, body: .failure(.init(reason: reason, wantsJSON: true))))
    let four = list(Array(repeating: request(id: 1, valueBytes: room - 2), count: 4))
    let spaces = Array(repeating: UInt8(ascii: " "), count: ClientRequestList.bytesMax - four.count)
    #expect(try elements(four + spaces).get().count == 4)
    #expect(
      elements(four + spaces + [UInt8(ascii: " ")])
        == .failure(
          .init(reason: "the list of requests has 1048577 bytes; 1048576 are allowed", wantsJSON: true)))
  }

  @Test("a random list of answers is read back as it was")
  func answers() {
    for seed in 0..<seedCount(default: 1000) {
      var random = SplitMix64(seed: seed)
      let stamp = Stamp(time: random.next() >> 1, server: ServerID(random.below(64)))
      let some: [(ClientRequest.Body, ClientAnswer)] = [
        (.command(.read("a")), .value(random.value(), random.percent(50) ? stamp : nil)),
        (.command(.write("a", 1)), .written(stamp)),
        (.command(.compareAndSet("a", expected: 1, new: 2)), .written(stamp)),
        (.command(.compareAndSet("a", expected: 1, new: 2)), .mismatch(random.value(), stamp)),
        (.command(.write("a", 1)), .busy(random.text())), (.command(.read("a")), .refused(random.text())),
        (.position, .position(random.next() >> 1)), (.barrier([]), .reached),
      ]
      let written = (0...random.below(5)).map { _ in (id: random.next() >> 1, pair: random.pick(some)) }
      var lists = AnswerLists()
      for (id, (body, answer)) in written {
        #expect(lists.add(answer, id: id, to: body.command, client: [7]) == nil)
      }
      #expect(lists.indices == 0..<1)
      lists.close(0)
      var reader = ClientAnswerList()
      var read = 0
      while let element = reader.next(lists[0].bytes.span) {
        guard read < written.count, element.id == written[read].id,
          element.answer(to: written[read].pair.0) == written[read].pair.1
        else {
          Issue.record("seed \(seed): \(String(decoding: lists[0].bytes, as: UTF8.self))")
          return
        }
        read += 1
      }
      #expect(read == written.count, "seed \(seed)")
    }
  }

  @Test("no bytes trap a reader of lists, and each ends")
  func fuzz() {
    var frame: [UInt8] = []
    for seed in 0..<seedCount(default: 5000) {
      var random = SplitMix64(seed: seed)
      frame.removeAll()
      ClientRequest(body(&random)).write(id: random.next() >> 1, to: &frame)
      let bytes = random.percent(80) ? random.mutation(of: list([frame, frame])) : random.bytes(upTo: 40)
      if case .failure(let error) = elements(bytes) { #expect(!error.reason.isEmpty, "seed \(seed)") }
      var answer: [UInt8] = []
      ClientAnswer.value(random.value(), nil).write(id: seed, to: nil, into: &answer)
      let answers = random.mutation(of: list([answer, answer]))
      var reader = ClientAnswerList()
      var count = 0
      while let element = reader.next(answers.span) {
        _ = element.answer(to: .command(.read("a")))
        count += 1
      }
      #expect(count <= answers.count, "seed \(seed)")
    }
  }

  @Test(
    "each client's answers go into a frame of its own, which is handed over before it grows beyond its bound")
  func frames() {
    var lists = AnswerLists()
    let large = ClientAnswer.value(.string(String(repeating: "x", count: 100_000)), nil)
    #expect(lists.add(large, id: 1, to: nil, client: [1]) == nil)
    #expect(lists.add(.reached, id: 2, to: nil, client: [2]) == nil)
    #expect(lists.add(large, id: 3, to: nil, client: [1]) == nil)
    #expect(lists.add(large, id: 4, to: nil, client: [1]) == 0)
    lists.close(0)
    lists.empty(0)
    #expect(lists.add(.reached, id: 5, to: nil, client: [1]) == nil)
    #expect(lists.indices.map { lists[$0].envelope } == [[1], [2]])
    #expect(
      lists.indices.map { String(decoding: lists[$0].bytes, as: UTF8.self) } == [
        #"[{"id":5,"ok":true}"#, #"[{"id":2,"ok":true}"#,
      ])
    lists.empty(0)
    lists.empty(1)
    lists.clear()
    #expect(lists.indices.isEmpty)
    #expect(lists.add(.reached, id: 6, to: nil, client: [3]) == nil)
    #expect(lists[0].envelope == [3])
  }

  @Test("answers to ever more clients are handed over before they are too many together")
  func manyClients() {
    var lists = AnswerLists()
    let large = ClientAnswer.value(.string(String(repeating: "x", count: 200_000)), nil)
    for _ in 0..<2 {
      var count = 0
      while !lists.areFull, count < 200 {
        #expect(lists.add(large, id: 1, to: nil, client: [UInt8(count)]) == nil)
        count += 1
      }
      #expect(count == 42)
      #expect(lists.indices.count == 42)
      for frame in lists.indices { lists.empty(frame) }
      lists.clear()
      #expect(!lists.areFull && lists.indices.isEmpty)
    }
  }

  @Test("a connection sends requests in frames that a server takes, however large they are")
  func connection() throws {
    let context = try Context()
    let server = try Socket(.router, in: context)
    let port = UInt16(try #require(try server.bind("tcp://127.0.0.1:*").port))
    let connection = try LoadConnection(port: port, sessions: 20, context: context)
    var control: [CInt] = [-1, -1]
    try #require(pipe(&control) == 0)
    defer { for descriptor in control { close(descriptor) } }
    try connection.connect(timeout: patience, control: ControlInput(descriptor: control[0]))
    let value = Value.string(String(repeating: "x", count: 100_000))
    for session in 0..<20 {
      let size = connection.add(
        .write("a", session == 4 ? .string(String(repeating: "x", count: ClientRequest.bytesMax)) : value),
        .init(session: UInt32(session), turn: 1))
      #expect((size > ClientRequest.bytesMax) == (session == 4))
    }
    #expect(try connection.send() == [])
    #expect(try connection.send() == [])
    var message = Message()
    var sessions: [UInt32] = []
    while sessions.count < 19 {
      try server.receive(into: &message)
      let elements = try elements(message.bytes(of: 1)).get()
      sessions += elements.map { LoadConnection.Tag(id: $0.id).session }
    }
    #expect(sessions == (0..<20).filter { $0 != 4 })
  }

  @Test("once requests were given up, each has a frame to itself until an answer comes")
  func behind() throws {
    let context = try Context()
    let server = try Socket(.router, in: context)
    let port = UInt16(try #require(try server.bind("tcp://127.0.0.1:*").port))
    let connection = try LoadConnection(port: port, sessions: 3, context: context)
    var control: [CInt] = [-1, -1]
    try #require(pipe(&control) == 0)
    defer { for descriptor in control { close(descriptor) } }
    try connection.connect(timeout: patience, control: ControlInput(descriptor: control[0]))
    var message = Message()
    func counts() throws -> [Int] {
      for session in 0..<3 as Range<UInt32> {
        _ = connection.add(.read("a"), .init(session: session, turn: 1))
      }
      #expect(try connection.send() == [])
      var counts: [Int] = []
      while counts.reduce(0, +) < 3 {
        try server.receive(into: &message)
        counts.append(try elements(message.bytes(of: 1)).get().count)
      }
      return counts
    }
    #expect(try counts() == [3])
    connection.noteGivenUp()
    #expect(try counts() == [1, 1, 1])
    #expect(try counts() == [1, 1, 1])
    try server.send(message.bytes(of: 0), more: true)
    try server.send(Array(#"[{"id":1,"ok":true,"value":1}]"#.utf8))
    var answered = 0
    while try !connection.receive({ _, _, _ in answered += 1 }) {}
    #expect(answered == 1)
    #expect(try counts() == [3])
  }
}
