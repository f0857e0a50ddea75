import Foundation
import History
import KeyValue
import Subprocess
import SystemPackage
import Testing

/// Everything about `kvrun` as its users meet it: real processes, one run at a time, so that the machine is not the
/// reason for an outcome. The limit turns a hang into a failure and says nothing else.
@Suite("kvrun", .serialized, .timeLimit(.minutes(5)))
struct KvrunTests {}

/// How a command ended and what it printed.
struct CommandResult: CustomTestStringConvertible {
  /// The exit status, or the number of the signal that ended it, negated.
  let status: Int
  let output: String
  let complaints: String

  var testDescription: String { "\(status)\n--- output:\n\(output)\n--- complaints:\n\(complaints)" }
}

/// A folder of its own in which a test's commands run; it goes with the test.
final class CommandFolder: Sendable {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "command-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Runs a command of this package to its end, meanwhile doing something to it.
  ///
  /// - Parameter meanwhile: gets the command's process id.
  func run(
    _ command: String, _ arguments: [String], meanwhile: (pid_t) async throws -> Void = { _ in }
  ) async throws -> CommandResult {
    try await runProgram(BuiltExecutable.path(command), arguments, meanwhile: meanwhile)
  }

  /// Runs a shell script of this folder, whose first argument is the path of a command of this package.
  func shell(_ script: String, _ arguments: [String]) async throws -> CommandResult {
    let body = try #require(text(script))
    let command = BuiltExecutable.path(arguments[0]).string
    return try await runProgram("/bin/sh", ["-c", body, command] + arguments.dropFirst())
  }

  private func runProgram(
    _ program: FilePath, _ arguments: [String], meanwhile: (pid_t) async throws -> Void = { _ in }
  ) async throws -> CommandResult {
    let id = UUID().uuidString
    let files = ["out", "err"].map { url.appending(path: ".\($0)-\(id)") }
    defer { for file in files { try? FileManager.default.removeItem(at: file) } }
    let descriptors = try files.map { file in
      try FileDescriptor.open(FilePath(file.path), .writeOnly, options: .create, permissions: .ownerReadWrite)
    }
    let result = try await Subprocess.run(
      .path(program), arguments: Arguments(arguments),
      workingDirectory: FilePath(url.path),
      input: .none, output: .fileDescriptor(descriptors[0], closeAfterSpawningProcess: true),
      error: .fileDescriptor(descriptors[1], closeAfterSpawningProcess: true)
    ) { execution in
      try await meanwhile(execution.processIdentifier.value)
    }
    let texts = try files.map { try String(contentsOf: $0, encoding: .utf8) }
    let status =
      switch result.terminationStatus {
      case .exited(let status): Int(status)
      case .signaled(let signal): -Int(signal)
      }
    return CommandResult(status: status, output: texts[0], complaints: texts[1])
  }

  /// Runs kvrun on ports that the system chooses, with time enough for a busy machine.
  func kvrun(
    _ configuration: String, _ arguments: [String] = [], timeout: Double = 60,
    meanwhile: (pid_t) async throws -> Void = { _ in }
  ) async throws -> CommandResult {
    let options = ["--dynamic-ports", "--timeout", "\(timeout)"]
    return try await run("kvrun", [configuration] + options + arguments, meanwhile: meanwhile)
  }

  /// Writes a file and returns its name.
  @discardableResult
  func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: url.appending(path: name))
    return name
  }

  /// A file's text; nil when there is none.
  func text(_ name: String) -> String? {
    try? String(contentsOf: url.appending(path: name), encoding: .utf8)
  }

  /// The names in a folder, in order; empty when there is no such folder.
  func names(_ folder: String = ".") -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: url.appending(path: folder).path)
    return (names ?? []).filter { !$0.hasPrefix(".") }.sorted()
  }

  func history(_ name: String, allowsTruncated: Bool = false) throws -> History {
    try HistoryReader(.init(allowsTruncated: allowsTruncated)).read(path: url.appending(path: name).path)
  }
}

/// A configuration of this package's `test` folder.
func testConfiguration(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../test/\(name).json").standardized
    .path
}

/// Looks again and again until something is so that nothing announces: a line in a file, the state of a process. The
/// pause only leaves the processor to those who are waited for.
func until(_ condition: () throws -> Bool) async throws {
  while try !condition() { try await Task.sleep(for: .milliseconds(5)) }
}

/// A process of this machine, as Linux shows it.
struct ProcessEntry {
  let id: pid_t
  let name: String
  let parent: pid_t

  /// The process; nil when it has ended, even if nobody has taken note yet.
  init?(_ id: pid_t) {
    guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8),
      let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[close...].split(separator: " ")
    guard fields.count > 2, fields[1] != "Z", fields[1] != "X", let parent = pid_t(fields[2]) else {
      return nil
    }
    self.id = id
    self.parent = parent
    name = String(text[text.index(after: open)..<close])
  }

  /// The cores that its threads may run on, each list as Linux writes it.
  var allowedCores: Set<String> {
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? []
    let lines = threads.compactMap { thread in
      (try? String(contentsOfFile: "/proc/\(id)/task/\(thread)/status", encoding: .utf8))?
        .split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    }
    return Set(lines.map { $0.dropFirst("Cpus_allowed_list:".count).trimmingCharacters(in: .whitespaces) })
  }

  /// The processes that a process has started and that have not ended.
  static func children(of parent: pid_t, named name: String? = nil) -> [ProcessEntry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { pid_t($0) }.sorted().compactMap { ProcessEntry($0) }
      .filter { $0.parent == parent && (name == nil || $0.name == name) }
  }
}

/// A port of the loopback address that is taken while this lives.
final class OpenPort {
  let number: UInt16
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, streamSocket, 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, size) | listen(descriptor, 1) | getsockname(descriptor, address, &size)
      }
    }
    number = UInt16(bigEndian: address.sin_port)
    try #require(descriptor >= 0 && result == 0)
  }

  deinit { close(descriptor) }
}

#if canImport(Glibc)
  private let streamSocket = Int32(SOCK_STREAM.rawValue)
#else
  private let streamSocket = SOCK_STREAM
#endif
