// swift-tools-version: 6.2
import PackageDescription

// Small programs that use the library as anybody would. A package of their own needs nothing but the line with
// the dependency: outside this repository, its address and version.
let variational: [Target.Dependency] = [.product(name: "Variational", package: "Variational")]

let package = Package(
  name: "Examples",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "Variational", path: "..")],
  targets: [
    .executableTarget(name: "TrainOnYourArrays", dependencies: variational),
    .executableTarget(name: "AnomalyDetection", dependencies: variational),
    .executableTarget(name: "WritingALayer", dependencies: variational),
    .executableTarget(name: "NaiveVersusBLAS", dependencies: variational),
  ],
  swiftLanguageModes: [.v6]
)
