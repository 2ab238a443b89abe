// swift-tools-version: 6.2
import PackageDescription

// Continuous integration builds with VAE_STRICT=1: there a warning is an error. Users with a newer
// compiler, whose new warnings we have not seen, are not stopped by them.
let strict: [SwiftSetting] =
  Context.environment["VAE_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let package = Package(
  name: "Variational",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Variational", targets: ["Variational"]),
    .library(name: "Kernels", targets: ["Kernels"]),
    .library(name: "Networks", targets: ["Networks"]),
    .library(name: "Pictures", targets: ["Pictures"]),
    .executable(name: "vae", targets: ["vae"]),
    // For Benchmarks/ and Fuzzing/ only. Who depends on the library neither builds nor links them.
    .library(name: "AllocationCounter", targets: ["AllocationCounter"]),
    .library(name: "ReaderProbes", targets: ["ReaderProbes"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [
    // C faces. The system libraries come from Debian's or Homebrew's packages.
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"]), .brew(["openblas", "lapack"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg",
      providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
    .target(name: "CVector"),

    // The engine, one way only: each target sees those above it.
    .target(name: "Wording", swiftSettings: strict),
    .target(name: "Kernels", dependencies: ["COpenBLAS", "CVector"], swiftSettings: strict),
    .target(name: "Networks", dependencies: ["Kernels", "Wording"], swiftSettings: strict),
    .target(
      name: "Formats", dependencies: ["CZlib", "CPNG", "CTurboJPEG", "Wording"],
      swiftSettings: strict),
    .target(name: "Pictures", swiftSettings: strict),
    .target(
      name: "Variational",
      dependencies: ["CVector", "Kernels", "Networks", "Formats", "Pictures", "Wording"],
      swiftSettings: strict),
    .executableTarget(
      name: "vae",
      dependencies: [
        "Variational", "Networks", "Kernels", "Formats", "Wording",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Tests mirror the sources.
    .target(
      name: "TestSupport", dependencies: ["Kernels"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(
      name: "ReaderProbes", dependencies: ["Formats", "Kernels", "Networks", "Variational"],
      path: "Tests/ReaderProbes", swiftSettings: strict),
    .testTarget(name: "WordingTests", dependencies: ["Wording"], swiftSettings: strict),
    .testTarget(
      name: "KernelsTests", dependencies: ["Kernels", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "NetworksTests", dependencies: ["Networks", "Formats", "TestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "FormatsTests", dependencies: ["Formats", "TestSupport"],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(name: "PicturesTests", dependencies: ["Pictures"], swiftSettings: strict),
    .testTarget(
      name: "VariationalTests",
      dependencies: ["Variational", "TestSupport", "AllocationCounter"],
      resources: [.copy("Fixtures")],
      swiftSettings: strict),
    .testTarget(
      name: "DocumentationTests", dependencies: ["Variational", "Formats"],
      swiftSettings: strict),
    .testTarget(
      name: "ReaderProbesTests", dependencies: ["ReaderProbes"], swiftSettings: strict),
    .testTarget(name: "VaeTests", dependencies: ["vae", "Formats"], swiftSettings: strict),
  ],
  swiftLanguageModes: [.v6]
)
