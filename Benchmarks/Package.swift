// swift-tools-version: 6.2
import PackageDescription

// The gate of `make bench-check` alone: nothing else is fetched or built for it.
let isGateOnly = Context.environment["GATE_ONLY"] != nil

let harness: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  // Without traits there is no allocation counter to preload; none of its counts is used here.
  .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.0", traits: []),
]

let programs: [Target] = [
  // The harness takes an executable target for a benchmark if its folder's parent is "Benchmarks".
  .executableTarget(
    name: "EngineBenchmarks",
    dependencies: [
      "Measurement",
      .product(name: "Variational", package: "Variational"),
      .product(name: "Benchmark", package: "benchmark"),
    ],
    path: "EngineBenchmarks",
    plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  .executableTarget(
    name: "workloads",
    dependencies: [
      "Measurement",
      .product(name: "Variational", package: "Variational"),
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  .executableTarget(
    name: "backends",
    dependencies: [
      "Measurement",
      .product(name: "Variational", package: "Variational"),
      .product(name: "Networks", package: "Variational"),
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  .executableTarget(
    name: "growth",
    dependencies: [
      "Measurement",
      .product(name: "Variational", package: "Variational"),
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
  .executableTarget(
    name: "results",
    dependencies: [
      .product(name: "Pictures", package: "Variational"),
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ]),
]

// A package of its own, so that nobody who depends on the library fetches the harness.
let package = Package(
  name: "Benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Variational", path: "..")] + (isGateOnly ? [] : harness),
  targets: [
    // What the programs measure: the workloads, their products, the arithmetic in one step.
    .target(
      name: "Measurement", dependencies: [.product(name: "Variational", package: "Variational")]),
    .target(name: "CountedRegion"),
    .executableTarget(
      name: "gate",
      dependencies: [
        "CountedRegion", "Measurement",
        .product(name: "AllocationCounter", package: "Variational"),
        .product(name: "Variational", package: "Variational"),
      ]),
    .testTarget(
      name: "MeasurementTests",
      dependencies: ["Measurement", .product(name: "Variational", package: "Variational")]),
    .testTarget(name: "GateTests", dependencies: ["gate"]),
  ] + (isGateOnly ? [] : programs),
  swiftLanguageModes: [.v6]
)
