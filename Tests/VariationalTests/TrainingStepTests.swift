import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

/// Gradients of whole models against finite differences of the engine's own training loss.
///
/// Along a direction d the central difference D(h) = (L(θ + hd) − L(θ − hd)) / 2h differs from g·d by
///
/// - truncation: h²L‴/6 + O(h⁴). With D(h) and D(h/2) the larger part of it is known:
///   D(h) − D(h/2) = ⅛h²L‴ + …, three times the error that D(h/2) has left;
/// - rounding: the loss is a sum of float terms and jitters by ν from point to point, ν/(h/2) in D(h/2).
///   ν is measured as Moré and Wild do ("Estimating computational noise", SIAM J. Sci. Comput. 2011):
///   the fourth differences of nine nearby losses have a variance of 70·ν², the smooth part gone;
/// - rounding of θ ± hd, which is avoided: g is taken against the difference of the rounded points.
///
/// And g itself is a float sum: its own error is some roundoffs of its norm, 64 here.
@Suite struct TrainingStepTests {
  static let models: [ModelSpec] = {
    var models: [ModelSpec] = [
      .smallDense(), .smallDense(likelihood: .gaussian(.fixed(0.5))),
      .smallDense(likelihood: .gaussian(.shared)),
      .smallDense(likelihood: .gaussian(.perDimension)),
      .smallDense(objective: ObjectiveSpec(beta: 3, reconstruction: .weightedMean(weight: 50))),
      .smallDense(training: TrainingSpec(batchSize: 5, samples: 3)),
      .smallDense(likelihood: .gaussian(.shared), training: TrainingSpec(batchSize: 5, samples: 3)),
      .smallDense(
        likelihood: .gaussian(.perDimension), training: TrainingSpec(batchSize: 5, samples: 3)),
      .smallConvolution(), .smallConvolution(likelihood: .gaussian(.perDimension)),
      .smallConvolution(objective: ObjectiveSpec(reconstruction: .weightedMean(weight: 2000))),
      .smallGated(),
    ]
    models += [
      ModelSpec.smallDense().asAutoencoder(), ModelSpec.smallConvolution().asAutoencoder(),
    ]
    // An activation at the very end: the score must not overwrite what its derivative needs.
    for activation in [LayerSpec.sigmoid, .tanh, .softplus, .silu, .gelu, .elu(alpha: 1)] {
      var spec = ModelSpec.smallDense(likelihood: .gaussian(.fixed(1)))
      spec.name = "small ending in \(activation.typeName)"
      spec.decoder.append(activation)
      models.append(spec)
    }
    // Ends and beginnings that are easily forgotten.
    var spec = ModelSpec.smallDense()
    spec.name = "data through batch norm and dropout first, heads and latents through activations"
    spec.encoder = [
      .batchNorm(), .dropout(rate: 0.2), .elu(), .dense(outputs: 6), .tanh, .dense(outputs: 4),
      .tanh,
    ]
    spec.decoder.insert(.silu, at: 0)
    models.append(spec)
    spec = ModelSpec.smallDense(latents: 10, likelihood: .gaussian(.fixed(1)))
    spec.name = "no decoder"
    spec.decoder = []
    models.append(spec)
    spec = spec.asAutoencoder()
    spec.encoder.append(.sigmoid)
    models.append(spec)
    spec = ModelSpec.smallConvolution()
    spec.name = "flatten last"
    spec.data = DataSpec(height: 1, width: 1, channels: 8 * 8 * 2)
    spec.encoder.insert(.reshape(height: 8, width: 8, channels: 2), at: 0)
    spec.decoder.append(.flatten)
    models.append(spec)
    return models
  }()

  /// The loss and gradient of one minibatch as functions of the weights alone.
  struct Problem {
    let model: Model
    let data: DataSet
    let step: TrainingStep
    let noise: [Float]
    let examples: Int

    init(_ spec: ModelSpec, threads: Int) throws {
      model = try Model(spec, seed: 11, threads: threads)
      examples = spec.training.batchSize
      data = try randomFloats(examples, spec.data.stored, seed: 5)
      step = TrainingStep(model, capacity: examples, samples: spec.training.samples)
      var generator = SeededGenerator(state: 9)
      noise = generator.normals(examples * spec.training.samples * spec.latents)
      // Biases, scales and log-variances off their neat starting values.
      let parameters = model.parameters.vector
      for tensor in model.layout.trained where tensor.shape.count == 1 {
        let view = tensor.slot.vector(in: parameters)
        for index in 0..<view.count { view[index] += generator.float(-0.3...0.3) }
      }
    }

    func outcome() -> TrainingStep.Outcome {
      step.gradients(
        of: data, Array(0..<examples)[...], noise: .given(noise), beta: model.spec.objective.beta,
        seed: 3, step: 4)
    }

    func loss(at point: [Float]) -> Double {
      model.parameters.vector.assign(point)
      return outcome().value.loss
    }
  }

  @Test(arguments: models, [1, 2])
  func gradientsMatchFiniteDifferences(_ spec: ModelSpec, threads: Int) throws {
    let problem = try Problem(spec, threads: threads)
    let start = problem.model.parameters.vector.array
    let outcome = problem.outcome()
    let gradient = problem.model.gradients.vector.array.map(Double.init)
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(abs(outcome.gradientNorm - norm) <= 1e-6 * norm)

    var generator = SeededGenerator(state: 21)
    // The gradient's own direction, then random signs on every tensor by itself.
    var directions = [
      ("gradient", gradient.map { $0 / norm * Double(gradient.count).squareRoot() })
    ]
    for tensor in problem.model.layout.trained {
      var direction = [Double](repeating: 0, count: start.count)
      for index in tensor.slot.offset..<tensor.slot.offset + tensor.slot.count {
        direction[index] = Bool.random(using: &generator) ? 1 : -1
      }
      directions.append((tensor.name, direction))
    }
    for (name, direction) in directions {
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // A step of 0.02 in all: small beside the weights, large beside their rounding.
      let h = 0.02 / length
      let coarse = difference(problem, start, direction, h: h, gradient)
      let fine = difference(problem, start, direction, h: h / 2, gradient)
      let noise = lossNoise(problem, start, direction, h: h)
      let truncation = abs(coarse.slope - coarse.predicted - (fine.slope - fine.predicted))
      let tolerance = truncation + 4 * noise / (h / 2) + 64 * roundoff * norm * length
      #expect(
        abs(fine.slope - fine.predicted) <= tolerance,
        "\(name): difference \(fine.slope), gradient \(fine.predicted), ± \(tolerance)")
      // The test must be able to tell: along the gradient the tolerance is a small part of it.
      if name == "gradient" { #expect(tolerance < 0.01 * norm * length, "\(tolerance)") }
    }
    problem.model.parameters.vector.assign(start)
  }

  // The difference quotient, and what the gradient says of the same rounded points.
  private func difference(
    _ problem: Problem, _ start: [Float], _ direction: [Double], h: Double, _ gradient: [Double]
  ) -> (slope: Double, predicted: Double) {
    let ahead = zip(start, direction).map { Float(Double($0) + h * $1) }
    let behind = zip(start, direction).map { Float(Double($0) - h * $1) }
    let slope = (problem.loss(at: ahead) - problem.loss(at: behind)) / (2 * h)
    var predicted = 0.0
    for index in start.indices {
      predicted += gradient[index] * (Double(ahead[index]) - Double(behind[index]))
    }
    return (slope, predicted / (2 * h))
  }

  // The jitter of the loss between points a hundredth of h apart.
  private func lossNoise(
    _ problem: Problem, _ start: [Float], _ direction: [Double], h: Double
  ) -> Double {
    var losses = (0..<9).map { index in
      problem.loss(
        at: zip(start, direction).map { Float(Double($0) + Double(index - 4) * 0.01 * h * $1) })
    }
    for _ in 0..<4 { losses = zip(losses.dropFirst(), losses).map { $0 - $1 } }
    return (losses.reduce(0) { $0 + $1 * $1 } / Double(losses.count) / 70).squareRoot()
  }

  @Test(arguments: models)
  func theSamePassTwiceGivesTheSameBits(_ spec: ModelSpec) throws {
    let problem = try Problem(spec, threads: 2)
    let first = (problem.outcome(), problem.model.gradients.vector.array)
    let second = (problem.outcome(), problem.model.gradients.vector.array)
    #expect(first.0.value == second.0.value)
    #expect(first.1 == second.1)
  }

  @Test func paddingBetweenTensorsHasNoGradient() throws {
    let problem = try Problem(.smallConvolution(), threads: 2)
    _ = problem.outcome()
    var gradients = problem.model.gradients.vector.array
    for tensor in problem.model.layout.trained {
      for index in tensor.slot.offset..<tensor.slot.offset + tensor.slot.count {
        gradients[index] = 0
      }
    }
    #expect(gradients.allSatisfy { $0 == 0 })
  }

  @Test func streamNoiseIsThatOfTheSeedAndStepWhateverTheBatch() throws {
    // Row r of step s sees the same ε in a batch of any size: documented in RandomStream.
    let stream = RandomStream(seed: 3, purpose: .latentNoise)
    let small = MatrixFixture(rows: 3, columns: 5)
    let large = MatrixFixture(rows: 8, columns: 5)
    stream.fillGaussian(small.view, step: 7, firstRow: 0)
    stream.fillGaussian(large.view, step: 7, firstRow: 0)
    #expect(small.values == Array(large.values.prefix(15)))

    let spec = ModelSpec.smallDense()
    let data = try randomFloats(8, spec.data.stored)
    for count in [3, 8] {
      let model = try Model(spec, seed: 1, threads: 2)
      let step = TrainingStep(model, capacity: 8, samples: 1)
      let noise = MatrixFixture(rows: count, columns: spec.latents)
      stream.fillGaussian(noise.view, step: 7, firstRow: 0)
      func run(_ source: TrainingStep.Noise) -> ([Float], EvidenceBound.Value) {
        let outcome = step.gradients(
          of: data, Array(0..<count)[...], noise: source, beta: 1, seed: 3, step: 7)
        return (model.gradients.vector.array, outcome.value)
      }
      let (streamed, given) = (run(.stream(stream)), run(.given(noise.values)))
      #expect(streamed.0 == given.0)
      #expect(streamed.1 == given.1)
    }
  }

  @Test func smallerBatchesUseTheSameWorkspace() throws {
    // A partial batch in a large plan gives the bits of a plan of its own size.
    let spec = ModelSpec.smallConvolution()
    let data = try randomFloats(8, spec.data.stored)
    func gradients(capacity: Int) throws -> [Float] {
      let model = try Model(spec, seed: 1, threads: 1)
      let step = TrainingStep(model, capacity: capacity, samples: 1)
      if capacity == 8 {
        _ = step.gradients(
          of: data, Array(0..<8)[...], noise: .stream(RandomStream(seed: 1)), beta: 1, seed: 1,
          step: 0)
      }
      _ = step.gradients(
        of: data, [5, 2, 7], noise: .stream(RandomStream(seed: 1)), beta: 1, seed: 1, step: 1)
      return model.gradients.vector.array
    }
    #expect(try gradients(capacity: 8) == gradients(capacity: 3))
  }

  @Test func deterministicModelsHaveNoDivergence() throws {
    let problem = try Problem(ModelSpec.smallDense().asAutoencoder(), threads: 1)
    let value = problem.outcome().value
    #expect(value.divergence == 0)
    #expect(value.loss == value.reconstruction)
  }

  @Test func severalSamplesAreTheMeanOfSingleOnes() throws {
    // loss(K) = mean over k of loss with εₖ alone; the gradients likewise. Each of the K + 1 values is
    // the sum of at most 5 × 10 float terms of 5 roundoffs each, as in LikelihoodTests.
    let spec = ModelSpec.smallDense()
    let model = try Model(spec, seed: 2, threads: 1)
    let data = try randomFloats(4, spec.data.stored)
    var generator = SeededGenerator(state: 4)
    let noise = (0..<3).map { _ in generator.normals(4 * 2) }
    func run(_ values: [Float], samples: Int) -> ([Float], EvidenceBound.Value) {
      let step = TrainingStep(model, capacity: 4, samples: samples)
      let outcome = step.gradients(
        of: data, Array(0..<4)[...], noise: .given(values), beta: 1, seed: 1, step: 0)
      return (model.gradients.vector.array, outcome.value)
    }
    let singles = noise.map { run($0, samples: 1) }
    let interleaved = (0..<4).flatMap { row in noise.flatMap { $0[2 * row..<2 * row + 2] } }
    let joint = run(interleaved, samples: 3)
    let mean = singles.reduce(0) { $0 + $1.1.loss } / 3
    #expect(abs(joint.1.loss - mean) <= 16 * roundoff * abs(mean))
    let scale = largestMagnitude(joint.0)
    for index in joint.0.indices {
      let expected = singles.reduce(0) { $0 + Double($1.0[index]) } / 3
      #expect(abs(Double(joint.0[index]) - expected) <= 64 * roundoff * scale)
    }
  }
}
