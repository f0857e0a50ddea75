import Configuration
import Testing

@Suite("Kills of a server")
struct KillCountTests {
  private enum Step {
    case begins(isSpared: Bool)
    case ends
  }

  /// After each step whether the server was to be killed or started anew, and whether it is down.
  private func play(_ steps: [Step]) -> [[Bool]] {
    var kills = KillCount()
    return steps.map { step in
      let changes =
        switch step {
        case .begins(let isSpared): kills.begin(isSpared: isSpared)
        case .ends: kills.end()
        }
      return [changes, kills.isDown]
    }
  }

  @Test("that overlap end it once, and it is started anew when the last is over")
  func overlapping() {
    #expect(
      play([.begins(isSpared: false), .begins(isSpared: false), .ends, .ends])
        == [[true, true], [false, true], [false, true], [true, false]])
  }

  @Test("one that is spared changes nothing, nor does its end; one that is down already cannot be spared")
  func spared() {
    #expect(
      play([.begins(isSpared: true), .begins(isSpared: false), .begins(isSpared: true), .ends, .ends, .ends])
        == [[false, false], [true, true], [false, true], [false, true], [false, true], [true, false]])
  }
}
