import ArgumentParser
import Cluster
import Foundation

/// One client of a run. `kvrun` starts it and tells it through its standard input what to do.
@main
struct KVClient: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvclient",
    abstract:
      "Does one client's part of a run; started by kvrun, which tells it on standard input what to do.")

  @Option(help: .hidden)
  var core: Int?

  func run() throws {
    dieWithParent()
    if let core, let problem = Placement.stay(on: core) {
      throw ValidationError("--core \(core): \(problem)")
    }
    Client.run(control: STDIN_FILENO)
  }
}
