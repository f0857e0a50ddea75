import Foundation
import Reports
import Testing

@Suite("Charts")
struct ChartPictureTests {
  private func svg(_ series: [ChartPicture.Series], columns: [String] = ["1", "16", "64"]) -> String {
    ChartPicture(
      title: "A <title>", note: "note", axis: "clients", columns: columns, series: series,
      label: { "\(Int($0))" }
    ).svg()
  }

  /// The heights of a line's marks, in the order of its columns.
  private func heights(_ svg: String, _ name: String) -> [Double] {
    svg.components(separatedBy: "<path class=\"marker\"").filter { $0.contains("<title>\(name),") }
      .compactMap { mark in
        mark.components(separatedBy: "translate(").dropFirst().first?.split(separator: ")").first?
          .split(separator: " ").last.flatMap { Double($0) }
      }
  }

  @Test("equal ratios are equal distances, and more is higher")
  func scale() throws {
    let svg = svg([.init("a", [10, 100, 1000], group: 0), .init("b", [20, 20, 20], group: 1)])
    let a = heights(svg, "a")
    try #require(a.count == 3)
    #expect(a[0] > a[1] && a[1] > a[2])
    #expect(abs((a[0] - a[1]) - (a[1] - a[2])) < 0.3)
    let b = heights(svg, "b")
    try #require(b.count == 3)
    #expect(Set(b).count == 1 && b[0] < a[0] && b[0] > a[1])
  }

  @Test("what was not measured is left out, and every number stands in words, too")
  func gaps() {
    let svg = svg([.init("a & b", [nil, 5, 7], group: 3), .init("none", [nil, nil, nil], group: 4)])
    #expect(heights(svg, "a &amp; b").count == 2)
    #expect(svg.contains("a &amp; b by clients: 1: none, 16: 5, 64: 7."))
    #expect(svg.contains("A &lt;title&gt;") && !svg.contains("nan"))
  }

  @Test("numbers that cannot be drawn do not trap", arguments: [0, -1, .infinity, .nan, 1e308, 1e-300])
  func odd(number: Double) {
    let text = ChartPicture(
      title: "t", note: "n", axis: "x", columns: ["1"], series: [.init("a", [number], group: 9)],
      label: { "\($0)" }
    ).svg()
    #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
  }
}
