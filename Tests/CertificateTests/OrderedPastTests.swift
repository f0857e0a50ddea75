import Consistency
import History
import KeyValue
import Reports
import TestSupport
import Testing

@testable import Certificate

/// The two ways in which the verifier finds what comes causally between a read and what it found.
@Suite("Searching along an order finds what vector clocks find")
struct OrderedPastTests {
  /// What operations of a history may have read from, where that is settled; nil where something can have read from
  /// nothing, or from several writes.
  private func sources(_ history: History) -> Sources? {
    var sources = Sources(reads: [], writes: [])
    for index in history.operations.indices {
      let operation = history.operations[index]
      guard operation.isFinder, operation.isRequired else { continue }
      var found = history.operations.indices.filter {
        let write = history.operations[$0]
        return $0 != index && write.isWrite && write.key == operation.key && operation.fits(write.value)
          && !(write.process == operation.process && $0 > index)
      }.map { Int32($0) }
      if operation.fits(history.initialValue(of: operation.key)) { found.append(Sources.initial) }
      guard found.count == 1 else { return nil }
      sources.reads.append(Int32(index))
      sources.writes.append(found[0])
    }
    return sources
  }

  /// A random order of what happened that extends process order and reads-from; nil when there is none.
  private func order(_ reading: Certificate.Reading, _ random: inout SplitMix64) -> [Int32]? {
    let columns = reading.columns
    var left = columns.operations.indices.filter { reading.happened[$0] }.map { Int32($0) }
    var order: [Int32] = []
    while !left.isEmpty {
      let free = left.filter { index in
        !left.contains {
          $0 == reading.source[Int(index)]
            || ($0 < index && columns.session[Int($0)] == columns.session[Int(index)])
        }
      }
      guard !free.isEmpty else { return nil }
      let next = random.pick(free)
      order.append(next)
      left.removeAll { $0 == next }
    }
    return order
  }

  private func holds(_ check: () throws -> Void) -> Bool { (try? check()) != nil }

  @Test("for causal consistency, causal convergence, and writes-follow-reads, whatever the order")
  func sameAnswers() throws {
    var seen: [String: Int] = [:]
    for seed in 0..<seedCount(default: 4_000) {
      var random = SplitMix64(seed: seed)
      var readings = RandomReadings(seed: seed, operationsMax: 12)
      let history = readings.next()
      guard let sources = sources(history) else { continue }
      // One whose compare-and-set of unknown outcome was read from does not say what that read.
      guard let reading = try? Certificate.Reading(sources, Columns(history)),
        let order = order(reading, &random)
      else { continue }
      let causal = holds { try reading.expectCausal() }
      #expect(holds { try reading.expectCausal(along: order, mayUseClocks: false) } == causal, "seed \(seed)")
      let convergent = holds { try reading.expectConvergentByClocks(order) }
      #expect(
        holds { try reading.expectConvergent(order, mayUseClocks: false) } == convergent, "seed \(seed)")
      let followed = holds { try FollowedReads.verify(reading, along: []) }
      #expect(holds { try FollowedReads.verify(reading, along: order) } == followed, "seed \(seed)")
      // Some order arbitrates only if causal order is kept, and then reads are followed.
      #expect(!convergent || causal, "seed \(seed)")
      #expect(!causal || followed, "seed \(seed)")
      for (name, isRight) in [("causal", causal), ("convergent", convergent), ("followed", followed)] {
        seen["\(name) \(isRight)", default: 0] += 1
      }
    }
    #expect(seen.count == 6 && seen.values.allSatisfy { $0 > 20 }, "\(seen)")
  }
}
