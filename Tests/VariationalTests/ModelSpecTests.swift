import Foundation
import Testing

@testable import Variational

@Suite struct ModelSpecTests {
  static let specs: [ModelSpec] = {
    var specs: [ModelSpec] = [
      .dense(), .fashion(), .faces(), .smallConvolution(), .smallGated(),
      ModelSpec.fashion().asAutoencoder(), .dense(for: Shape(features: 12), latents: 3),
    ]
    for likelihood: LikelihoodSpec in [
      .bernoulli, .gaussian(.fixed(0.125)), .gaussian(.fixed(0.1)), .gaussian(.shared),
      .gaussian(.perDimension),
    ] {
      specs.append(.smallDense(likelihood: likelihood))
    }
    var spec = ModelSpec.smallDense()
    spec.initialiser = .orthogonal
    spec.objective = ObjectiveSpec(
      beta: 0.5, warmUpEpochs: 1.5, reconstruction: .weightedMean(weight: 12.5))
    spec.training = TrainingSpec(
      optimiser: .adamW(weightDecay: 0.03), learningRate: 3e-4,
      schedule: Schedule(.plateau(patience: 3, factor: 0.5), warmUpSteps: 7), batchSize: 33,
      epochs: 4, samples: 5, clipNorm: 2.5, validationFraction: 0.125, patience: 6,
      seed: .max)
    specs.append(spec)
    spec.data.binarisation = .dynamic
    spec.logVarianceRange = -6...2
    spec.initialiser = .normal(deviation: 0.1)
    spec.encoder[0] = .dense(outputs: 6, initialiser: .constant(value: 0.5))
    spec.training.validationFraction = 0
    spec.training.validationCount = 5
    spec.training.clipNorm = nil
    spec.training.gradientNormalisation = .tensor
    specs.append(spec)
    return specs
  }()

  @Test(arguments: specs)
  func jsonRoundTripKeepsEverything(_ spec: ModelSpec) throws {
    let decoded = try JSONDecoder().decode(ModelSpec.self, from: Data(spec.json()))
    #expect(decoded == spec)
    #expect(decoded.json() == spec.json())
  }

  @Test func jsonNamesItsFormat() throws {
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(ModelSpec.fashion().json())) as? [String: Any])
    #expect(object["format"] as? String == "variational-model")
    #expect(object["format_version"] as? Int == 1)
    #expect((object["encoder"] as? [[String: Any]])?.first?["type"] as? String == "conv2d")
  }

  @Test func anAutoencoderHasHalfTheHeadAndNoDivergence() throws {
    let spec = ModelSpec.fashion(latents: 5).asAutoencoder()
    #expect(spec.posterior == .deterministic)
    #expect(spec.headWidth == 5)
    #expect(spec.objective.beta == 0)
    let model = try Model(spec, threads: 1)
    #expect(!model.isVariational)
    #expect(
      model.parameterCount
        == (try Model(.fashion(latents: 5), threads: 1)).parameterCount - 5 * (2048 + 1))
  }

  @Test func anAutoencoderTakesOneSample() throws {
    var spec = ModelSpec.smallDense(training: TrainingSpec(batchSize: 4, samples: 3))
      .asAutoencoder()
    let data = try randomFloats(4, spec.data.stored)
    let trainer = try Trainer(try Model(spec, threads: 1), data: data)
    for batch in trainer.batches(epoch: 0) { #expect(try trainer.step(batch).loss.isFinite) }

    spec.training.samples = 3
    #expect(
      sentence { try Trainer(try Model(spec, threads: 1), data: data) }
        == "training.samples: a deterministic posterior has one sample, not 3")
  }

  // Changes to the small dense model, and the sentence with which it is then refused.
  static let refusals: [(@Sendable (inout ModelSpec) -> Void, String)] = [
    ({ $0.latents = 0 }, "latent: the number of dimensions, 0, should lie between 1 and 65536"),
    (
      { $0.latents = 1 << 17 },
      "latent: the number of dimensions, 131072, should lie between 1 and 65536"
    ),
    (
      { $0.latents = 3 },
      "encoder: it ends in 4 values, but 3 latents of a diagonal_gaussian posterior take 6"
    ),
    (
      { $0.posterior = .deterministic },
      "encoder: it ends in 4 values, but 2 latents of a deterministic posterior take 2"
    ),
    (
      { $0.logVarianceRange = -21...2 },
      "latent: log_variance_range [-21.0, 2.0] should lie within ±20.0"
    ),
    (
      {
        $0 = $0.asAutoencoder(); $0.logVarianceRange = -6...2
      },
      "latent: a deterministic posterior has no variance for log_variance_range"
    ),
    (
      { $0.initialiser = .normal(deviation: -1) },
      "initialiser: the initialiser's deviation -1.0 should be a number of at least 0"
    ),
    (
      { $0.encoder[0] = .dense(outputs: 6, initialiser: .constant(value: .nan)) },
      "encoder.0: the initialiser's value nan should be a finite number"
    ),
    ({ $0.decoder[2] = .dense(outputs: 9) }, "decoder: it ends in 9, but the padded data is 10"),
    (
      { $0.data.channels = 0 },
      "data: height 1 and width 1 should lie between 1 and 65536, channels 0 between 1 and 1048576"
    ),
    (
      { $0.data.height = -3 },
      "data: height -3 and width 1 should lie between 1 and 65536, channels 10 between 1 and 1048576"
    ),
    ({ $0.data.padding = 2 }, "data: padding 2 is for images; flat data takes 0"),
    ({ $0.data.padding = -1 }, "data: padding -1 should lie between 0 and 4096"),
    (
      { $0.data = DataSpec(height: 60000, width: 60000, channels: 1) },
      "data: an example of 60000×60000×1 is too large"
    ),
    (
      { $0.likelihood = .gaussian(.fixed(0)) },
      "likelihood: the variance 0.0 should be positive"
    ),
    (
      { $0.likelihood = .gaussian(.fixed(.nan)) },
      "likelihood: the variance nan should be positive"
    ),
    (
      { $0.encoder.insert(.dropout(rate: 1), at: 1) },
      "encoder.1: dropout's rate 1.0 should lie in [0, 1)"
    ),
    (
      { $0.encoder[0] = .dense(outputs: 0) },
      "encoder.0: outputs 0 should lie between 1 and 16777216"
    ),
    (
      { $0.decoder.append(.reshape(height: 3, width: 3, channels: 1)) },
      "decoder.3: 10 values cannot be reshaped to 3×3×1"
    ),
  ]

  @Test(arguments: refusals.indices)
  func whatDoesNotFitIsNamed(_ index: Int) throws {
    let (change, expected) = Self.refusals[index]
    var spec = ModelSpec.smallDense()
    change(&spec)
    #expect(sentence { try Model(spec, threads: 1) } == expected)
  }

  @Test(arguments: [0, -1, 257])
  func threadsAreBounded(_ threads: Int) {
    #expect(
      sentence { try Model(.smallDense(), threads: threads) }
        == "threads: \(threads) threads should lie between 1 and 256")
  }

  @Test func presetsHaveThePublishedNumbersOfParameters() throws {
    // By hand from the tables. dense: 784·400+400 + 400·40+40 + 20·400+400 + 400·784+784.
    #expect(try Model(.dense(), threads: 1).parameterCount == 314_000 + 16_040 + 8_400 + 314_384)
    // fashion: 320 + 18496 + 73856 + 2048·4+4; 2·2048+2048 + 147584 + 73792 + 18464 + 289.
    #expect(
      try Model(.fashion(), threads: 1).parameterCount
        == 320 + 18_496 + 73_856 + 8_196 + 6_144 + 147_584 + 73_792 + 18_464 + 289)
    // faces: 3584 + 3·147584 + 4·256 + 512·400+400; 200·512+512 + 2·512 + 4·147584 + 4·256 + 3459.
    #expect(
      try Model(.faces(), threads: 1).parameterCount
        == 3_584 + 3 * 147_584 + 1_024 + 205_200 + 102_912 + 1_024 + 4 * 147_584 + 1_024 + 3_459)
  }
}
