import Consistency
import Foundation
import History
import KeyValue
import Reports
import TestSupport
import Testing

/// The pages as a reader's browser sees them. Skipped where there is no Chromium; `.ci/install chromium` brings it.
@Suite(
  "Pages in a browser", .serialized,
  .enabled(if: Chromium.path != nil, "chromium is not installed: .ci/install chromium"))
struct PageTests {
  enum Size: String, CaseIterable {
    case tiny, typical, large
  }

  /// A history of that size with a violation, and what was decided of it.
  private static func checked(_ size: Size) -> CheckedFile {
    switch size {
    case .tiny:
      return Fixtures.checked(
        Fixtures.staleRead(), .violated(Fixtures.staleCounterexample), file: "tiny.jsonl")
    case .typical:
      let history = PageFixtures.busy(operations: 2_000)
      return CheckCommand(.init(files: [], models: [.linearizable]), print: { _ in }, complain: { _ in })
        .checkHistory(history, file: "typical.jsonl")
    case .large:
      // Judging is not what is looked at here.
      let history = PageFixtures.busy(operations: 200_000)
      let read = OperationID(history.operations.count / 2)
      let counterexample = Counterexample(reason: .thinAirRead(read), operations: [read], isMinimal: true)
      return Fixtures.checked(history, .violated(counterexample), file: "large.jsonl")
    }
  }

  private func withPage<Result>(_ html: String, _ body: (URL) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let page = folder.appending(path: "page.html")
      try Data(html.utf8).write(to: page)
      return try body(page)
    }
  }

  @Test("a page of any size opens without complaint, tells the verdict, and one click leads to the violation")
  func opens() throws {
    let browser = try Chromium()
    for size in Size.allCases { try open(size, in: browser) }
  }

  private func open(_ size: Size, in browser: Chromium) throws {
    let html = HTMLReport().html(Self.checked(size))
    #expect(html.utf8.count < 6_000_000, "\(html.utf8.count) bytes")
    try withPage(html) { page in
      try browser.open(page)
      #expect(
        try browser.evaluate("document.querySelector('h1').innerText") == "The history is not linearizable.")
      #expect(try browser.evaluate("document.querySelector('.word').textContent") == "Violated")
      #expect(try browser.evaluate("document.querySelectorAll('.story svg .op').length > 0") == true)

      let before = try browser.evaluate("whole.view.to - whole.view.from")
      try browser.evaluate("document.getElementById('jump').click()")
      #expect(try browser.evaluate("whole.important.has(whole.selected)") == true)
      #expect(try browser.evaluate("whole.detail.textContent.length > 20") == true)
      let isSeen = """
        (() => { const box = whole.canvas.getBoundingClientRect(); return box.top < innerHeight && box.bottom > 0
          && [...whole.important].every((row) => table.start[row] >= whole.view.from && table.start[row] <= whole.view.to) })()
        """
      #expect(try browser.evaluate(isSeen) == true)
      if size != .tiny {
        #expect(try browser.evaluate("whole.view.to - whole.view.from < \(before) / 10") == true)
      }

      let paint = try browser.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null")
      let ready = try browser.evaluate("document.documentElement.dataset.ready")
      let step = try browser.evaluate(
        """
        (() => { whole.show(0, table.span); const start = performance.now();
          for (let i = 0; i < 10; i++) whole.zoom(.8); return (performance.now() - start) / 10 })()
        """)
      print(
        "\(size): \(html.utf8.count) bytes, first paint \(paint) ms, ready \(ready) ms, a zoom step \(step) ms"
      )
      #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
  }

  @Test("every drawn operation and arrow can be reached with the keyboard and says what it is")
  func accessible() throws {
    try withPage(HTMLReport().html(Self.checked(.tiny))) { page in
      let browser = try Chromium()
      try browser.open(page)
      let mute = """
        [...document.querySelectorAll('.op, .arrow[tabindex], button, select, input, canvas')].filter((element) =>
          element.tabIndex < 0 || !(element.getAttribute('aria-label') || element.textContent.trim() || element.labels?.length)).length
        """
      #expect(try browser.evaluate("document.querySelectorAll('.op, .arrow[tabindex]').length >= 3") == true)
      #expect(try browser.evaluate(mute) == 0)
      #expect(try browser.evaluate("document.querySelectorAll('main, header, nav').length") == 3)
      let ids =
        "(() => { const ids = [...document.querySelectorAll('[id]')].map((one) => one.id); return ids.length - new Set(ids).size })()"
      #expect(try browser.evaluate(ids) == 0, "no id stands twice")
    }
  }

  @Test("the story goes step by step to its end and back")
  func steps() throws {
    try withPage(HTMLReport().html(Self.checked(.tiny))) { page in
      let browser = try Chromium()
      try browser.open(page)
      let next = "[...document.querySelectorAll('.steps button')].find((one) => one.textContent === 'Next')"
      var told: [String] = []
      while try browser.evaluate("\(next).disabled") == false, told.count < 20 {
        try browser.evaluate("\(next).click()")
        told.append(try browser.evaluate("document.querySelector('.told p').textContent").string ?? "")
      }
      #expect(told.count == 4)
      #expect(told[1].hasPrefix("First client 0 wrote 2 to a"))
      #expect(told[2].contains("a holds 2"))
      #expect(try browser.evaluate("document.querySelectorAll('.op.lit').length") == 1)
      try browser.evaluate("[...document.querySelectorAll('.steps button')].at(-1).click()")
      #expect(try browser.evaluate("document.querySelectorAll('.stepping').length") == 0)
      #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
  }

  @Test("the order of a pass is replayed: the store holds what the operations so far have written")
  func replay() throws {
    let history = PageFixtures.busy(operations: 40)
    let order = history.ids.filter { history[$0].outcome == .ok }
    let checked = Fixtures.checked(history, .holds(.order(order)))
    try withPage(HTMLReport().html(checked)) { page in
      let browser = try Chromium()
      try browser.open(page)
      for step in [0, 1, order.count / 2, order.count] {
        let held = try browser.evaluate(
          """
          (() => { const slider = document.querySelector('.replay input'); slider.value = \(step);
            slider.dispatchEvent(new Event('input'));
            return [...document.querySelectorAll('.store div')].filter((cell) => cell.children.length === 2)
              .map((cell) => cell.textContent).sort() })()
          """)
        var expected: [Key: Value] = [:]
        for id in order.prefix(step) {
          let operation = history[id]
          let key = history[operation.key]
          if operation.mayWrite { expected[key] = history[operation.value] }
          expected[key] = expected[key] ?? history[history.initialValue(of: operation.key)]
        }
        let cells = expected.map { "\($0.key)\($0.value)" }.sorted()
        #expect(held == .array(cells.map { JSON($0) }), "after \(step)")
      }
      #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
  }

  @Test("hostile keys and values are shown as text and do nothing")
  func hostile() throws {
    let browser = try Chromium()
    for text in PageFixtures.hostile { try show(text, in: browser) }
  }

  private func show(_ text: String, in browser: Chromium) throws {
    let checked = Fixtures.checked(
      Fixtures.staleRead(key: Key(text), value: .string(text)), .violated(Fixtures.staleCounterexample),
      file: text)
    try withPage(HTMLReport().html(checked)) { page in
      try browser.open(page)
      try browser.evaluate("document.getElementById('jump').click()")
      #expect(try browser.evaluate("typeof harmed") == "undefined")
      #expect(try browser.evaluate("document.scripts.length") == 2)
      #expect(
        try browser.evaluate("document.querySelectorAll('img, iframe, object, base, form').length") == 0)
      // Keys are shown as they are printed everywhere: what would disguise the text is an escape.
      let shown = try browser.evaluate("table.keys[0]").string
      #expect(shown == Key(text).printable)
      #expect(
        try browser.evaluate(
          "document.querySelector('.op').getAttribute('aria-label').includes(table.keys[0])") == true)
      #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
  }

  @Test("labels of long keys and values stay within the drawing, and show where they differ")
  func longTexts() throws {
    let key = Key("k" + String(repeating: "x", count: 300))
    let history = Fixtures.staleRead(key: key, value: .string(String(repeating: "v", count: 700) + "7"))
    let html = HTMLReport().html(Fixtures.checked(history, .violated(Fixtures.staleCounterexample)))
    try withPage(html) { page in
      let browser = try Chromium()
      try browser.open(page)
      let outside = """
        [...document.querySelectorAll('.story svg .op text')].filter((label) => {
          const box = label.getBBox(), frame = label.ownerSVGElement.viewBox.baseVal;
          return box.x < 0 || box.x + box.width > frame.width }).length
        """
      #expect(try browser.evaluate("document.querySelectorAll('.story svg .op text').length") == 3)
      #expect(try browser.evaluate(outside) == 0)
      let labels =
        "[...document.querySelectorAll('.story svg .op text')].map((one) => one.textContent).join()"
      let text = try browser.evaluate(labels).string ?? ""
      #expect(text.contains("vv7\""), "\(text)")
      #expect(try browser.evaluate("document.documentElement.scrollWidth <= innerWidth") == true)
    }
  }

  @Test("the list of reports opens without complaint, its links lead to the pages")
  func list() throws {
    try withTemporaryFolder { folder in
      let command = CheckCommand(
        .init(
          files: ["tiny", "failing-crossed-reads-both-0"].map {
            PageFixtures.root + "/histories/\($0).jsonl"
          },
          reportFolder: folder.plainPath, isQuiet: true), print: { _ in }, complain: { _ in })
      _ = command.run()
      let browser = try Chromium()
      try browser.open(folder.appending(path: "index.html"), hasScript: false)
      #expect(try browser.evaluate("document.querySelectorAll('.reports tbody tr').length") == 2)
      let links = try browser.evaluate(
        "[...document.querySelectorAll('.reports a')].map((link) => link.getAttribute('href'))")
      for link in links.array ?? [] {
        let path = folder.appending(path: link.string ?? "").plainPath
        #expect(FileManager.default.fileExists(atPath: path), "\(path)")
      }
      #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    }
  }
}
