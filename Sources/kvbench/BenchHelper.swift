import ArgumentParser
import Cluster

/// What a benchmark runs beside itself: a server or client that it measures the levels against.
struct BenchHelper: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "helper", shouldDisplay: false)

  @Option var echo: Echo?
  @Option var floor: Int?
  @Option var servers = 0
  @Flag var toSender = false
  @Option var floorLoad: String?
  @Option var core: Int?

  func run() throws {
    if let core, let problem = Placement.stay(on: core) {
      throw ValidationError("--core \(core): \(problem)")
    }
    if let echo { return try echo.serve() }
    if let floorLoad { return try FloorLoad.run(floorLoad) }
    guard let floor else { return }
    try FloorServer.run(toSender ? .toSender : .toAll, number: floor, servers: servers)
  }
}
