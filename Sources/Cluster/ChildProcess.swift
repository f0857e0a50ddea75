import Foundation
import Subprocess
import SystemPackage

/// A server or client process, by what it is to the run.
public enum ChildName: Hashable, Sendable, CustomStringConvertible {
  /// The server of that number.
  case server(Int)
  /// The client of that number.
  case client(Int)
  /// The client that makes the final reads.
  case finalReader

  /// What people call it.
  public var description: String {
    switch self {
    case .server(let number): "server \(number)"
    case .client(let number): "client \(number)"
    case .finalReader: "the final reader"
    }
  }
}

/// What happens to the children of a run, in the order in which the launcher learns of it.
enum ChildEvent: Sendable {
  /// The child runs, as the process of that number.
  case started(ChildName, Int32)
  /// The child said something to the launcher.
  case line(ChildName, String)
  /// The child wrote a line to its log.
  case log(ChildName, String)
  /// The child has ended; the text says how.
  case ended(ChildName, ChildEnd)
  /// Somebody asked for the run to stop.
  case interrupted
  /// A time has passed that something was given.
  case expired(Int)
  /// A fault is to begin or to end.
  case faultsDue
}

/// How a child ended.
public enum ChildEnd: Sendable, Hashable, CustomStringConvertible {
  /// It returned that status.
  case exited(Int)
  /// That signal ended it.
  case signaled(Int)
  /// It could not be started.
  case notStarted(String)
  /// It was started, and ended at once when the launcher could not follow it any more.
  case lost(String)

  /// The end in words.
  public var description: String {
    switch self {
    case .exited(let status): "it exited with status \(status)"
    case .signaled(let signal):
      "signal \(signal) ended it (\(String(cString: strsignal(Int32(truncatingIfNeeded: signal)))))"
    case .notStarted(let reason): "it could not be started: \(reason)"
    case .lost(let reason): "what it said could not be read, so it was killed: \(reason)"
    }
  }
}

/// The launcher's side of a child process: a line to its standard input, and everything it says as events.
///
/// No child outlives the launcher: the end of its standard input ends it, which comes with the end of the launcher
/// however that happens, and on Linux the kernel ends it besides. It is in a process group of its own, so that Control-C
/// in a terminal reaches the launcher only, which stops its children in order.
struct ChildProcess: Sendable {
  private enum Order: Sendable {
    case line(String)
    case close
  }

  private let orders: AsyncStream<Order>
  private let ordering: AsyncStream<Order>.Continuation
  // Apart from the orders: a child that does not read its input any more blocks those, and is the one to be killed.
  private let signals: AsyncStream<Signal>
  private let signalling: AsyncStream<Signal>.Continuation
  let name: ChildName

  init(_ name: ChildName) {
    self.name = name
    (orders, ordering) = AsyncStream.makeStream()
    (signals, signalling) = AsyncStream.makeStream()
  }

  /// Sends it a line.
  func send(_ line: String) { ordering.yield(.line(line)) }

  /// Ends its standard input, which asks it to end.
  func close() { ordering.yield(.close) }

  /// Ends it at once.
  func kill() { signalling.yield(.kill) }

  /// Lets it stand still, or go on.
  func pause(_ isPaused: Bool) { signalling.yield(isPaused ? .suspend : .resume) }

  /// Runs the child to its end. Cancellation kills it.
  func run(_ executable: URL, arguments: [String], events: AsyncStream<ChildEvent>.Continuation) async {
    var options = PlatformOptions()
    options.processGroupID = 0
    do {
      let result = try await Subprocess.run(
        .path(FilePath(executable.path(percentEncoded: false))), arguments: Arguments(arguments),
        platformOptions: options, input: .inputWriter, output: .sequence, error: .sequence
      ) { execution -> String? in
        events.yield(.started(name, execution.processIdentifier.value))
        do {
          try await withThrowingTaskGroup { group in
            group.addTask {
              try await Self.forEachLine(of: execution.standardError) { events.yield(.log(name, $0)) }
            }
            group.addTask {
              for await order in orders {
                // A child that has ended cannot be written to; that it has ended is reported below.
                switch order {
                case .line(let line): _ = try? await execution.standardInputWriter.write(line + "\n")
                case .close: try? await execution.standardInputWriter.finish()
                }
              }
            }
            group.addTask {
              for await signal in signals { try? execution.send(signal: signal) }
              // What it says is not read any more; a child that goes on could block whoever writes to it.
              if Task.isCancelled { try? execution.send(signal: .kill) }
            }
            group.addTask {
              try await Self.forEachLine(of: execution.standardOutput) { events.yield(.line(name, $0)) }
              ordering.finish()
              signalling.finish()
            }
            // One by one: the first that fails ends the others.
            while try await group.next() != nil {}
          }
          return nil
        } catch {
          return "\(error)"
        }
      }
      if let reason = result.closureResult {
        events.yield(.ended(name, .lost(reason)))
        return
      }
      switch result.terminationStatus {
      case .exited(let status): events.yield(.ended(name, .exited(Int(status))))
      case .signaled(let signal): events.yield(.ended(name, .signaled(Int(signal))))
      }
    } catch {
      events.yield(.ended(name, .notStarted("\(error)")))
    }
  }

  /// The longest line of a child that is waited for, in bytes; the longest that is said is some 100 KB of latencies.
  private static let longestLine = 1 << 20

  /// Calls a function with each line that a child writes. Splitting bytes rather than characters: what a client of a load
  /// reports twice a second is long, and the launcher shares the cores with what it measures.
  private static func forEachLine(
    of output: SubprocessOutputSequence, _ body: (String) -> Void
  ) async throws {
    var buffer = LineBuffer()
    for try await piece in output {
      piece.withUnsafeBytes { buffer.take($0, body) }
      guard buffer.rest.count <= longestLine else { throw EndlessLine(limit: longestLine) }
    }
    if !buffer.rest.isEmpty { body(String(decoding: buffer.rest, as: UTF8.self)) }
  }
}

/// A child has written much, and no end of the line.
private struct EndlessLine: Error, CustomStringConvertible {
  let limit: Int

  var description: String { "it wrote a line of more than \(limit >> 20) MiB" }
}
