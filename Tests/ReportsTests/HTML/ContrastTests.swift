import Foundation
import TestSupport
import Testing

/// WCAG 2.1: text against what lies behind it, 4.5 at least; what is drawn, 3.
@Suite("Contrast of the pages")
struct ContrastTests {
  private static let style =
    (try? String(contentsOfFile: PageFixtures.root + "/Sources/Reports/HTML/Page/page.css", encoding: .utf8))
    ?? ""

  /// The colours of a theme by name.
  private func colours(dark: Bool) throws -> [String: [Double]] {
    let blocks = Self.style.matches(of: /:root \{([^}]*)\}/).map { String($0.output.1) }
    try #require(blocks.count == 2)
    let pairs = blocks[dark ? 1 : 0].matches(of: /--([a-z-]+): #([0-9a-f]{6});/)
    return Dictionary(
      pairs.map { pair in
        let number = UInt32(pair.output.2, radix: 16) ?? 0
        return (String(pair.output.1), [16, 8, 0].map { Double(number >> $0 & 255) / 255 })
      }, uniquingKeysWith: { $1 })
  }

  private func luminance(_ colour: [Double]) -> Double {
    let linear = colour.map { $0 <= 0.04045 ? $0 / 12.92 : pow(($0 + 0.055) / 1.055, 2.4) }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }

  private func contrast(_ one: [Double], _ other: [Double]) -> Double {
    let (a, b) = (luminance(one), luminance(other))
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  @Test("every text can be read on what it stands on, light and dark", arguments: [false, true])
  func texts(dark: Bool) throws {
    let colours = try colours(dark: dark)
    var pairs: [(String, String)] = []
    for ground in ["surface", "panel"] {
      for text in ["ink", "muted", "holds", "fails", "open", "read", "write", "cas"] {
        pairs.append((text, ground))
      }
    }
    for fill in ["holds", "fails", "open", "read", "write", "cas"] { pairs.append(("ink", fill + "-fill")) }
    // Marks and main buttons are light on dark where the page is dark on light.
    for ground in ["holds", "fails", "open", "ink"] { pairs.append(("surface", ground)) }
    for (text, ground) in pairs {
      let ratio = contrast(try #require(colours[text]), try #require(colours[ground]))
      #expect(ratio >= 4.5, "\(text) on \(ground): \(ratio)")
    }
  }

  @Test("every border and curve stands out from what is behind it", arguments: [false, true])
  func drawings(dark: Bool) throws {
    let colours = try colours(dark: dark)
    for name in ["line", "focus", "read", "write", "cas", "fails"] {
      for ground in ["surface", "panel"] {
        let ratio = contrast(try #require(colours[name]), try #require(colours[ground]))
        #expect(ratio >= 3, "\(name) on \(ground): \(ratio)")
      }
    }
  }
}
