import Configuration
import Testing

@Suite("The problems of a configuration")
struct ConfigurationProblemTests {
  @Test("a configuration without a problem reports none")
  func valid() {
    #expect(lines(#"{"num_servers": 1, "consistency_level": "eventual", "clients": [\#(client())]}"#) == [])
  }

  @Test(
    "a text that is not JSON is reported with line and column",
    arguments: [
      ("", "not JSON: line 1, column 1: expected a value, found the end"),
      ("{\n  \"num_servers\": 2,\n}", #"not JSON: line 3, column 1: expected a string, found "}""#),
      ("{} {}", "not JSON: line 1, column 4: expected the end of the document"),
    ])
  func notJSON(text: String, line: String) {
    #expect(lines(text) == [line])
  }

  @Test(
    "a document that is no object is reported as such",
    arguments: [("[]", "a list of 0"), ("1", "1"), ("null", "null")])
  func notAnObject(text: String, found: String) {
    #expect(
      lines(text) == [
        "$: found \(found), expected an object with num_servers, consistency_level, protocol, port_number, "
          + "initial, clients, workload, faults, bounds and simulation"
      ])
  }

  @Test("everything that is missing is reported at once")
  func missing() {
    #expect(
      lines("{}") == [
        "$.num_servers: found nothing, expected the number of servers, 1 to 64",
        "$.consistency_level: found nothing, expected linearizable, sequential or eventual",
        "$.clients: found nothing, expected a list of clients, 1 to 1024",
      ])
  }

  @Test(
    "a number of servers that is none is reported",
    arguments: [
      "0", "-1", "65", "1.5", "9223372036854775807", #""two""#, #""02""#, "true", "null", "[2]", "{}",
    ])
  func serverCount(text: String) {
    let found = ["[2]": "a list of 1", "{}": "an object"][text] ?? text
    #expect(
      lines(#"{"num_servers": \#(text), "consistency_level": "eventual", "clients": [\#(client())]}"#)
        == ["$.num_servers: found \(found), expected the number of servers, 1 to 64"])
  }

  @Test(
    "a level or protocol that cannot be is reported",
    arguments: [
      (
        #""consistency_level": "strong""#,
        #"$.consistency_level: found "strong", expected linearizable, sequential or eventual"#
      ),
      (
        #""consistency_level": "linearizible""#,
        #"$.consistency_level: found "linearizible", expected linearizable, sequential or eventual; "#
          + #"did you mean "linearizable"?"#
      ),
      (
        #""consistency_level": 1"#,
        "$.consistency_level: found 1, expected linearizable, sequential or eventual"
      ),
      (
        #""consistency_level": "linearizable", "protocol": "local-read""#,
        #"$.protocol: found "local-read", which does not provide linearizable, expected total-order-broadcast"#
      ),
      (
        #""consistency_level": "sequential", "protocol": "last-writer-wins""#,
        #"$.protocol: found "last-writer-wins", which does not provide sequential, "#
          + "expected total-order-broadcast or local-read"
      ),
      (
        #""consistency_level": "eventual", "protocol": "local-reads""#,
        #"$.protocol: found "local-reads", expected total-order-broadcast, local-read or last-writer-wins; "#
          + #"did you mean "local-read"?"#
      ),
      (
        #""consistency_level": "eventual", "protocol": []"#,
        "$.protocol: found a list of 0, expected total-order-broadcast, local-read or last-writer-wins"
      ),
    ])
  func levelAndProtocol(members: String, line: String) {
    #expect(lines(#"{"num_servers": 1, \#(members), "clients": [\#(client())]}"#) == [line])
  }

  @Test(
    "ports that cannot be are reported",
    arguments: [
      ("1", ["$.port_number: found 1, expected an object or a list with three ports for each server"]),
      (
        "{}",
        [
          "$.port_number: found nothing for server 0 and 1, expected the ports of each server, as num_servers is 2"
        ]
      ),
      (
        "[[1, 2, 3]]",
        ["$.port_number: found nothing for server 1, expected the ports of each server, as num_servers is 2"]
      ),
      (
        "[[1, 2, 3], null, [4, 5, 6]]",
        [
          "$.port_number[2]: found ports of a server that does not exist, "
            + "expected a server from 0 to 1, as num_servers is 2"
        ]
      ),
      (
        #"{"0": null, "1": null, "02": null, "x y": null}"#,
        [
          #"$.port_number["02"]: found ports of a server that does not exist, "#
            + "expected a server from 0 to 1, as num_servers is 2",
          #"$.port_number["x y"]: found ports of a server that does not exist, "#
            + "expected a server from 0 to 1, as num_servers is 2",
        ]
      ),
      (
        #"{"0": null, "1": null, "0": null}"#,
        [#"$.port_number["0"]: found a second entry for server 0, expected one"#]
      ),
      (
        "[[1, 2], 3]",
        [
          "$.port_number[0]: found a list of 2, expected a list of three ports: peer, publish and client",
          "$.port_number[1]: found 3, expected a list of three ports: peer, publish and client",
        ]
      ),
      (
        #"{"0": [-1, 65536, 1.5], "1": ["80", true, []]}"#,
        [
          #"["0"][0]: found -1"#, #"["0"][1]: found 65536"#, #"["0"][2]: found 1.5"#,
          #"["1"][0]: found "80""#, #"["1"][1]: found true"#, #"["1"][2]: found a list of 0"#,
        ].map { "$.port_number\($0), expected a port from 1 to 65535, or 0 for a free one" }
      ),
      (
        #"{"0": [7, 0, 7], "1": [0, 7, 0]}"#,
        [
          #"$.port_number["0"][2]: found 7, which $.port_number["0"][0] has too, expected a port of its own"#,
          #"$.port_number["1"][1]: found 7, which $.port_number["0"][0] has too, expected a port of its own"#,
        ]
      ),
    ])
  func ports(text: String, expected: [String]) {
    #expect(
      lines(
        #"{"num_servers": 2, "consistency_level": "eventual", "port_number": \#(text), "clients": [\#(client())]}"#
      )
        == expected)
  }

  @Test(
    "initial values that cannot be are reported",
    arguments: [
      ("[]", ["$.initial: found a list of 0, expected an object of keys and their values"]),
      (
        #"{"a": [1, 2], "b": {}, "": 1, "c": 1, "c": 2}"#,
        [
          "$.initial.a: found a list of 2, expected a string, a number, true, false or null",
          "$.initial.b: found an object, expected a string, a number, true, false or null",
          #"$.initial[""]: found an empty key, expected a key that is not empty"#,
          "$.initial.c: found a second value for this key, expected one",
        ]
      ),
    ])
  func initial(text: String, expected: [String]) {
    #expect(
      lines(
        #"{"num_servers": 1, "consistency_level": "eventual", "initial": \#(text), "clients": [\#(client())]}"#
      )
        == expected)
  }

  @Test(
    "clients that cannot be are reported",
    arguments: [
      ("{}", ["$.clients: found an object, expected a list of clients, 1 to 1024"]),
      ("[]", ["$.clients: found a list of 0, expected a list of clients, 1 to 1024"]),
      (
        "[1]",
        ["$.clients[0]: found 1, expected an object with client_number, server_number and requests"]
      ),
      (
        "[{}]",
        [
          "$.clients[0].client_number: found nothing, expected a number from 0 to 1000000",
          "$.clients[0].server_number: found nothing, expected a server from 0 to 1",
          "$.clients[0].requests: found nothing, expected a list of at least one request",
        ]
      ),
      (
        "[\(client(number: "-1", server: "2")), \(client(number: "1e3", server: #""x""#))]",
        [
          "$.clients[0].client_number: found -1, expected a number from 0 to 1000000",
          "$.clients[0].server_number: found 2, expected a server from 0 to 1",
          #"$.clients[1].server_number: found "x", expected a server from 0 to 1"#,
        ]
      ),
      (
        "[\(client(number: "3")), \(client(number: #""3""#))]",
        [
          "$.clients[1].client_number: found 3, which $.clients[0].client_number has too, "
            + "expected a number of its own"
        ]
      ),
      (
        "[\(client(requests: "[]")), \(client(number: "1", requests: "{}"))]",
        [
          "$.clients[0].requests: found a list of 0, expected a list of at least one request",
          "$.clients[1].requests: found an object, expected a list of at least one request",
        ]
      ),
    ])
  func clients(text: String, expected: [String]) {
    #expect(
      lines(#"{"num_servers": 2, "consistency_level": "eventual", "clients": \#(text)}"#) == expected)
  }

  @Test("compare-and-set is refused where the protocol does not order writes, and there only")
  func compareAndSet() {
    let clients =
      #""clients": [{"client_number": 0, "server_number": 0, "requests": [{"type": "cas", "key": "a", "value": [1, 2]}]}]"#
    let path = "$.clients[0].requests[0].type"
    #expect(
      lines(#"{"num_servers": 1, "consistency_level": "eventual", \#(clients)}"#) == [
        path
          + #": found "cas", which last-writer-wins cannot offer, expected get, set or sleep, or a protocol that orders all writes"#
      ])
    for more in [
      #""consistency_level": "eventual", "protocol": "local-read""#, #""consistency_level": "linearizable""#,
    ] {
      #expect(lines(#"{"num_servers": 1, \#(more), \#(clients)}"#) == [])
    }
    let request = "$.clients[0].requests[0]"
    for (value, expected) in [
      ("[1]", "\(request).value: found a list of 1, expected a list of the expected and the new value"),
      ("1", "\(request).value: found 1, expected a list of the expected and the new value"),
      (
        "[1, [2]]",
        "\(request).value[1]: found a list of 1, expected a string, a number, true, false or null"
      ),
    ] {
      let clients = clients.replacing("[1, 2]", with: value)
      #expect(
        lines(#"{"num_servers": 1, "consistency_level": "linearizable", \#(clients)}"#) == [expected])
    }
  }

  @Test(
    "a request that cannot be is reported",
    arguments: [
      ("[]", ": found a list of 0, expected an object with type, key and value"),
      ("{}", ".type: found nothing, expected get, set, cas or sleep"),
      (#"{"type": 1}"#, ".type: found 1, expected get, set, cas or sleep"),
      (#"{"type": "increment"}"#, #".type: found "increment", expected get, set, cas or sleep"#),
      (
        #"{"request_type": "wirte"}"#,
        #".request_type: found "wirte", expected get, set, cas or sleep; did you mean "write"?"#
      ),
      (#"{"type": "get"}"#, ".key: found nothing, expected the key to get, a string that is not empty"),
      (#"{"type": "get", "key": 1}"#, ".key: found 1, expected the key to get, a string that is not empty"),
      (
        #"{"type": "get", "key": ""}"#,
        #".key: found "", expected the key to get, a string that is not empty"#
      ),
      (#"{"type": "get", "key": "a", "value": 1}"#, ".value: found 1, expected no value, as a get has none"),
      (
        #"{"type": "set", "value": 1}"#,
        ".key: found nothing, expected the key to set, a string that is not empty"
      ),
      (
        #"{"type": "set", "key": "a"}"#,
        ".value: found nothing, expected the value to set: a string, a number, true, false or null"
      ),
      (
        #"{"type": "set", "key": "a", "value": [1, 2]}"#,
        ".value: found a list of 2, expected the value to set: a string, a number, true, false or null"
      ),
      (#"{"type": "sleep", "key": "a"}"#, #".key: found "a", expected no key, as a sleep has none"#),
    ])
  func request(text: String, line: String) {
    #expect(
      lines(
        """
        {"num_servers": 1, "consistency_level": "eventual",
         "clients": [\(client(requests: #"[{"type": "get", "key": "a"}, \#(text)]"#))]}
        """) == ["$.clients[0].requests[1]\(line)"])
  }

  @Test(
    "a time to sleep that cannot be is reported",
    arguments: ["-1", "0.5", "1e300", "3600001", #""soon""#, #""5""#, "true"])
  func sleep(text: String) {
    let found = text == "1e300" ? "1e+300" : text
    let requests = #"[{"type": "sleep", "value": \#(text)}]"#
    #expect(
      lines(
        #"{"num_servers": 1, "consistency_level": "eventual", "clients": [\#(client(requests: requests))]}"#)
        == [
          "$.clients[0].requests[0].value: found \(found), "
            + "expected whole milliseconds from 0 to 3600000, or none for a random time"
        ])
  }

  @Test(
    "a member that is unknown or repeated is reported",
    arguments: [
      (
        #""port_numbers": {}"#,
        "$.port_numbers: found an unknown member, expected only num_servers, consistency_level, protocol, "
          + #"port_number, initial, clients, workload, faults, bounds and simulation; did you mean "port_number"?"#
      ),
      (
        #""x-y": {}"#,
        #"$["x-y"]: found an unknown member, expected only num_servers, consistency_level, protocol, "#
          + "port_number, initial, clients, workload, faults, bounds and simulation"
      ),
      (#""num_servers": 1"#, "$.num_servers: found a second member of this name, expected one of them"),
    ])
  func members(member: String, line: String) {
    #expect(
      lines(#"{"num_servers": 1, "consistency_level": "eventual", "clients": [\#(client())], \#(member)}"#)
        == [line])
  }

  @Test("two spellings of one member are reported")
  func bothSpellings() {
    let requests = #"[{"type": "get", "request_type": "get", "key": "a"}]"#
    #expect(
      lines(
        #"{"num_servers": 1, "consistency_level": "eventual", "clients": [\#(client(requests: requests))]}"#)
        == [
          "$.clients[0].requests[0].request_type: found $.clients[0].requests[0].type too, expected one of them"
        ])
  }

  @Test("more clients or requests than the limits allow are reported")
  func limits() {
    let clients = (0...ClusterConfiguration.clientCountMax).map { client(number: "\($0)") }
    #expect(
      lines(
        #"{"num_servers": 1, "consistency_level": "eventual", "clients": [\#(clients.joined(separator: ","))]}"#
      )
        == ["$.clients: found a list of 1025, expected a list of clients, 1 to 1024"])
    let requests = Array(
      repeating: #"{"type": "get", "key": "a"}"#, count: ClusterConfiguration.requestCountMax)
    let many = client(requests: "[\(requests.joined(separator: ","))]")
    #expect(
      lines(
        #"{"num_servers": 1, "consistency_level": "eventual", "clients": [\#(many), \#(client(number: "1"))]}"#
      )
        == ["$.clients: found 100001 requests, expected at most 100000 of all clients together"])
  }

  @Test("a message stays on one line and short, whatever the document says")
  func hostileText() {
    let hostile = String(repeating: "\u{1B}[2J\u{85}\u{2028}\u{202E}\n", count: 10_000)
    let json = #"{"\#(hostile)": 1, "consistency_level": "\#(hostile)"}"#.replacing("\n", with: #"\n"#)
      .replacing("\u{1B}", with: #"\u001b"#)
    let lines = lines(json)
    #expect(lines.count == 4)
    for line in lines {
      #expect(line.count < 300)
      #expect(!line.contains { $0.isNewline })
      #expect(!line.unicodeScalars.contains { $0.properties.generalCategory == .control })
    }
  }
}

/// The JSON of a client.
private func client(
  number: String = "0", server: String = "0", requests: String = #"[{"type": "get", "key": "a"}]"#
) -> String {
  #"{"client_number": \#(number), "server_number": \#(server), "requests": \#(requests)}"#
}
