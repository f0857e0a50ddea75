// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "consistency-lab",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "kvrun", targets: ["kvrun"]),
    .executable(name: "kvcheck", targets: ["kvcheck"]),
    .executable(name: "kvsim", targets: ["kvsim"]),
    .executable(name: "kvserver", targets: ["kvserver"]),
    .executable(name: "kvclient", targets: ["kvclient"]),
    .library(name: "History", targets: ["History"]),
    .library(name: "Consistency", targets: ["Consistency"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    .package(url: "https://github.com/ordo-one/TextTable", from: "0.0.2"),
    .package(url: "https://github.com/onevcat/Rainbow", from: "4.2.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    // libzmq's headers and library are on the default paths once libzmq3-dev (apt) or zeromq (brew) is installed.
    // No pkgConfig: Debian's libzmq.pc carries flags that the package manager warns about in every build.
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"]), .brew(["zeromq"])]),
    // For histories that are compressed: zlib1g-dev (apt), part of macOS's developer tools.
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    // The SAT solver behind sequential consistency: libcadical-dev (apt), cadical (brew). A static library of C++.
    .systemLibrary(name: "CCaDiCaL", providers: [.apt(["libcadical-dev"]), .brew(["cadical"])]),
    .target(name: "CProcess"),

    .target(name: "KeyValue"),
    .target(name: "ZeroMQ", dependencies: ["CZeroMQ", "CProcess"]),
    .target(
      name: "History",
      dependencies: [
        "CZlib", "KeyValue", .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Histogram", package: "hdrhistogram-swift"),
      ]),
    .target(
      name: "Consistency", dependencies: ["CCaDiCaL", "History", "KeyValue"],
      linkerSettings: [
        .linkedLibrary("stdc++", .when(platforms: [.linux])),
        .linkedLibrary("m", .when(platforms: [.linux])),
        .linkedLibrary("c++", .when(platforms: [.macOS])),
      ]),
    // Not Consistency: what validates the engines' verdicts shares no code with them.
    .target(name: "Certificate", dependencies: ["History", "KeyValue"]),
    .target(
      name: "Reports",
      dependencies: [
        "Certificate", "Consistency", "History", "KeyValue", "TextTable", "Rainbow",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      // In the code, so that a program needs no folder beside it.
      resources: [
        .embedInCode("Comparison/Templates"), .embedInCode("HTML/Page"),
        .embedInCode("Pipelines/Templates"), .embedInCode("SVG/Templates"),
      ]),
    .target(
      name: "Replication",
      dependencies: ["KeyValue", .product(name: "DequeModule", package: "swift-collections")]),
    .target(name: "Configuration", dependencies: ["KeyValue", "Replication"]),
    .target(
      name: "Simulation",
      dependencies: ["Configuration", "Consistency", "History", "KeyValue", "Replication", "Reports"]),
    .target(
      name: "Cluster",
      dependencies: [
        "CProcess", "Configuration", "History", "KeyValue", "Replication", "ZeroMQ",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "HeapModule", package: "swift-collections"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),

    .executableTarget(
      name: "kvserver",
      dependencies: [
        "Cluster", "Configuration", "Replication",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "kvclient",
      dependencies: [
        "Cluster", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    // kvserver and kvclient are dependencies so that `swift run kvrun` builds them beside it; they are not linked in.
    .executableTarget(
      name: "kvrun",
      dependencies: [
        "Cluster", "Configuration", "Consistency", "History", "KeyValue", "Replication", "Reports",
        "kvclient", "kvserver",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "kvcheck",
      dependencies: [
        "CProcess", "Consistency", "History", "KeyValue", "Reports",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .executableTarget(
      name: "kvsim",
      dependencies: [
        "Configuration", "Consistency", "History", "KeyValue", "Replication", "Reports", "Simulation",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .executableTarget(
      name: "kvbench",
      dependencies: [
        "CProcess", "Cluster", "Configuration", "History", "KeyValue", "Replication", "Reports", "ZeroMQ",
        "kvclient", "kvserver", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .target(
      name: "TestSupport",
      dependencies: [
        "Certificate", "Configuration", "Consistency", "History", "KeyValue", "Replication", "Reports",
      ],
      path: "Tests/TestSupport"),
    .testTarget(name: "KeyValueTests", dependencies: ["KeyValue", "TestSupport"]),
    .testTarget(
      name: "CertificateTests",
      dependencies: ["Certificate", "Consistency", "History", "KeyValue", "Reports", "TestSupport"]),
    .testTarget(
      name: "HistoryTests", dependencies: ["Consistency", "History", "KeyValue", "TestSupport"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "ConsistencyTests",
      dependencies: ["Consistency", "History", "KeyValue", "Reports", "TestSupport"]),
    .testTarget(
      name: "ReportsTests",
      dependencies: ["Certificate", "Consistency", "History", "KeyValue", "Reports", "TestSupport"]),
    .testTarget(
      name: "ReplicationTests",
      dependencies: ["Consistency", "History", "KeyValue", "Replication", "TestSupport"]),
    .testTarget(
      name: "SimulationTests",
      dependencies: [
        "Configuration", "Consistency", "History", "KeyValue", "Replication", "Reports", "Simulation",
        "TestSupport",
      ]),
    .testTarget(name: "ZeroMQTests", dependencies: ["ZeroMQ", "TestSupport"]),
    .testTarget(
      name: "ConfigurationTests", dependencies: ["Configuration", "KeyValue", "Replication", "TestSupport"]),
    .testTarget(
      name: "ClusterTests",
      dependencies: [
        "CProcess", "Cluster", "Configuration", "History", "KeyValue", "Replication", "Simulation",
        "TestSupport",
        "ZeroMQ", .product(name: "Logging", package: "swift-log"),
      ]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "Cluster", "Configuration", "Consistency", "History", "KeyValue", "TestSupport", "ZeroMQ", "kvbench",
        "kvcheck", "kvclient", "kvrun", "kvserver", "kvsim",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .product(name: "SystemPackage", package: "swift-system"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  guard target.name != "CProcess" else { continue }
  target.swiftSettings = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  ]
}
