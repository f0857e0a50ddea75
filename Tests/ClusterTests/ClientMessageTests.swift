import KeyValue
import Replication
import TestSupport
import Testing

@testable import Cluster

@Suite("Requests of clients")
struct ClientRequestTests {
  private func decode(_ bytes: [UInt8]) -> Result<ClientRequest, ClientRequest.Malformed> {
    Result { () throws(ClientRequest.Malformed) in try ClientRequest(decoding: bytes.span) }
  }

  private func decode(_ text: String) -> Result<ClientRequest, ClientRequest.Malformed> {
    decode(Array(text.utf8))
  }

  @Test(
    "each type and its aliases are understood",
    arguments: [
      (#"{"type":"get","key":"a","value":null}"#, ClientRequest.Body.command(.read("a"))),
      (#"{"type":"get","key":""}"#, .command(.read(""))),
      (#"{"key":"a","type":"read"}"#, .command(.read("a"))),
      (#"{"type":"set","key":"a","value":10}"#, .command(.write("a", 10))),
      (#"{"type":"write","key":"a","value":"10"}"#, .command(.write("a", "10"))),
      (#"{"type":"put","key":"a","value":null}"#, .command(.write("a", nil))),
      (#"{"type":"set","key":"a","value":true,"more":[1]}"#, .command(.write("a", true))),
      (#" {"type":"position"} "#, .position), (#"{"type":"barrier","value":[0,3]}"#, .barrier([0, 3])),
    ])
  func understood(text: String, body: ClientRequest.Body) {
    #expect(decode(text) == .success(ClientRequest(body, wantsJSON: false)))
    let rich = text.replacing("{\"", with: "{\"v\":1,\"", maxReplacements: 1)
    #expect(decode(rich) == .success(ClientRequest(body, wantsJSON: true)))
  }

  @Test(
    "a bad request gets a sentence that says what is wrong",
    arguments: [
      ("", "the request is not JSON: line 1, column 1: expected a value, found the end"),
      ("hello", "the request is not JSON: line 1, column 1: expected a value, found \"h\""),
      (
        #"{"type":"get","key":"a"} x"#,
        "the request is not JSON: line 1, column 26: expected the end of the document"
      ),
      ("[1]", "the request is a list, not an object"), ("10", "the request is an integer, not an object"),
      ("{}", "the request has no \"type\""), (#"{"type":5}"#, "\"type\" is an integer, not a string"),
      (#"{"type":"GET","key":"a"}"#, "the type \"GET\" is not one of get, set, cas, position, barrier"),
      (#"{"type":"get"}"#, "the request has no \"key\""),
      (#"{"type":"get","key":5}"#, "\"key\" is an integer, not a string"),
      (#"{"type":"get","key":null}"#, "\"key\" is null, not a string"),
      (#"{"type":"set","key":"a"}"#, "the request has no \"value\""),
      (#"{"type":"set","value":1}"#, "the request has no \"key\""),
      (#"{"type":"set","key":"a","value":[1]}"#, "\"value\" is a list, not a scalar"),
      (#"{"type":"set","key":"a","value":{}}"#, "\"value\" is an object, not a scalar"),
      (#"{"type":"barrier"}"#, "\"value\" must be a list with the number of updates of each server"),
      (
        #"{"type":"barrier","value":[-1]}"#,
        "\"value\" must be a list with the number of updates of each server"
      ),
      (
        #"{"type":"cas","key":"a","value":[1]}"#,
        "\"value\" must be a list of the expected and the new value"
      ),
      (
        #"{"type":"cas","key":"a","value":[1,{}]}"#,
        "\"value\" must be a list of the expected and the new value"
      ),
      (#"{"type":"cas","value":[1,2]}"#, "the request has no \"key\""),
      (
        #"{"type":"barrier","value":[1,"2"]}"#,
        "\"value\" must be a list with the number of updates of each server"
      ),
    ])
  func sentences(text: String, reason: String) {
    #expect(decode(text) == .failure(.init(reason: reason, wantsJSON: false)))
    guard text.hasPrefix("{\"") && !text.hasSuffix("x") else { return }
    let rich = text.replacing("{\"", with: "{\"v\":1,\"", maxReplacements: 1)
    #expect(decode(rich) == .failure(.init(reason: reason, wantsJSON: true)))
  }

  @Test("a number that does not fit, a text that is not UTF-8 and another version are refused")
  func others() {
    for (text, part) in [
      (#"{"type":"set","key":"a","value":9223372036854775808}"#, "does not fit in 64 bits"),
      (#"{"type":"set","key":"a","value":1e400}"#, "does not fit in 64 bits"),
      (#"{"v":2,"type":"get","key":"a"}"#, "\"v\" must be 1 or absent"),
      (#"{"v":null,"type":"get","key":"a"}"#, "\"v\" must be 1 or absent"),
    ] {
      guard case .failure(let error) = decode(text), error.reason.contains(part), !error.wantsJSON else {
        Issue.record("\(text): \(decode(text))")
        continue
      }
    }
    guard case .failure = decode(Array(#"{"type":"get","key":""#.utf8) + [0xFF] + Array("\"}".utf8)) else {
      Issue.record("a key that is not UTF-8 was accepted")
      return
    }
  }

  @Test("a request of the greatest size is read, one byte more is too much")
  func size() {
    let frame = #"{"type":"set","key":"a","value":""}"#
    let value = String(repeating: "x", count: ClientRequest.bytesMax - frame.utf8.count)
    let bytes = ClientRequest(.command(.write("a", .string(value))), wantsJSON: false).bytes
    #expect(bytes.count == ClientRequest.bytesMax)
    #expect(decode(bytes) == .success(ClientRequest(.command(.write("a", .string(value))), wantsJSON: false)))
    let reason = "the request has 262145 bytes; 262144 are allowed"
    #expect(decode(bytes + [0x20]) == .failure(.init(reason: reason, wantsJSON: false)))
  }

  @Test("a random request is read back as it was")
  func roundTrip() {
    for seed in 0..<seedCount(default: 1000) {
      var random = SplitMix64(seed: seed)
      let key = Key(random.text())
      let bodies: [ClientRequest.Body] = [
        .command(.read(key)), .command(.write(key, random.value())), .position,
        .command(.compareAndSet(key, expected: random.value(), new: random.value())),
        .barrier((0..<random.below(5)).map { _ in random.next() >> 1 }),
      ]
      let request = ClientRequest(random.pick(bodies), wantsJSON: random.percent(50))
      guard case .success(let read) = decode(request.bytes), read == request, read.bytes == request.bytes
      else {
        Issue.record("seed \(seed): \(request)")
        return
      }
    }
  }

  @Test("the short way of reading common requests reads what the long way does, and nothing else")
  func commonForm() {
    for seed in 0..<seedCount(default: 5000) {
      var random = SplitMix64(seed: seed)
      let key = Key(random.text())
      let command: Command = random.percent(50) ? .read(key) : .write(key, random.value())
      let bytes = random.mutation(of: ClientRequest(.command(command), wantsJSON: random.percent(50)).bytes)
      guard bytes.first == UInt8(ascii: "{"), bytes.dropFirst().first == UInt8(ascii: "\"") else { continue }
      // A member that is not known sends it the long way.
      let long = try? decode(Array(#"{"x":0,"#.utf8) + bytes.dropFirst()).get()
      guard (try? decode(bytes).get()) == long else {
        Issue.record("seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        return
      }
    }
  }

  @Test("no bytes trap the reader")
  func fuzz() {
    for seed in 0..<seedCount(default: 20_000) {
      var random = SplitMix64(seed: seed)
      let request = ClientRequest(.command(.write(Key(random.text()), random.value())))
      let bytes = random.percent(80) ? random.mutation(of: request.bytes) : random.bytes(upTo: 40)
      if case .failure(let error) = decode(bytes) { #expect(!error.reason.isEmpty, "seed \(seed)") }
    }
  }
}

@Suite("Answers to clients")
struct ClientAnswerTests {
  private let stamp = Stamp(time: 7, server: ServerID(2))

  private func text(_ answer: ClientAnswer, wantsJSON: Bool, key: Key? = nil) -> String {
    String(
      decoding: answer.bytes(wantsJSON: wantsJSON, to: key.map { .read($0) }), as: UTF8.self)
  }

  @Test("plain answers are exactly these texts")
  func plain() {
    #expect(text(.written(stamp), wantsJSON: false) == "success")
    #expect(text(.reached, wantsJSON: false) == "success")
    #expect(text(.refused("no"), wantsJSON: false) == "error: no")
    #expect(text(.position(3), wantsJSON: false) == "position:3")
    for (value, expected) in [
      (Value.integer(10), "a:10"), (.number(10), "a:10.0"), (.number(1.5), "a:1.5"),
      (.string("text"), "a:text"),
      (.string(""), "a:"), (.string("null"), "a:null"), (.null, "a:null"), (true, "a:true"),
      (.string("x\"y\n:z"), "a:x\"y\n:z"), (.integer(.min), "a:-9223372036854775808"),
    ] { #expect(text(.value(value, stamp), wantsJSON: false, key: "a") == expected) }
    #expect(text(.value(1, nil), wantsJSON: false, key: "") == ":1")
  }

  @Test("answers in JSON tell null, the empty text and the text null apart")
  func rich() {
    #expect(text(.written(stamp), wantsJSON: true) == #"{"ok":true,"stamp":[7,2]}"#)
    #expect(text(.refused("a \"b\""), wantsJSON: true) == #"{"ok":false,"error":"a \"b\""}"#)
    #expect(text(.busy("b"), wantsJSON: true) == #"{"ok":false,"busy":true,"error":"b"}"#)
    #expect(text(.busy("b"), wantsJSON: false) == "error: b")
    #expect(text(.position(3), wantsJSON: true) == #"{"ok":true,"position":3}"#)
    #expect(text(.reached, wantsJSON: true) == #"{"ok":true}"#)
    for (value, expected) in [
      (Value.null, "null"), (.string(""), #""""#), (.string("null"), #""null""#), (.integer(10), "10"),
      (.number(10), "10.0"), (.string("10"), #""10""#), (false, "false"),
    ] {
      let answer = text(.value(value, nil), wantsJSON: true, key: "a")
      #expect(answer == #"{"ok":true,"value":\#(expected)}"#)
    }
  }

  private static let comparison = ClientRequest.Body.command(.compareAndSet("a", expected: 1, new: 2))

  @Test("a compare-and-set is answered with whether it was applied, and if not with what the key holds")
  func comparison() {
    let applied = ClientAnswer.written(stamp)
    let mismatch = ClientAnswer.mismatch("x", stamp)
    let command = Self.comparison.command
    #expect(String(decoding: applied.bytes(wantsJSON: false, to: command), as: UTF8.self) == "success")
    #expect(String(decoding: mismatch.bytes(wantsJSON: false, to: command), as: UTF8.self) == "mismatch a:x")
    #expect(
      String(decoding: applied.bytes(wantsJSON: true, to: command), as: UTF8.self)
        == #"{"ok":true,"applied":true,"stamp":[7,2]}"#)
    #expect(
      String(decoding: mismatch.bytes(wantsJSON: true, to: command), as: UTF8.self)
        == #"{"ok":true,"applied":false,"value":"x","stamp":[7,2]}"#)
  }

  @Test("a random answer in JSON is read back as it was")
  func roundTrip() {
    for seed in 0..<seedCount(default: 1000) {
      var random = SplitMix64(seed: seed)
      let stamp = Stamp(time: random.next() >> 1, server: ServerID(random.below(64)))
      let reply: [(ClientRequest.Body, ClientAnswer)] = [
        (.command(.read("a")), ClientAnswer(.value(random.value(), random.percent(50) ? stamp : nil))),
        (.command(.write("a", 1)), ClientAnswer(.written(stamp))), (.position, .position(random.next() >> 1)),
        (Self.comparison, ClientAnswer(.written(stamp))),
        (Self.comparison, ClientAnswer(.mismatch(random.value(), random.percent(50) ? stamp : nil))),
        (.barrier([]), ClientAnswer(.reached)), (.position, ClientAnswer(.refused(random.text()))),
        (.barrier([]), ClientAnswer(.busy(random.text()))),
      ]
      let (body, answer) = random.pick(reply)
      let bytes = answer.bytes(wantsJSON: true, to: body.command)
      guard let read = ClientAnswer(decoding: bytes.span, to: body), read == answer,
        read.bytes(wantsJSON: true, to: body.command) == bytes
      else {
        Issue.record("seed \(seed): \(answer)")
        return
      }
    }
  }

  @Test("what is no answer to the request is taken for none, and no bytes trap")
  func noAnswer() {
    for (text, body) in [
      ("success", ClientRequest.Body.command(.write("a", 1))), ("", .position), ("[]", .position),
      ("{}", .position),
      (#"{"ok":1}"#, .position), (#"{"ok":true}"#, .position), (#"{"ok":true}"#, .command(.read("a"))),
      (#"{"ok":true,"value":[1]}"#, .command(.read("a"))), (#"{"ok":true}"#, .command(.write("a", 1))),
      (#"{"ok":true,"stamp":[1]}"#, .command(.write("a", 1))), (#"{"ok":true,"position":-1}"#, .position),
      (#"{"ok":true,"stamp":[1,0]}"#, Self.comparison), (#"{"ok":true,"applied":false}"#, Self.comparison),
      (#"{"ok":true,"applied":true,"value":1}"#, Self.comparison),
      (#"{"ok":true,"stamp":[-1,0]}"#, .command(.write("a", 1))),
      (#"{"ok":true,"stamp":[1,-1]}"#, .command(.write("a", 1))),
      (#"{"ok":true,"stamp":[1,65536]}"#, .command(.write("a", 1))),
    ] { #expect(ClientAnswer(decoding: Array(text.utf8).span, to: body) == nil, "\(text)") }
    for seed in 0..<seedCount(default: 5000) {
      var random = SplitMix64(seed: seed)
      let bytes = ClientAnswer.value(random.value(), stamp).bytes(wantsJSON: true, to: nil)
      _ = ClientAnswer(decoding: random.mutation(of: bytes).span, to: .command(.read("a")))
    }
  }
}
