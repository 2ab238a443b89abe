// One step, straight down: the eight lines that ARCHITECTURE.md counts.

import Kernels
import Networks

/// A training step with its buffers, planned for one batch size.
final class TrainingStep {
  let capacity: Int
  let samples: Int
  private let model: Model
  private let encoder: Workspace
  private let decoder: Workspace
  private let buffers: StepBuffers
  // nil for the bound with its divergence in closed form
  private let objective: (any ObjectivePass)?

  /// Floats that the buffers would take; a number that `Int` may not hold.
  static func floats(_ model: Model, capacity: Int, samples: Int) -> Double {
    StepBuffers.floats(model, capacity: capacity, samples: samples)
      + model.objectivePassFloats(examples: capacity, samples: samples)
      + Workspace.floats(model.encoder, capacity: Double(capacity), isTraining: true)
      + Workspace.floats(
        model.decoder, capacity: Double(capacity) * Double(samples), isTraining: true)
      + PassMemory.floats(
        passes(model, capacity: capacity, samples: samples), workers: model.compute.workers)
  }

  // The backward passes of a step, which run one after the other.
  private static func passes(_ model: Model, capacity: Int, samples: Int) -> [PassMemory.Pass] {
    [
      (model.encoder, capacity), (model.decoder, capacity * samples),
      (model.encoder, model.prior.pseudoInputs == nil ? 0 : model.prior.components),
    ]
  }

  init(_ model: Model, capacity: Int, samples: Int) {
    self.model = model
    self.capacity = capacity
    self.samples = samples
    let shared = PassMemory(
      TrainingStep.passes(model, capacity: capacity, samples: samples),
      workers: model.compute.workers)
    model.passMemory = shared
    encoder = Workspace(
      model.encoder, capacity: capacity, isTraining: true, compute: model.compute, sharing: shared)
    decoder = Workspace(
      model.decoder, capacity: capacity * samples, isTraining: true, compute: model.compute,
      sharing: shared)
    buffers = StepBuffers(model, capacity: capacity, samples: samples)
    objective = model.objectivePass(
      examples: capacity, samples: samples, likelihoodWeights: buffers.likelihoodWeights)
  }

  /// What a pass found, before the optimiser has moved anything.
  struct Outcome {
    var value: ObjectiveValue
    var gradientNorm: Double
    var saturations: Int
  }

  /// The latents' noise for a batch.
  enum Noise {
    case stream(RandomStream)
    case given([Float])  // [B·K, L]; for tests against other programs
  }

  /// Overwrites the model's gradients by those of the objective on some examples.
  ///
  /// - Parameters:
  ///   - indices: the minibatch, at most `capacity` examples
  ///   - capacityOfDivergence: C of the capacity objective, nats
  ///   - step: steps taken before; with the seed it fixes noise, dropout and binarisation
  func gradients(
    of dataSet: DataSet, _ indices: ArraySlice<Int>, noise source: Noise, beta: Double,
    capacityOfDivergence: Double = 0, seed: UInt64, step: Int
  ) -> Outcome {
    let spec = model.spec
    let (examples, rows) = (indices.count, indices.count * samples)
    let isVariational = spec.posterior == .diagonalGaussian
    let views = model.views
    clear(views.gradients)

    // 1. The minibatch, x [B, D].
    let x = buffers.data.slice(0, count: examples * spec.data.padded.count)
      .matrix(rows: examples, columns: spec.data.padded.count)
    gather(dataSet, indices, draws: spec.data.trainingDraws(seed: seed, step: step), into: x)

    // 2. The encoder's head, [B, 2L] read as (mean ‖ logVariance).
    let classes = buffers.labels.slice(0, count: min(buffers.labels.count, examples))
    dataSet.copyLabels(indices, into: classes)
    let input = model.encoderInput.prepare(
      x, labels: classes, buffer: buffers.encoderData, compute: model.compute)
    let head = encoder.forward(input, parameters: views, mode: .training, seed: seed, step: step)

    // 3. ε and z = mean + exp(½·logVariance)·ε, [B·K, L], with each example's divergence.
    var z = head
    var saturated = 0
    let epsilon = matrix(buffers.noise, rows)
    let slope = matrix(buffers.derivative, examples)
    let posterior = PosteriorPass(
      posterior: model.posterior, samples: samples, compute: model.compute, head: head,
      derivative: slope, noise: epsilon, latent: matrix(buffers.latent, rows))
    if isVariational {
      z = posterior.latent
      var stream: RandomStream?
      switch source {
      case .stream(let random): stream = random
      case .given(let values): epsilon.vector.assign(values)
      }
      saturated = posterior.draw(
        from: stream, step: step, divergences: buffers.divergences, saturations: buffers.saturations
      )
    }

    // 4. The decoder's output, [B·K, P].
    let given = model.decoderInput.prepare(
      z, labels: classes, samples: samples, buffer: buffers.decoderData)
    let output = decoder.forward(given, parameters: views, mode: .training, seed: seed, step: step)

    let batch = LatentBatch(
      head: head, slope: slope, noise: epsilon, z: z, examples: examples, samples: samples,
      population: dataSet.count, seed: seed, step: step)
    objective?.decoded(batch, output: output)

    // 5. ln p(x|z) of each row with its score, which takes the output's place, unless the derivative of a
    // last activation is computed from the output.
    var score = output
    if buffers.outputGradient.count > 0 {
      score = buffers.outputGradient.slice(0, count: output.count)
        .matrix(rows: rows, columns: output.columns)
      score.vector.copy(from: output.vector)
    }
    let ownScore = buffers.ownScores.matrix(rows: rows, columns: model.likelihood.ownScoreColumns)
    model.likelihood.logDensity(
      of: x, given: score, samples: samples, into: buffers.logLikelihoods, writingScore: true,
      ownScore: ownScore, parameters: views, compute: model.compute, mode: .training)

    // 6. The objective: loss in, a weight for every term out.
    let terms = StepTerms(
      logLikelihoods: buffers.logLikelihoods, divergences: buffers.divergences,
      likelihoodWeights: buffers.likelihoodWeights, divergenceWeights: buffers.divergenceWeights,
      beta: beta,
      capacity: capacityOfDivergence)
    let value = objective?.weigh(batch, terms) ?? evidenceBound(examples, beta: beta)

    // 7. Backwards: likelihood, decoder, posterior, encoder.
    model.likelihood.pullBack(
      score, weights: buffers.likelihoodWeights, ownScore: ownScore, data: x, parameters: views,
      compute: model.compute)
    objective?.pullBackOutput(batch, outputGradient: score)
    let dz = matrix(buffers.latentGradient, rows)
    let givenGradient = model.decoderInput.gradient(dz, buffer: buffers.decoderGradient)
    decoder.backward(
      given, outputGradient: score, inputGradient: givenGradient, parameters: views,
      mode: .training, seed: seed, step: step)
    model.decoderInput.takeLatents(of: givenGradient, into: dz)
    objective?.pullBackLatents(batch, latentGradient: dz)
    var headGradients = dz
    if isVariational {
      headGradients = buffers.headGradient.slice(0, count: examples * spec.headWidth)
        .matrix(rows: examples, columns: spec.headWidth)
      posterior.pullBack(dz, weights: buffers.divergenceWeights, into: headGradients)
    }
    if isVariational { objective?.pullBackHead(batch, headGradient: headGradients) }
    encoder.backward(
      input, outputGradient: headGradients, inputGradient: nil, parameters: views, mode: .training,
      seed: seed, step: step)
    return Outcome(value: value, gradientNorm: norm(views.gradients), saturations: saturated)
  }

  // The bound with its divergence in closed form.
  private func evidenceBound(_ examples: Int, beta: Double) -> ObjectiveValue {
    let bound = EvidenceBound(reconstruction: model.reconstructionScale, beta: beta)
    buffers.likelihoodWeights.fill(bound.likelihoodWeight(examples: examples, samples: samples))
    buffers.divergenceWeights.fill(bound.divergenceWeight(examples: examples))
    return bound.value(
      logLikelihood: buffers.logLikelihoods.sum(first: examples * samples),
      divergence: model.isVariational ? buffers.divergences.sum(first: examples) : 0,
      examples: examples,
      samples: samples)
  }

  private func matrix(_ vector: VectorView, _ rows: Int) -> MatrixView {
    vector.slice(0, count: rows * model.spec.latents)
      .matrix(rows: rows, columns: model.spec.latents)
  }

  private func gather(
    _ dataSet: DataSet, _ indices: ArraySlice<Int>, draws: BinaryDraws?, into x: MatrixView
  ) {
    model.compute.forEachShare(
      of: x.rows, cost: x.columns, (dataSet, indices, model.spec.data.padding, draws, x)
    ) { context, rows, _ in
      let (dataSet, indices, padding, draws, x) = context
      let first = indices.startIndex
      dataSet.gather(
        indices[first + rows.lowerBound..<first + rows.upperBound], padding: padding,
        draws: draws, into: x.rows(rows))
    }
  }

  private func clear(_ gradients: VectorView) {
    model.compute.forEachShare(of: gradients.count, multiple: 16, cost: 1, gradients) {
      gradients, range, _ in
      gradients.slice(range.lowerBound, count: range.count).fill(0)
    }
  }

  // √Σg² in 64 bits, the workers' sums added in their order.
  private func norm(_ gradients: VectorView) -> Double {
    buffers.norms.fill(0)
    model.compute.forEachShare(
      of: gradients.count, multiple: 16, cost: 2, (gradients, buffers.norms)
    ) {
      context, range, worker in
      let (gradients, norms) = context
      norms[worker] = gradients.slice(range.lowerBound, count: range.count).sumOfSquares
    }
    return buffers.norms.sum(first: buffers.norms.count).squareRoot()
  }
}
