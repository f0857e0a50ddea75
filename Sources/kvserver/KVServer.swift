public import ArgumentParser
import Cluster
import Configuration
import Foundation
public import Logging
import Replication

/// One replica of the store.
@main
struct KVServer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kvserver",
    abstract: "Runs one server of a cluster, for any ZeroMQ REQ client to talk to.",
    discussion: """
      kvrun starts servers by itself. To start them by hand, give each a configuration with fixed ports and its number. \
      Each says on standard output when it is ready, and runs until a signal ends it.

      EXAMPLE
        for i in 0 1 2 3; do kvserver test/t3.json --id $i & done

      EXIT STATUS
        64   the command line is wrong
        65   the configuration is wrong
        66   there is no such configuration
        69   a port is taken, or the state of all servers is lost
      """)

  @Argument(help: "The configuration: level, number of servers, fixed ports, initial values.")
  var config: String?

  @Option(help: "Which of the configuration's servers to be.")
  var id: Int?

  @Option(help: "The processor core to stay on. (default: the system moves it as it likes)")
  var core: Int?

  @Flag(help: .hidden)
  var supervised = false

  @Option(help: "The least severe messages to log.")
  var logLevel: Logger.Level = .info

  func run() throws {
    // Before there are other threads, which stay where the one is that starts them.
    if let core, let problem = Placement.stay(on: core) {
      throw ValidationError("--core \(core): \(problem)")
    }
    LoggingSystem.bootstrap { label in StreamLogHandler.standardError(label: label) }
    if supervised {
      try finish(Server.runSupervised(control: STDIN_FILENO, log: logger(label: "kvserver")))
    } else {
      try runByHand()
    }
  }

  private func logger(label: String) -> Logger {
    var log = Logger(label: label)
    log.logLevel = logLevel
    return log
  }

  private func runByHand() throws {
    guard let config, let id else {
      throw ValidationError("name a configuration and, with --id, which of its servers to be")
    }
    let configuration: ClusterConfiguration
    do throws(ConfigurationFileError) {
      configuration = try ClusterConfiguration.load(config)
    } catch {
      let lines = error.description.split(separator: "\n").map { "kvserver: \($0)\n" }
      FileHandle.standardError.write(Data(lines.joined().utf8))
      throw ExitCode(error.isUnreachable ? 66 : 65)
    }
    guard configuration.servers.indices.contains(id) else {
      throw ValidationError(
        "--id \(id): the configuration has the servers 0 to \(configuration.servers.count - 1)")
    }
    let settings = Server.Settings(
      id: ServerID(id), servers: configuration.servers.count,
      replicationProtocol: configuration.replicationProtocol, initial: configuration.initial,
      ports: configuration.servers[id], run: configuration.clusterNumber, bounds: configuration.bounds)
    guard configuration.servers.allSatisfy({ $0.peer != 0 && $0.publish != 0 && $0.client != 0 }) else {
      throw ValidationError(
        "\(config): every server needs three fixed ports, so that the servers can find one another")
    }
    try finish(
      Server.runByHand(settings, servers: configuration.servers, log: logger(label: "kvserver-\(id)")))
  }

  private func finish(_ status: Int32) throws {
    if status != 0 { throw ExitCode(status) }
  }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
