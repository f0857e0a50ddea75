import Foundation

/// How many seeds to try: those that the environment variable `KV_SEEDS` asks for, else the default.
public func seedCount(default count: UInt64) -> UInt64 {
  ProcessInfo.processInfo.environment["KV_SEEDS"].flatMap { UInt64($0) } ?? count
}
