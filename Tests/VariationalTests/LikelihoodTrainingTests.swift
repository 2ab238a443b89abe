import Foundation
import Kernels
import Networks
import Testing

@testable import Variational

/// Models with each likelihood from training to the files and back.
@Suite struct LikelihoodTrainingTests {
  static let likelihoods: [LikelihoodSpec] = [
    .bernoulli, .continuousBernoulli, .gaussian(.fixed(0.1)), .gaussian(.shared),
    .gaussian(.perDimension), .gaussian(.optimal), .laplace(.shared), .laplace(.perDimension),
    .studentT(degreesOfFreedom: 5, scale: .shared), .discretisedLogistic(.shared),
    .discretisedLogistic(.perDimension), .categorical(groups: [4, 6]), .poisson, .negativeBinomial,
    .zeroInflatedNegativeBinomial,
  ]

  /// Ten columns that a likelihood takes, with one hidden cause behind them: examples come in two kinds.
  static func data(for likelihood: LikelihoodSpec, examples: Int) throws -> DataSet {
    var generator = SeededGenerator(state: 51)
    let shape = Shape(features: 10)
    var values: [Float] = []
    for example in 0..<examples {
      let kind = example % 2
      switch likelihood {
      case .categorical(let groups):
        for size in groups {
          // The kind's own class three times of four, otherwise any.
          let isOwn = generator.next() >> 62 != 0
          let chosen = isOwn ? kind : Int(generator.next() >> 33) % size
          values += (0..<size).map { $0 == chosen ? 1 : 0 }
        }
      case .poisson, .negativeBinomial, .zeroInflatedNegativeBinomial:
        values += (0..<10).map { column in
          let isZero = generator.next() >> 62 == 0
          let count = generator.float(0...(column % 2 == kind ? 12 : 3)).rounded()
          return isZero ? 0 : count
        }
      default:
        values += (0..<10).map { column in
          let level = generator.float(0...100) + (column % 2 == kind ? 120 : 20)
          return level.rounded() / 255
        }
      }
    }
    return try DataSet(floats: values, shape: shape, name: "made for \(likelihood.name)")
  }

  static func spec(_ likelihood: LikelihoodSpec) throws -> ModelSpec {
    try ModelSpec.smallDense(
      training: TrainingSpec(learningRate: 0.01, batchSize: 16, epochs: 20)
    ).replacing(likelihood: likelihood)
  }

  @Test(arguments: likelihoods)
  func trainingLowersTheLossAndResumesToTheSameBits(_ likelihood: LikelihoodSpec) throws {
    let spec = try Self.spec(likelihood)
    let data = try Self.data(for: likelihood, examples: 120)
    func fit(_ folder: RunFolder?) throws -> Fit {
      try Fit(try Trainer(try Model(spec, threads: 2), data: data), folder: folder)
    }
    let unbroken = try fit(nil)
    let before = try unbroken.trainer.model.evaluate(data)
    #expect(try unbroken.run() == .finished)
    let after = try unbroken.trainer.model.evaluate(data)
    #expect(before.isFinite && after.isFinite)
    #expect(after.loss < before.loss, "\(likelihood): \(before.loss) to \(after.loss)")

    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let first = try fit(folder)
      #expect(
        try first.run(shouldStop: { first.trainer.completedSteps >= 37 }) == .interrupted)
      let second = try fit(folder)
      try second.restore()
      #expect(try second.run() == .finished)
      let expected = unbroken.trainer.model
      #expect(second.trainer.model.weightsChecksum == expected.weightsChecksum)

      // The folder gives the model back, description and what the likelihood learned included.
      let loaded = try folder.loadModel(threads: 2)
      #expect(loaded.spec.likelihood == likelihood)
      #expect(try loaded.evaluate(data) == after)
      #expect(loaded.sample(5, drawingData: true) == expected.sample(5, drawingData: true))
    }
  }

  @Test(arguments: likelihoods)
  func decodedExamplesAreMeansInTheDatasShape(_ likelihood: LikelihoodSpec) throws {
    let model = try Model(try Self.spec(likelihood), threads: 2)
    let data = try Self.data(for: likelihood, examples: 12)
    let images = try model.reconstruct(data)
    #expect(images.rows == 12 && images.columns == 10)
    #expect(images.elements.allSatisfy { $0.isFinite })
    let drawn = model.sample(40, drawingData: true)
    #expect(drawn.rows == 40 && drawn.columns == 10)
    // What is drawn is data: the likelihood's own check takes it.
    switch likelihood {
    case .bernoulli, .continuousBernoulli, .discretisedLogistic, .categorical, .poisson,
      .negativeBinomial, .zeroInflatedNegativeBinomial:
      try DataSet(floats: drawn.elements, shape: Shape(features: 10)).check(against: model.spec)
    case .gaussian, .laplace, .studentT, .mixed: #expect(drawn.elements.allSatisfy { $0.isFinite })
    }
    let result = try model.evaluate(data, importanceSamples: 20)
    #expect(result.isFinite)
  }

  @Test(arguments: ["dense", "fashion"])
  func twoOutputsAValueWorkOnPaddedImages(_ preset: String) throws {
    // "fashion" pads 6×6 to 8×8; counts come as floats.
    let shape = Shape(height: 6, width: 6, channels: 1)
    var spec = try ModelSpec.preset(preset, for: shape)
      .replacing(likelihood: .zeroInflatedNegativeBinomial)
    spec.training.batchSize = 8
    var generator = SeededGenerator(state: 61)
    let data = try DataSet(
      floats: (0..<16 * 36).map { _ in Float(generator.next() >> 33 & 3) }, shape: shape)
    let trainer = try Trainer(try Model(spec, threads: 2), data: data)
    let losses = try (0..<8).flatMap { epoch in
      try trainer.batches(epoch: epoch).map { try trainer.step($0).loss }
    }
    #expect(losses.allSatisfy { $0.isFinite })
    #expect(losses.suffix(2).reduce(0, +) < losses.prefix(2).reduce(0, +))
    let images = try trainer.model.reconstruct(data)
    #expect(images.columns == spec.data.padded.count)
    #expect(images.elements.allSatisfy { $0 >= 0 })
    // The pictures crop the padding of what is decoded.
    let grid = try RunPictures(trainer.model).reconstructions(of: data, count: 4)
    #expect(grid.imageHeight == 6 && grid.imageWidth == 6)
  }
}
