// The committed figures: two JSON files in Benchmarks/Baselines.

import Foundation

/// Baselines/instructions.json: instructions a call, and whose code was counted.
struct InstructionFigures: Codable {
  struct Count: Codable, Equatable {
    /// Outside OpenBLAS.
    var engine: Int
    /// With OpenBLAS's.
    var total: Int
  }

  var compiler: String
  var openBLAS: String
  /// By `MicroStep.name`.
  var counts: [String: Count]

  static let file = "instructions.json"
}

/// Baselines/ratios.json: a step's time through that of its matrix products, one thread.
struct RatioFigures: Codable {
  var processor: String
  var kernels: String
  var vectorInstructions: String
  /// By the workload's name.
  var ratios: [String: Double]

  static let file = "ratios.json"
}

/// The folder of both.
struct BaselineFolder {
  let url: URL

  /// Throws `GateError` with what to do about it when a file is missing or not readable.
  func read<Figures: Decodable>(_: Figures.Type, _ file: String) throws(GateError) -> Figures {
    let path = url.appending(path: file)
    do {
      return try JSONDecoder().decode(Figures.self, from: Data(contentsOf: path))
    } catch {
      throw GateError("\(path.path): no figures (\(error)). `make bench-baseline` writes them.")
    }
  }

  func write(_ figures: some Encodable, _ file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    try (encoder.encode(figures) + Data("\n".utf8)).write(
      to: url.appending(path: file), options: .atomic)
  }
}

/// Why the gate could not measure or compare.
struct GateError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
