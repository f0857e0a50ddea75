import ArgumentParser
import Cluster
import Configuration
import Foundation
import Reports

/// How to run, whatever the runs are for.
struct RunningOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How many times to run, with seeds that follow one another.", valueName: "n"))
  var `repeat` = 1

  @Option(
    help:
      "What every random choice comes from: sleeps, workload, faults. (default: another one each time, which is printed)"
  )
  var seed: UInt64?

  @Option(
    help: ArgumentHelp(
      "How many seconds an operation may go unanswered before its outcome counts as unknown, and how many starting may take.",
      valueName: "seconds"))
  var timeout = 10.0

  @Flag(help: "Let the system choose all ports, whatever the configuration says.")
  var dynamicPorts = false

  @Flag(
    inversion: .prefixedNo, exclusivity: .exclusive,
    help:
      "Keep each server on one processor core, in turn, and each client that has one session likewise. (default: where there are fewer cores than threads, two for each server and client)"
  )
  var place: Bool?

  @Option(help: .hidden)
  var programs: String?

  func validate() throws {
    guard (1...100_000).contains(`repeat`) else {
      throw ValidationError("--repeat takes a number from 1 to 100000")
    }
    // What a history file can hold. The last run's seed counts, too.
    let seedMax = UInt64(Int64.max) - UInt64(`repeat` - 1)
    guard (seed ?? 0) <= seedMax else {
      let runs = `repeat` > 1 ? " with --repeat \(`repeat`)" : ""
      throw ValidationError("--seed takes a number up to \(seedMax)\(runs)")
    }
    guard timeout > 0, timeout <= 86_400 else {
      throw ValidationError("--timeout takes seconds, more than 0 and at most 86400")
    }
  }

  /// Which processor core each process of a run stays on; nil to leave that to the system.
  ///
  /// - Throws: a usage error where it is asked for and the system has no such service.
  func placement(of configuration: ClusterConfiguration) throws -> Placement? {
    guard place != false else { return nil }
    guard let placement = Placement()?.shifted() else {
      guard place == nil else {
        throw ValidationError("--place: this system does not let a process choose its core")
      }
      return nil
    }
    let processes = configuration.servers.count + clientProcesses(of: configuration)
    return place == true || placement.isCrowded(by: processes) ? placement : nil
  }

  private func clientProcesses(of configuration: ClusterConfiguration) -> Int {
    configuration.clients.count + (configuration.workload?.clients ?? 0)
  }

  /// The seed of a repetition, from 1.
  func seed(of repetition: Int) -> UInt64 {
    seed.map { $0 + UInt64(repetition - 1) } ?? UInt64.random(in: 0...0xFFFF_FFFF)
  }

  /// Ends the command unless what it takes to run a configuration is there.
  func require(_ configuration: ClusterConfiguration, _ config: String) throws {
    try requirePrograms()
    if let obstacle = OpenFiles.allow(
      children: configuration.servers.count + clientProcesses(of: configuration) + 1,
      further: configuration.proxyDescriptors)
    {
      complain("\(config): \(obstacle)")
      throw ExitCode(CheckStatus.unavailable.rawValue)
    }
  }

  private func requirePrograms() throws {
    for program in ["kvserver", "kvclient"] {
      let path = programsFolder.appending(path: program).path(percentEncoded: false)
      guard !FileManager.default.isExecutableFile(atPath: path) else { continue }
      complain("\(path): there is no such program; `swift build` makes it, and it must lie beside kvrun")
      throw ExitCode(CheckStatus.unavailable.rawValue)
    }
  }

  func load(_ config: String) throws -> ClusterConfiguration {
    do throws(ConfigurationFileError) {
      let configuration = try ClusterConfiguration.loadToRun(config, looksForBusyPorts: !dynamicPorts)
      return dynamicPorts ? configuration.dynamicPorts() : configuration
    } catch {
      complain(error.description)
      throw ExitCode(error.isUnreachable ? 66 : 65)
    }
  }

  /// Where `kvserver` and `kvclient` are: beside this program.
  var programsFolder: URL {
    programs.map { URL(filePath: $0) } ?? ClusterRun.programsBesideThisOne
  }
}
