import KeyValue
import Replication
import TestSupport
import Testing

@Suite("Lamport clocks")
struct LamportClockTests {
  @Test("every time given out is greater than all that were given out, seen or asked for before")
  func growth() {
    for seed in 0..<seedCount(default: 200) {
      var random = SplitMix64(seed: seed)
      var clock = LamportClock()
      var latest: LogicalTime = 0
      for _ in 0..<100 {
        let number = UInt64(random.below(1000))
        if random.percent(50) {
          clock.witness(number)
          latest = max(latest, number)
          #expect(clock.time == latest, "seed \(seed)")
        } else {
          let time = clock.tick(notBefore: random.percent(50) ? 0 : number)
          #expect(time > latest && time == clock.time, "seed \(seed)")
          latest = time
        }
      }
    }
  }

  @Test("a time that is not held up by the wall clock is the next one")
  func steps() {
    var clock = LamportClock()
    #expect([clock.tick(), clock.tick(), clock.tick(notBefore: 2)] == [1, 2, 3])
    #expect(clock.tick(notBefore: 100) == 100)
    clock.witness(50)
    #expect(clock.tick() == 101)
  }

  @Test("stamps go by time, and by server where times are equal")
  func stamps() {
    let sorted = [(1, 0), (1, 2), (2, 0), (2, 1), (10, 0)].map { Stamp(time: $0.0, server: ServerID($0.1)) }
    #expect(sorted.reversed().sorted() == sorted)
    #expect(Set(sorted).count == sorted.count)
  }
}
