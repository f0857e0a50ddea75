import Consistency
import Dispatch
import Foundation
import History
import Synchronization
import TestSupport
import Testing

/// Models that do not depend on one another, decided at the same time.
@Suite("The models of a spectrum are decided side by side")
struct SpectrumTests {
  private static let stale = "w(a,1)[0..1] w(a,2)[2..3]\nr(a,1)[6..7] w(b,1)[8..9]\nr(b,1)[10..11]"
  private static let shortOfMemory = Verdict.Outcome.undecided(
    .limitReached(.memory, decided: 0, total: 1, keys: []))

  /// What was asked, in order, and the threads that were.
  private final class Calls: Sendable {
    private let calls = Mutex<[(model: Model, thread: ObjectIdentifier)]>([])

    func note(_ model: Model) {
      calls.withLock { $0.append((model, ObjectIdentifier(Thread.current))) }
    }

    func count(_ model: Model) -> Int { calls.withLock { $0.count { $0.model == model } } }

    var threads: Set<ObjectIdentifier> { calls.withLock { Set($0.map(\.thread)) } }
  }

  private func limits(threads: Int, change: (inout Limits) -> Void = { _ in }) -> Limits {
    var limits = Limits()
    limits.threads = threads
    change(&limits)
    return limits
  }

  @Test("the registers beside the causal models")
  func sideBySide() throws {
    let history = try HistoryText.parse(Self.stale)
    let begun = DispatchSemaphore(value: 0)
    let wasBegun = Mutex(false)
    let limits = limits(threads: 2)
    let spectrum = Spectrum(of: history, limits: { limits }, measuresStaleness: true) {
      if $1 == .regular { begun.signal() }
      if $1 == .causal {
        let isBegun = begun.wait(timeout: .now() + 30) == .success
        wasBegun.withLock { $0 = isBegun }
      }
      return check($0, $1, limits: $2)
    }
    #expect(wasBegun.withLock { $0 })
    #expect(spectrum.entries.first { $0.verdict.model == .regular }?.verdict.isViolated == true)
    #expect(spectrum.staleness == staleness(of: history))
  }

  @Test("and one after the other with one thread, with configurations to count, or where memory is short")
  func oneThread() throws {
    let history = try HistoryText.parse(Self.stale)
    for limits in [
      limits(threads: 1), limits(threads: 4) { $0.configurationsMax = 100_000 },
      limits(threads: 4) { $0.memoryBytesMax = 1_000 },
    ] {
      let calls = Calls()
      let spectrum = Spectrum(of: history, limits: { limits }, measuresStaleness: true) {
        prepared, model, _ in
        calls.note(model)
        return check(prepared, model)
      }
      #expect(calls.threads == [ObjectIdentifier(Thread.current)])
      #expect(spectrum.staleness == nil)
    }
  }

  @Test(
    "what the memory was not enough for beside another is asked again alone",
    arguments: [Model.causal, .regular])
  func shortMemory(model: Model) throws {
    let history = try HistoryText.parse(Self.stale)
    let calls = Calls()
    let limits = limits(threads: 2)
    let spectrum = Spectrum(of: history, limits: { limits }) { prepared, asked, _ in
      calls.note(asked)
      let isShort = asked == model && calls.count(model) == 1
      return isShort ? Verdict(model: asked, outcome: Self.shortOfMemory) : check(prepared, asked)
    }
    #expect(calls.count(model) == 2)
    let alone = Spectrum(of: history) { check($0, $1, limits: $2) }
    for (one, other) in zip(spectrum.entries, alone.entries) {
      #expect("\(one.verdict)" == "\(other.verdict)" && one.follows == other.follows)
    }
  }

  @Test("it is told what is waited for, always in one order")
  func progress() throws {
    let history = try HistoryText.parse(Self.stale)
    let told = [1, 4].map { threads -> [Model] in
      var told: [Model] = []
      let limits = limits(threads: threads)
      _ = Spectrum(of: history, limits: { limits }, willDecide: { told.append($0) }) {
        check($0, $1, limits: $2)
      }
      return told
    }
    #expect(told[0] == told[1] && told[0].contains(.regular), "\(told)")
  }

  @Test("verdicts, what they follow from and what came to them do not depend on the number of threads")
  func sameEntries() {
    var followed: Set<Model> = []
    for seed in 0..<seedCount(default: 300) {
      var random = RandomHistories(seed: seed, hasFinalReads: true)
      var readings = RandomReadings(seed: seed, operationsMax: 9)
      for history in [random.next(), readings.next()] {
        let spectra = [1, 4].map { threads in
          let limits = limits(threads: threads)
          return Spectrum(of: history, limits: { limits }, measuresStaleness: true) {
            check($0, $1, limits: $2)
          }
        }
        for (one, other) in zip(spectra[0].entries, spectra[1].entries) {
          #expect("\(one.verdict)" == "\(other.verdict)" && one.follows == other.follows, "seed \(seed)")
          followed.formUnion(one.follows.map { [$0] } ?? [])
        }
        if let found = spectra[1].staleness { #expect(found == staleness(of: history), "seed \(seed)") }
      }
    }
    #expect(followed.isSuperset(of: [.linearizable, .causal, .regular]), "\(followed)")
  }
}
