import CProcess
import Cluster
import Configuration
import Foundation

/// Why a measurement cannot be made.
struct BenchFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// A program of this package that runs beside this one, and ends with its standard input.
final class BenchProcess {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var waiting: [UInt8] = []

  init(_ program: String, _ arguments: [String] = []) throws {
    process.executableURL = ClusterRun.programsBesideThisOne.appending(path: program)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    do {
      try process.run()
    } catch {
      throw BenchFailure(
        "\(ClusterRun.programsBesideThisOne.appending(path: program).relativePath): cannot be started: \(fileReason(error))"
      )
    }
  }

  func send(_ line: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
  }

  /// The next line of its output; nil when that has ended.
  func nextLine() -> String? {
    while true {
      if let end = waiting.firstIndex(of: UInt8(ascii: "\n")) {
        defer { waiting.removeSubrange(...end) }
        return String(decoding: waiting[..<end], as: UTF8.self)
      }
      let data = output.fileHandleForReading.availableData
      guard !data.isEmpty else { return nil }
      waiting += data
    }
  }

  /// The processor time that it has taken so far, in nanoseconds; 0 where that cannot be told.
  var processorTime: Int64 { Self.processorTime(of: process.processIdentifier) }

  /// The processor time that a process has taken so far, this one if none is named.
  static func processorTime(of process: Int32 = getpid()) -> Int64 {
    max(0, cprocess_processor_time(process))
  }

  func end() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }
}
