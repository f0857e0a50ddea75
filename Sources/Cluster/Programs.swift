public import Foundation

extension ClusterRun {
  /// The folder of the running program, where `kvserver` and `kvclient` are built, too.
  public static var programsBesideThisOne: URL {
    let own = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
    return own.resolvingSymlinksInPath().deletingLastPathComponent()
  }
}
