import Benchmark
import Consistency
import Foundation
import History

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Megabytes of text in a second of wall time.
private let megabytesASecond = BenchmarkMetric.custom(
  "MB/s", polarity: .prefersLarger, useScalingFactor: false)
/// Nanoseconds of wall time an operation.
private let nanosecondsAnOperation = BenchmarkMetric.custom("ns/operation", useScalingFactor: false)

private let measures: [BenchmarkMetric] = [.wallClock, .cpuUser, .peakMemoryResident]

private func configuration(_ more: BenchmarkMetric...) -> Benchmark.Configuration {
  .init(
    metrics: measures + more, timeUnits: .milliseconds, warmupIterations: 1, maxDuration: .seconds(6),
    maxIterations: 9)
}

let benchmarks: @Sendable () -> Void = {
  reading()
  linearizability()
  models()
}

/// What reading costs, beside a floor: the same file read in blocks, and its line breaks found by `memchr`.
private func reading() {
  reading("floor: line breaks", .jsonLines, operations: 1_000_000) { countLines(of: $0.path) }
  for operations in [10_000, 100_000, 1_000_000] {
    reading("read", .jsonLines, operations: operations) { try HistoryReader().read(path: $0.path) }
  }
  for notation in [Notation.edn, .gzip] {
    reading("read", notation, operations: 1_000_000) { try HistoryReader().read(path: $0.path) }
  }
}

private func reading<Result>(
  _ name: String, _ notation: Notation, operations: Int, _ read: @escaping (URL) throws -> Result
) {
  let shape = Shape("100 keys", operations: operations) { $0.unknownPerMillion = 20_000 }
  nonisolated(unsafe) var file: URL?
  nonisolated(unsafe) var size = 0
  Benchmark(
    "\(name) \(notation.rawValue) \(short(operations))",
    configuration: configuration(megabytesASecond, nanosecondsAnOperation),
    closure: { benchmark in
      guard let file else { return benchmark.error("there is no file") }
      let elapsed = try ContinuousClock().measure { blackHole(try read(file)) }
      benchmark.measurement(megabytesASecond, Int(Double(size) / 1e6 / elapsed.seconds))
      benchmark.measurement(nanosecondsAnOperation, Int(elapsed.seconds * 1e9) / operations)
    },
    setup: {
      file = try shape.file(notation)
      // The text counts, also where it is compressed on the disk.
      size = try notation == .gzip ? shape.bytes().count : file.map { try Data(contentsOf: $0).count } ?? 0
    },
    teardown: {
      if let file { try FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
    })
}

private func countLines(of path: String) -> Int {
  let descriptor = open(path, O_RDONLY)
  defer { close(descriptor) }
  var lines = 0
  var block = [UInt8](repeating: 0, count: 1 << 18)
  while true {
    let count = block.withUnsafeMutableBytes { bytes in
      let count = read(descriptor, bytes.baseAddress, bytes.count)
      guard var start = UnsafeRawPointer(bytes.baseAddress) else { return 0 }
      let end = start + max(count, 0)
      while let found = memchr(start, 10, end - start) {
        lines += 1
        start = UnsafeRawPointer(found) + 1
      }
      return count
    }
    if count <= 0 { return lines }
  }
}

/// Each engine on several shapes.
private func linearizability() {
  for operations in [10_000, 100_000, 1_000_000] {
    let shapes = [
      Shape("100 keys", operations: operations) { $0.unknownPerMillion = 20_000 },
      Shape("one key", operations: operations) { options in
        options.unknownPerMillion = 20_000
        options.keys = 1
      },
      Shape("100 keys, stale read", operations: operations) { options in
        options.unknownPerMillion = 20_000
        options.anomalies = [.staleRead]
      },
    ]
    for shape in shapes { checking(shape, .linearizable, .zones) }
  }
  for engine in [Engine.frontier, .wingGong] {
    checking(Shape("100 keys", operations: 10_000), .linearizable, engine)
  }
  for processes in [10, 20, 40] {
    let shape = Shape("one key, five values, \(processes) processes", operations: 10_000) { options in
      options.keys = 1
      options.processes = processes
      options.values = .repeated(5)
      if processes == 40 { options.unknownPerMillion = 50_000 }
    }
    checking(shape, .linearizable, .frontier)
    checking(shape, .linearizable, .automatic)
  }
}

/// Every other model, and all of them at once.
private func models() {
  for operations in [10_000, 100_000] {
    let shape = Shape("100 keys", operations: operations)
    for model in Model.allCases where model != .linearizable && model != .eventual {
      checking(shape, model, .automatic)
    }
    checking(
      Shape("100 keys, 3 servers", operations: operations) { $0.finalReads = 3 }, .eventual, .automatic)
    let stale = Shape("100 keys, stale read", operations: operations) { $0.anomalies = [.staleRead] }
    measuring("staleness", stale) { blackHole(staleness(of: $0)) }
    measuring("every model", stale) { history in
      blackHole(Spectrum(of: history, limits: limits) { check($0, $1, limits: $2) })
    }
  }
  measuring("every model", Shape("100 keys", operations: 1_000_000)) { history in
    blackHole(Spectrum(of: history, limits: limits) { check($0, $1, limits: $2) })
  }
}

private func limits() -> Limits { Limits(deadline: .now + .seconds(20), memoryBytesMax: 4_000_000_000) }

private func checking(_ shape: Shape, _ model: Model, _ engine: Engine) {
  let name = engine == .automatic ? "\(model)" : "\(model) by \(engine)"
  measuring(name, shape) { blackHole(check($0, model, limits: limits(), engine: engine)) }
}

private func measuring(_ name: String, _ shape: Shape, _ body: @escaping (History) -> Void) {
  nonisolated(unsafe) var history: History?
  Benchmark(
    "\(name), \(shape.name), \(short(shape.options.operations))",
    configuration: configuration(nanosecondsAnOperation),
    closure: { benchmark in
      guard let history else { return benchmark.error("there is no history") }
      let elapsed = ContinuousClock().measure { body(history) }
      benchmark.measurement(nanosecondsAnOperation, Int(elapsed.seconds * 1e9) / shape.options.operations)
    },
    setup: { history = try shape.history() },
    teardown: { history = nil })
}

extension Duration {
  fileprivate var seconds: Double { self / .seconds(1) }
}
