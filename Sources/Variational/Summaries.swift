// What `vae info` shows, for people and as JSON.

import Foundation
import Kernels
import Networks

/// The machine and the matrix library in use.
public struct MachineSummary: Sendable, Hashable, Encodable {
  /// The processor's name, if the system tells.
  public let processor: String
  /// Processors this process may use.
  public let processors: Int
  /// Threads the engine would use.
  public let threads: Int
  /// The kernels that OpenBLAS picked for this processor.
  public let kernels: String
  /// OpenBLAS's version and build.
  public let openBLAS: String
  /// The vector instructions that the engine's own loops were compiled for.
  public let vectorInstructions: String

  enum CodingKeys: String, CodingKey {
    case processor, processors, threads, kernels
    case openBLAS = "openblas"
    case vectorInstructions = "vector_instructions"
  }

  /// Asks the machine.
  public init(threads: Int? = nil) {
    OpenBLAS.useOneThread()
    processor = MachineSummary.processorName()
    processors = WorkerPool.processors
    self.threads = threads ?? WorkerPool.processors
    kernels = OpenBLAS.coreName
    openBLAS = OpenBLAS.configuration
    vectorInstructions = VectorInstructions.compiled
  }

  private static func processorName() -> String {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
      return "unknown"
    }
    for line in text.split(separator: "\n") where line.hasPrefix("model name") {
      if let colon = line.firstIndex(of: ":") {
        return line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      }
    }
    return "unknown"
  }

  /// Names and values for a table.
  public var rows: [(String, String)] {
    [
      ("processor", processor), ("processors", "\(processors)"), ("threads", "\(threads)"),
      ("OpenBLAS kernels", kernels), ("OpenBLAS", openBLAS),
      ("vector instructions", vectorInstructions),
    ]
  }
}

/// What a model is.
public struct ModelSummary: Sendable, Encodable {
  /// The model's name.
  public let name: String
  /// Trained values.
  public let parameters: Int
  /// Latent dimensions.
  public let latents: Int
  /// The posterior's kind.
  public let posterior: String
  /// One example as stored, and as the model sees it.
  public let data: String
  /// The likelihood in words.
  public let likelihood: String
  /// The classes that a conditional model is told; nil for others.
  public let condition: String?
  /// The objective in words.
  public let objective: String
  /// The prior's name and its size.
  public let prior: String
  /// The weight of the divergence beside a log-likelihood in nats.
  public let effectiveBeta: Double
  /// A table of the layers, a line each.
  public let layers: [String]

  enum CodingKeys: String, CodingKey {
    case name, parameters, latents, posterior, data, likelihood, objective, prior, layers
    case condition
    case effectiveBeta = "effective_beta"
  }

  /// Describes a model.
  public init(_ model: Model) {
    let spec = model.spec
    name = spec.name
    parameters = model.parameterCount
    latents = spec.latents
    posterior = spec.posterior.rawValue
    let (stored, padded) = (spec.data.stored, spec.data.padded)
    let shapes =
      (stored == padded ? "\(stored)" : "\(stored), padded to \(padded)")
      + (spec.data.missing ? ", values may be missing" : "")
    switch spec.data.binarisation {
    case .none: data = shapes
    case .fixed: data = shapes + ", binarised once"
    case .dynamic: data = shapes + ", binarised anew in every minibatch"
    }
    likelihood = spec.likelihood.words
    condition = spec.condition.map(\.words)
    let beta = ModelSummary.short(spec.objective.beta)
    var term = "−ln p(x|z)"
    if case .weightedMean(let weight) = spec.objective.reconstruction {
      let what = spec.likelihood == .bernoulli ? "cross-entropy" : "squared error"
      term = "\(ModelSummary.short(weight)) × mean \(what)"
    }
    let kind = spec.objective.kind
    objective =
      (kind.name == "elbo" ? "" : "\(kind.name) on ") + "\(term) + \(beta) × KL"
    prior = spec.prior.components.map { "\(spec.prior.name), \($0) components" } ?? spec.prior.name
    effectiveBeta = spec.effectiveBeta
    layers =
      ModelSummary.table("encoder", spec.encoder, model.encoder.inputShape)
      + ModelSummary.table("decoder", spec.decoder, model.decoder.inputShape)
  }

  static func short(_ value: Double) -> String {
    value == value.rounded() && abs(value) < 1e9 ? "\(Int(value))" : String(format: "%.4g", value)
  }

  // Each layer compiled by itself tells its shape and size.
  private static func table(_ name: String, _ specs: [LayerSpec], _ input: Shape) -> [String] {
    var lines = ["\(name), input \(input)"]
    var shape = input
    for (index, spec) in specs.enumerated() {
      var layout = ParameterLayout()
      if let network = try? Network(
        [spec], input: shape, name: name, initialiser: .zeros, lane: 0, layout: &layout)
      {
        shape = network.outputShape
      }
      let place = "  \(index)".padding(toLength: 6, withPad: " ", startingAt: 0)
      let type = spec.typeName.padding(toLength: 18, withPad: " ", startingAt: 0)
      let size = "\(shape)".padding(toLength: 14, withPad: " ", startingAt: 0)
      let count = layout.parameterCount
      lines.append((place + type + size + (count > 0 ? "\(count)" : "")).trimmedEnd)
    }
    return lines
  }

  /// Names and values for a table.
  public var rows: [(String, String)] {
    var rows = [
      ("model", name), ("parameters", "\(parameters)"), ("latents", "\(latents) (\(posterior))"),
      ("data", data), ("likelihood", likelihood), ("objective", objective),
    ]
    if let condition { rows.append(("condition", condition)) }
    if posterior == ModelSpec.Posterior.diagonalGaussian.rawValue {
      rows.append(("prior", prior))
      rows.append(
        (
          "effective beta",
          ModelSummary.short(effectiveBeta) + ", the KL's weight beside −ln p(x|z) in nats"
        ))
    }
    return rows
  }
}

extension String {
  fileprivate var trimmedEnd: String {
    var copy = self
    while copy.hasSuffix(" ") { copy.removeLast() }
    return copy
  }
}
