// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody builds the benchmarks' dependencies who only wants the laboratory.
let package = Package(
  name: "benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "consistency-lab", path: ".."),
    // Without its traits, which replace the functions that allocate memory: nothing is said of allocations here.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "Histories",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "Consistency", package: "consistency-lab"),
        .product(name: "History", package: "consistency-lab"),
      ],
      path: "Benchmarks/Histories",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ],
  swiftLanguageModes: [.v6]
)
