import Configuration
import KeyValue
import Testing

/// A configuration of so many servers with faults.
private func document(servers: Int, _ faults: String) -> String {
  #"{"num_servers": \#(servers), "consistency_level": "eventual", "workload": {}, "faults": \#(faults)}"#
}

/// The first faults of a run.
private func occurrences(
  _ schedule: FaultSchedule, servers: Int, seed: UInt64 = 1, count: Int = 20
) -> [FaultOccurrence] {
  var plan = FaultPlan(schedule, servers: servers, seed: seed)
  return (0..<count).compactMap { _ in plan.next() }
}

@Suite("The faults of a configuration")
struct FaultScheduleTests {
  @Test(
    "each kind is read, and written out as it was",
    arguments: [
      (#"{"fault":"partition","shape":"halves","servers":[1,0]}"#, .partition(.halves)),
      (#"{"fault":"kill","servers":[0,1]}"#, .kill), (#"{"fault":"PAUSE","servers":["0","1"]}"#, .pause),
      (#"{"fault":"slow","by":"2ms","servers":[0,1]}"#, .slow(by: .milliseconds(2))),
      (
        #"{"fault":"delay","mean":5,"jitter":"1us","servers":[0,1]}"#,
        .delay(mean: .milliseconds(5), jitter: .microseconds(1))
      ),
      (#"{"fault":"loss","probability":0.01,"servers":[0,1]}"#, .loss(Share(perMillion: 10_000))),
      (#"{"fault":"duplicate","probability":1,"servers":[0,1]}"#, .duplicate(.always)),
      (
        #"{"fault":"reorder","probability":0.5,"servers":[0,1]}"#,
        .reorder(Share(perMillion: 500_000), by: .milliseconds(1))
      ),
      (
        #"{"fault":"clock","skew":"-50ms","clients":[4,2],"servers":[0,1]}"#,
        .clock(skew: .milliseconds(-50), clients: [2, 4])
      ),
      (#"{"fault":"reset","servers":[0,1]}"#, .reset),
      (#"{"fault":"bandwidth","bytes_per_second":1000,"servers":[0,1]}"#, .bandwidth(bytesPerSecond: 1000)),
      (#"{"fault":"queue","messages":0,"servers":[0,1]}"#, .queue(messages: 0)),
    ] as [(String, ScheduledFault.Kind)])
  func kinds(text: String, kind: ScheduledFault.Kind) throws {
    let configuration = try parse(document(servers: 4, "[\(text)]"))
    #expect(configuration.faults?.entries == [.fault(ScheduledFault(kind, servers: [0, 1]))])
    #expect(try parse(configuration.json.description) == configuration)
  }

  @Test("times are read, and faults drawn from the seed are described")
  func timing() throws {
    let configuration = try parse(
      document(
        servers: 4,
        """
        [{"fault": "pause", "at": "2s", "for": "1s", "every": "3s", "times": 5},
         {"fault": "random", "kinds": ["kill", "partition"], "every": "10ms", "for": "4ms"}, {"fault": "random"}]
        """))
    #expect(
      configuration.faults?.entries == [
        .fault(
          ScheduledFault(
            .pause, start: .seconds(2), duration: .seconds(1), period: .seconds(3), times: 5)),
        .random(
          RandomFaults(kinds: [.kill, .partition], period: .milliseconds(10), duration: .milliseconds(4))),
        .random(RandomFaults()),
      ])
    #expect(try parse(configuration.json.description) == configuration)
  }

  @Test(
    "what cannot be is reported by its path",
    arguments: [
      ("{}", ": found an object, expected a list of faults, at most 1000"),
      ("[1]", "[0]: found 1, expected an object with a fault and when it happens"),
      (
        #"[{"fault":"partion"}]"#,
        #"[0].fault: found "partion", expected partition, kill, pause, slow, delay, loss, duplicate, reorder, "#
          + #"clock, reset, bandwidth, queue or random; did you mean "partition"?"#
      ),
      (
        #"[{"fault":"partition"}]"#,
        "[0].shape: found nothing, expected isolate, halves, majority, bridge, ring or one-way"
      ),
      (
        #"[{"fault":"partition","shape":"ring"}]"#,
        #"[0].shape: found "ring", expected a shape that parts 3 servers"#
      ),
      (
        #"[{"fault":"partition","shape":"majority","servers":[0,1]}]"#,
        "[0].servers: found a list of 2, expected at most 1 for majority"
      ),
      (
        #"[{"fault":"kill","servers":[3]}]"#,
        "[0].servers: found a list of 1, expected a list of servers, each from 0 to 2 and once"
      ),
      (
        #"[{"fault":"kill","every":"1s"}]"#,
        #"[0].every: found "1s", expected a time for which it lasts, too, since it cannot begin again before it "#
          + "has ended"
      ),
      (
        #"[{"fault":"kill","every":"1s","for":1000}]"#,
        #"[0].every: found "1s", expected more than 1s, for which it lasts"#
      ),
      (
        #"[{"fault":"kill","times":2}]"#,
        "[0].times: found 2, expected none without how often it begins: every"
      ),
      (
        #"[{"fault":"reset","for":"1s"}]"#,
        "[0].for: found an unknown member, expected only fault, servers, at, every and times"
      ),
      (#"[{"fault":"loss"}]"#, "[0].probability: found nothing, expected a number from 0 to 1"),
      (
        #"[{"fault":"random","kinds":[]}]"#,
        "[0].kinds: found a list of 0, expected a list of kinds of faults"
      ),
    ])
  func problems(text: String, line: String) {
    #expect(lines(document(servers: 3, text)) == ["$.faults\(line)"])
  }
}

@Suite("The faults of a run")
struct FaultPlanTests {
  @Test("come in order of their beginnings, from the schedule and the seed only")
  func order() {
    let schedule = FaultSchedule([
      .fault(
        ScheduledFault(.kill, start: .milliseconds(5), duration: .milliseconds(1), period: .milliseconds(7))),
      .random(RandomFaults(period: .milliseconds(3), duration: .milliseconds(2))),
      .fault(ScheduledFault(.pause, start: .milliseconds(6))),
    ])
    let drawn = occurrences(schedule, servers: 5, count: 500)
    #expect(drawn.count == 500)
    #expect(drawn == occurrences(schedule, servers: 5, count: 500))
    #expect(drawn != occurrences(schedule, servers: 5, seed: 2, count: 500))
    #expect(zip(drawn, drawn.dropFirst()).allSatisfy { $0.start <= $1.start })
    #expect(drawn.map(\.number) == Array(0..<500))
    #expect(Set(drawn.map(\.kind.name)).count == FaultName.allCases.count)
    #expect(drawn.allSatisfy { $0.servers.allSatisfy { (0..<5).contains($0) } })
    let kills = drawn.filter { $0.kind == .kill && $0.start.nanoseconds % 7_000_000 == 5_000_000 }
    #expect(kills.count >= 100)
  }

  @Test("end after the times that they were given")
  func times() {
    let schedule = FaultSchedule([
      .fault(
        ScheduledFault(.kill, duration: .milliseconds(1), period: .milliseconds(2), times: 3)),
      .random(RandomFaults(times: 4)), .fault(ScheduledFault(.pause)),
    ])
    #expect(occurrences(schedule, servers: 2, count: 50).count == 8)
  }

  @Test(
    "a shape cuts the links that it is named for",
    arguments: [
      (PartitionShape.isolate, [0], 3, [[0, 1], [0, 2], [1, 0], [2, 0]]),
      (.isolate, [0, 1], 3, [[0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1]]),
      (.halves, [0, 1], 3, [[0, 2], [1, 2], [2, 0], [2, 1]]),
      (.majority, [2], 3, [[0, 2], [1, 2], [2, 0], [2, 1]]), (.oneWay, [1], 3, [[1, 0], [1, 2]]),
      (.bridge, [1], 3, [[0, 2], [2, 0]]), (.ring, nil, 4, [[0, 2], [1, 3], [2, 0], [3, 1]]),
    ] as [(PartitionShape, [Int]?, Int, [[Int]])])
  func shapes(shape: PartitionShape, servers: [Int]?, count: Int, cut: [[Int]]) throws {
    let schedule = FaultSchedule([.fault(ScheduledFault(.partition(shape), servers: servers))])
    let occurrence = try #require(occurrences(schedule, servers: count).first)
    #expect(occurrence.links.map { [$0.from, $0.to] } == cut)
  }

  @Test("a shape without named servers parts some, whatever the seed")
  func drawnShapes() throws {
    for shape in PartitionShape.allCases {
      for count in shape.serverCountMin...7 {
        let schedule = FaultSchedule([.fault(ScheduledFault(.partition(shape)))])
        for seed in 0..<20 as Range<UInt64> {
          let links = try #require(occurrences(schedule, servers: count, seed: seed).first).links
          #expect(!links.isEmpty && links.count <= count * (count - 1), "\(shape) of \(count), seed \(seed)")
        }
      }
    }
  }

  @Test("a fault tells the history what it is, whom it concerns and when it ends")
  func details() throws {
    let schedule = FaultSchedule([
      .fault(ScheduledFault(.partition(.oneWay), servers: [1], duration: .seconds(1)))
    ])
    let occurrence = try #require(occurrences(schedule, servers: 2).first)
    #expect(
      occurrence.details(isStart: true)
        == ["fault": 0, "phase": "start", "servers": [1], "shape": "one-way", "cut": [[1, 0]]])
    #expect(occurrence.details(isStart: false) == ["fault": 0, "phase": "end", "servers": [1]])
    #expect(occurrence.end == .seconds(1))
  }
}
