// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who depends on the library builds it. Scripts/fuzz gives the flags.
let package = Package(
  name: "Fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Variational", path: "..")],
  targets: [
    .executableTarget(
      name: "fuzz", dependencies: [.product(name: "ReaderProbes", package: "Variational")],
      // libFuzzer brings its own `main`.
      swiftSettings: [.unsafeFlags(["-parse-as-library"])])
  ],
  swiftLanguageModes: [.v6]
)
