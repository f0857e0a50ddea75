import Certificate
import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

@Suite("The certificate file")
struct CertificateFileTests {
  private func text(_ claims: [Claim], _ history: History) -> [UInt8] {
    var bytes: [UInt8] = []
    CertificateWriter(claims, of: history, file: "h.jsonl").write { bytes += $0 }
    return bytes
  }

  private func claims(_ history: History) -> [Claim] {
    let spectrum = Spectrum(of: history) { check($0, $1, limits: $2) }
    let entries =
      spectrum.entries.filter { $0.follows == nil } + spectrum.entries.filter { $0.follows != nil }
    return entries.compactMap { Claim($0.verdict, follows: $0.follows) }
  }

  @Test("claims of every kind come back as they were, are proved, and are JSON")
  func roundTrip() throws {
    var kinds: Set<String> = []
    for seed in 0..<UInt64(400) {
      let history = ForgedProofTests.history(seed, seed.isMultiple(of: 3) ? .eventual : .causal)
      let claims = claims(history)
      let bytes = text(claims, history)
      let file = try CertificateFile(bytes, about: history)
      #expect(file.claims == claims && file.file == "h.jsonl" && file.mismatch(with: history) == nil)
      var verifier = Verifier(history)
      for claim in file.claims { #expect(try verifier.verify(claim) == .proved, "seed \(seed)") }
      let json = try JSON(parsing: String(decoding: bytes, as: UTF8.self))
      for claim in json["claims"]?.array ?? [] { kinds.insert(claim["kind"]?.string ?? "") }
    }
    let expected: Set = [
      "order-of-each-key", "order", "order-of-each-process", "reads-from", "arbitration", "agreement", "core",
      "follows",
    ]
    #expect(kinds == expected)
  }

  @Test("a certificate that does not say which history it is about is none, and that is said")
  func nameless() throws {
    let history = try HistoryText.parse("w(a,1)[0..1] r(a,1)[2..3]")
    let whole = String(decoding: text(claims(history), history), as: UTF8.self)
    for missing in ["operations", "keys", "processes", "hash"] {
      let start = try #require(whole.range(of: "\"history\":"))
      let place = try #require(whole.range(of: "\"\(missing)\":", range: start.upperBound..<whole.endIndex))
      let text = whole.replacingCharacters(in: place, with: "\"other\":")
      #expect(throws: CertificateFile.Fault.self) { try CertificateFile(Array(text.utf8), about: history) }
      do { _ = try CertificateFile(Array(text.utf8), about: history) } catch {
        #expect(error.reason.contains("\"history\" lacks \"\(missing)\""))
      }
    }
  }

  @Test("a certificate is about one history: any change of it is noticed")
  func fingerprint() throws {
    let text = "w(a,1)[0..1] r(a,1)[2..3]\ncas(b,0,2)[4..5]"
    let history = try HistoryText.parse(text, initial: ["b": 0])
    let bytes = self.text(claims(history), history)
    let file = try CertificateFile(bytes, about: history)
    #expect(file.mismatch(with: history) == nil)
    for other in [
      "w(a,1)[0..1] r(a,1)[2..3]", "w(a,1)[0..1] r(a,1)[2..4]\ncas(b,0,2)[4..5]",
      "w(a,2)[0..1] r(a,1)[2..3]\ncas(b,0,2)[4..5]", "w(a,1)[0..1] r(a,1)[2..3]\ncas(b,0,2)[4..?]",
      "w(c,1)[0..1] r(c,1)[2..3]\ncas(b,0,2)[4..5]", "w(a,1)[0..1]\nr(a,1)[2..3]\ncas(b,0,2)[4..5]",
      "w(a,1)[0..1] r(a,1)[2..3]\ncas(b,0,_):2[4..5]", "w(a,1)[0..1] r(a,1)[2..3]*\ncas(b,0,2)[4..5]",
    ] {
      let another = try HistoryText.parse(other, initial: ["b": 0])
      #expect(file.mismatch(with: another) != nil, "\(other)")
      // Read for the other, too, although that may lack the keys and values that are named.
      #expect(try CertificateFile(bytes, about: another).mismatch(with: another) != nil, "\(other)")
    }
    #expect(file.mismatch(with: try HistoryText.parse(text, initial: ["b": 0, "a": 7])) != nil)
  }

  @Test("whatever the bytes, reading ends with a certificate or a place and a reason")
  func hostile() throws {
    let history = try HistoryText.parse("w(a,1)[0..1] r(a,null)[2..3]\nr(a,1)[4..5]")
    let bytes = text(claims(history), history)
    var random = SplitMix64(seed: 5)
    var refused = 0
    for _ in 0..<4_000 {
      var changed = bytes
      for _ in 0...random.below(3) {
        let place = random.below(changed.count)
        switch random.below(3) {
        case 0: changed[place] = UInt8(random.below(256))
        case 1: changed.remove(at: place)
        default: changed.insert(random.pick(Array("0-9[]{},:\"ne".utf8)), at: place)
        }
      }
      if random.percent(10) { changed.removeLast(random.below(changed.count)) }
      do throws(CertificateFile.Fault) {
        let file = try CertificateFile(changed, about: history)
        var verifier = Verifier(history)
        for claim in file.claims { _ = try? verifier.verify(claim) }
      } catch {
        refused += 1
        #expect(!error.reason.isEmpty && error.line >= 1 && error.column >= 1)
      }
    }
    #expect(refused > 1_000)
    for text in ["", "{}", "[]", "{\"certificate\":2}", "{\"certificate\":1}"] {
      #expect(throws: CertificateFile.Fault.self) { try CertificateFile(Array(text.utf8), about: history) }
    }
    let deep = String(repeating: "{\"path\":[", count: 5_000)
    let nested = "{\"certificate\":1,\"claims\":[{\"cycle\":[\(deep)"
    #expect(throws: CertificateFile.Fault.self) { try CertificateFile(Array(nested.utf8), about: history) }
  }
}
