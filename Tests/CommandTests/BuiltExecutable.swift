import Foundation
import SystemPackage

/// The commands of this package as they were built for this test run: they lie beside the test bundle.
enum BuiltExecutable {
  /// Where the command of that name is.
  static func path(_ name: String) -> FilePath {
    let bundle =
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
      ?? CommandLine.arguments[0]
    let arguments = [bundle, CommandLine.arguments[0]]
    let folders = arguments.map { URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent() }
    let candidates = folders.map { $0.appending(path: name).path }
    let found = candidates.first { FileManager.default.isExecutableFile(atPath: $0) }
    return FilePath(found ?? candidates[0])
  }
}
