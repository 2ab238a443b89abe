// Descriptions that cover every field of config.json, for the files that freeze its bytes.

import Networks

@testable import Variational

/// Named descriptions whose config.json must stay what it was, byte for byte.
enum GoldenDescriptions {
  /// All of them: presets, then every likelihood, objective, prior and setting on a small model.
  static func all() throws -> [(name: String, spec: ModelSpec)] {
    try presets() + layers() + (try likelihoods()) + objectives() + (try priors()) + settings()
  }

  private static func presets() throws -> [(String, ModelSpec)] {
    let grey = Shape(height: 28, width: 28, channels: 1)
    let color = Shape(height: 64, width: 64, channels: 3)
    return [
      ("preset dense", .dense(for: grey)), ("preset fashion", .fashion(for: grey)),
      ("preset faces", .faces(for: color)),
      ("preset dense of rows", .dense(for: Shape(features: 12), latents: 3)),
      ("preset fashion of three channels", .fashion(for: color, latents: 16)),
      ("autoencoder", ModelSpec.fashion(for: grey).asAutoencoder()),
    ]
  }

  private static func layers() -> [(String, ModelSpec)] {
    var every = ModelSpec.smallConvolution()
    every.encoder = [
      .conv2D(
        filters: 4, kernel: 5, stride: 2, padding: .explicit(top: 1, bottom: 2, left: 3, right: 4)),
      .leakyReLU(slope: 0.3), .convTranspose2D(filters: 3, stride: 2), .batchNorm(),
      .dropout(rate: 0.5), .relu,
      .tanh, .softplus, .sigmoid, .silu, .gelu, .elu(alpha: 0.5), .flatten,
      .gatedDense(outputs: 9, initialiser: .orthogonal),
      .dense(outputs: 4, initialiser: .normal(deviation: 0.03)),
      .reshape(height: 1, width: 1, channels: 4),
    ]
    return [
      ("small convolution", .smallConvolution()), ("small gated", .smallGated()),
      ("every layer", every),
    ]
  }

  private static func likelihoods() throws -> [(String, ModelSpec)] {
    var found: [(String, ModelSpec)] = []
    for name in LikelihoodSpec.choiceNames {
      let likelihood = try LikelihoodSpec(named: name, channels: 10)
      found.append(
        ("likelihood \(name)", try ModelSpec.smallDense().replacing(likelihood: likelihood)))
    }
    let parts: [LikelihoodSpec.Part] = [
      .init(columns: 4, likelihood: .gaussian(.perDimension)),
      .init(columns: 6, likelihood: .bernoulli),
    ]
    found.append(
      ("likelihood mixed", try ModelSpec.smallDense().replacing(likelihood: .mixed(parts))))
    return found
  }

  private static func objectives() -> [(String, ModelSpec)] {
    var found = ObjectiveKind.all.map { kind in
      (
        "objective \(kind.name)",
        ModelSpec.smallDense(objective: ObjectiveSpec(kind, beta: kind.usualBeta))
      )
    }
    for (name, warmUp) in [
      ("linear", WarmUp.linear), ("sigmoid", .sigmoid),
      ("cyclical", .cyclical(cycles: 3, rising: 0.25)),
    ] {
      let objective = ObjectiveSpec(beta: 4, warmUpEpochs: 2.5, warmUp: warmUp)
      found.append(("warm-up \(name)", .smallDense(objective: objective)))
    }
    let mean = ObjectiveSpec(reconstruction: .weightedMean(weight: 500))
    found.append(("weighted mean", .smallDense(objective: mean)))
    return found
  }

  private static func priors() throws -> [(String, ModelSpec)] {
    try PriorSpec.names.map { name in
      var spec = ModelSpec.smallDense()
      spec.prior = try .named(name, components: name == "standard_normal" ? nil : 7)
      return ("prior \(name)", spec)
    }
  }

  private static func settings() -> [(String, ModelSpec)] {
    func with(_ name: String, _ change: (inout ModelSpec) -> Void) -> (String, ModelSpec) {
      var spec = ModelSpec.smallDense()
      change(&spec)
      return (name, spec)
    }
    return [
      with("adamw, cosine") {
        $0.training.optimiser = .adamW()
        $0.training.schedule = Schedule(.cosine(floor: 0.01), warmUpSteps: 100)
      },
      with("sgd, step") {
        $0.training.optimiser = .sgd(momentum: 0.9, weightDecay: 1e-4)
        $0.training.schedule = Schedule(.step(epochs: 10, factor: 0.5))
      },
      with("patience, clipping, held-out fractions") {
        $0.training.clipNorm = 5
        $0.training.validationFraction = 0.1
        $0.training.testFraction = 0.2
        $0.training.patience = 8
        $0.training.samples = 3
      },
      with("files of their own") {
        $0.training.validationFile = "validation.npy"
        $0.training.testFile = "test.npy"
      },
      with("the last examples, normalised gradients") {
        $0.training.validationCount = 100
        $0.training.gradientNormalisation = .tensor
      },
      with("binarised") { $0.data.binarisation = .dynamic },
      with("missing values") { $0.data.missing = true },
      with("conditional") { $0.condition = ConditionSpec(classes: 2, names: ["cat", "dog"]) },
      with("images that were fitted") {
        $0.data.images = ImagePreparation(resize: true, recolor: false)
      },
      with("log-variance range, initialiser") {
        $0.logVarianceRange = -6...2
        $0.initialiser = .heNormal
      },
    ]
  }
}
