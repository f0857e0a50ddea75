import Foundation
import KeyValue

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A Chromium without a window, driven over the DevTools protocol through two pipes: what a reader's browser does with a
/// page, and what it complains about.
final class Chromium {
  /// Why a page could not be driven.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// Where the browser is; nil when it is not installed.
  static let path: String? = ["chromium", "chromium-browser", "google-chrome"].lazy.compactMap { name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").lazy
      .map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
  }.first

  /// What the page complained about: exceptions, errors and warnings of its console.
  private(set) var complaints: [String] = []
  private let process = Process()
  private let folder: URL
  private let toBrowser: Int32
  private let fromBrowser: Int32
  private var received: [UInt8] = []
  private var number = 0
  private var session: String?
  private static let secondsMax = 60.0

  /// Starts a browser with an empty page.
  init(dark: Bool = false) throws {
    guard let path = Self.path else { throw Failure(description: "chromium is not installed") }
    let folder = FileManager.default.temporaryDirectory.appending(path: "chromium-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    self.folder = folder
    let pipes = ["in", "out"].map { folder.appending(path: $0).path(percentEncoded: false) }
    for pipe in pipes {
      guard mkfifo(pipe, 0o600) == 0 else { throw Failure(description: "mkfifo: \(errno)") }
    }
    // Opened for both directions, so that opening does not wait for the other side.
    toBrowser = openBothWays(pipes[0])
    fromBrowser = openBothWays(pipes[1])
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments =
      [
        "-c", #"in=$1 out=$2; shift 2; exec "$@" 3<"$in" 4>"$out" >/dev/null 2>&1"#, "sh", pipes[0], pipes[1],
        path,
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
        "--window-size=1200,900",
        "--remote-debugging-pipe",
        "--user-data-dir=" + folder.appending(path: "profile").path(percentEncoded: false),
      ] + (dark ? ["--blink-settings=preferredColorScheme=0"] : [])
    try process.run()
    let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"]?.string ?? ""
    session = try call("Target.attachToTarget", ["targetId": JSON(target), "flatten": true])["sessionId"]?
      .string
    for domain in ["Runtime", "Log", "Page"] { _ = try call(domain + ".enable", [:]) }
  }

  deinit {
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    close(toBrowser)
    close(fromBrowser)
    try? FileManager.default.removeItem(at: folder)
  }

  /// Opens a page and waits until it says that its script has run, if it has one, else until it is loaded.
  func open(_ page: URL, hasScript: Bool = true) throws {
    complaints = []
    _ = try call("Page.navigate", ["url": JSON(page.absoluteString)])
    let condition =
      hasScript
      ? "'ready' in (document.documentElement?.dataset ?? {})" : "document.readyState === 'complete'"
    let end = Date.now.addingTimeInterval(Self.secondsMax)
    while try evaluate("location.href === \(JSON(page.absoluteString)) && \(condition)") != true {
      guard Date.now < end, complaints.isEmpty else {
        throw Failure(description: "the page does not get ready: \(complaints)")
      }
    }
  }

  /// Evaluates an expression in the page, waits for it if it is a promise, and returns what it yields.
  @discardableResult
  func evaluate(_ expression: String) throws -> JSON {
    let answer = try call(
      "Runtime.evaluate", ["expression": JSON(expression), "returnByValue": true, "awaitPromise": true])
    if let exception = answer["exceptionDetails"] { complaints.append("\(expression): \(exception)") }
    return answer["result"]?["value"] ?? .value(.null)
  }

  private func call(_ method: String, _ parameters: JSON) throws -> JSON {
    number += 1
    var message: JSONObject = ["id": JSON(number), "method": JSON(method), "params": parameters]
    if let session { message["sessionId"] = JSON(session) }
    try write(Array(JSON.object(message).description.utf8) + [0])
    while true {
      let answer = try receive()
      if answer["id"]?.integer == Int64(number) {
        if let error = answer["error"] { throw Failure(description: "\(method): \(error)") }
        return answer["result"] ?? [:]
      }
      note(answer)
    }
  }

  /// Keeps what a page complains about.
  private func note(_ event: JSON) {
    switch event["method"]?.string {
    case "Runtime.exceptionThrown": complaints.append("\(event["params"]?["exceptionDetails"] ?? event)")
    case "Runtime.consoleAPICalled"
    where ["error", "warning", "assert"].contains(event["params"]?["type"]?.string):
      complaints.append("\(event["params"]?["args"] ?? event)")
    case "Log.entryAdded": complaints.append("\(event["params"]?["entry"] ?? event)")
    case "Page.javascriptDialogOpening": complaints.append("a dialog opened: \(event)")
    default: break
    }
  }

  private func write(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { writeBytes(toBrowser, $0) }
      guard count > 0 else { throw Failure(description: "the browser does not listen: \(errno)") }
      sent += count
    }
  }

  /// The next message, which ends with a zero byte.
  private func receive() throws -> JSON {
    let end = Date.now.addingTimeInterval(Self.secondsMax)
    while true {
      if let zero = received.firstIndex(of: 0) {
        let message = Array(received[..<zero])
        received.removeSubrange(...zero)
        return try JSON(parsing: message.span)
      }
      var descriptor = pollfd(fd: fromBrowser, events: Int16(POLLIN), revents: 0)
      guard Date.now < end, process.isRunning else {
        throw Failure(description: process.isRunning ? "the browser does not answer" : "the browser ended")
      }
      guard poll(&descriptor, 1, 250) > 0 else { continue }
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(fromBrowser, &buffer, buffer.count)
      guard count > 0 else { throw Failure(description: "the browser's answer cannot be read: \(errno)") }
      received += buffer[..<count]
    }
  }
}

/// write(2), which a method hides.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  guard let base = bytes.baseAddress else { return 0 }
  return write(descriptor, base, bytes.count)
}

/// open(2), which a method hides.
private func openBothWays(_ path: String) -> Int32 { open(path, O_RDWR | O_CLOEXEC) }
