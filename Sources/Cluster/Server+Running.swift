import CProcess
public import Configuration
import Foundation
public import Logging
import Replication
import ZeroMQ

extension Server {
  /// The exit status when a port cannot be had (EX_UNAVAILABLE).
  public static let unavailable: Int32 = 69

  private static let lost =
    "this server was here before, and none of the servers has kept its memory: the state is lost; start all servers anew"

  /// Runs a server that a launcher started: takes its setup and its peers' ports from a control input, reports on
  /// standard output, and ends with the control input.
  ///
  /// - Returns: the exit status.
  public static func runSupervised(control descriptor: CInt, log: Logger) -> Int32 {
    dieWithParent()
    var control = ControlInput(descriptor: descriptor)
    guard let setupLine = control.nextLine() else { return 0 }
    guard let setup = ServerSetup(line: setupLine) else {
      report(ServerReport.failed("the setup cannot be understood").line)
      return unavailable
    }
    var log = log
    log[metadataKey: "server"] = "\(setup.settings.id)"
    do throws(ZeroMQError) {
      var server = try Server(setup.settings, log: log)
      report(ServerReport.bound(server.ports).line)
      guard let orderLine = control.nextLine() else { return 0 }
      guard let order = ServerOrder(line: orderLine), order.servers.count == setup.settings.servers else {
        report(ServerReport.failed("the peers' ports cannot be understood").line)
        return unavailable
      }
      try server.connect(to: order.servers)
      if case .stateIsLost = try server.run(
        control: descriptor, onReady: { report(ServerReport.ready.line) })
      {
        report(ServerReport.failed(lost).line)
        return unavailable
      }
      return 0
    } catch {
      log.error("\(error)")
      report(ServerReport.failed("\(error)").line)
      return unavailable
    }
  }

  /// Runs a server that somebody started by hand, until the process is ended.
  ///
  /// - Parameter servers: the ports of all servers, by number.
  /// - Returns: the exit status, should it end by itself.
  public static func runByHand(_ settings: Settings, servers: [ServerPorts], log: Logger) -> Int32 {
    do throws(ZeroMQError) {
      var server = try Server(settings, log: log)
      let port = server.ports.client
      try server.connect(to: servers)
      if case .stateIsLost = try server.run(
        control: nil, onReady: { report("ready: clients connect to tcp://\(host):\(port)") })
      {
        log.error("\(lost)")
        return unavailable
      }
      return 0
    } catch {
      log.error("\(error)")
      return unavailable
    }
  }
}

/// Has the kernel end this process with the one that started it, where the kernel can.
///
/// The end of standard input says the same and works everywhere; this also reaches a child that is busy or stopped.
public func dieWithParent() {
  _ = cprocess_die_with_parent()
}
