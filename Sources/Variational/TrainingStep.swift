// One step, straight down: the eight lines that ARCHITECTURE.md counts.

import Kernels
import Networks

/// The numbers of one training step.
public struct StepReport: Sendable, Hashable {
  /// Steps taken, this one included.
  public let step: Int
  /// Examples in the minibatch.
  public let examples: Int
  /// The objective, mean over the minibatch.
  public let loss: Double
  /// Its reconstruction term, in the objective's units.
  public let reconstruction: Double
  /// KL(q(z|x) ‖ p(z)), nats per example; its estimate from the samples where the objective uses that.
  public let kl: Double
  /// The weight of the divergence in this step.
  public let beta: Double
  /// What the objective penalises besides or in place of the divergence; nil if nothing.
  public let penalty: Double?
  /// The gradient's global norm before clipping.
  public let gradientNorm: Double
  /// The learning rate of this step.
  public let learningRate: Double
  /// Log-variances that met the soft bound.
  public let saturations: Int
}

/// Why training stopped.
public enum TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The loss, the gradient, the validation loss or the model's weights are no longer numbers. After a
  /// loss or a gradient the weights are those before this step; otherwise they are lost but for what a
  /// folder holds.
  case notFinite(what: String, step: Int)
  /// A file that the training data lie in is no longer what it was when it was opened; the weights are those
  /// before the step.
  case dataChanged(file: String, step: Int)

  /// One sentence.
  public var description: String {
    switch self {
    case .notFinite(let what, let step):
      """
      training diverged: the \(what == "model" ? "model's weights are" : "\(what) is") not finite at \
      step \(step)\(["loss", "gradient"].contains(what) ? "; the last good weights are kept" : ""). A \
      smaller learning rate, gradient clipping or data nearer to [0, 1] usually helps
      """
    case .dataChanged(let file, let step):
      "\(file): the file was changed while it was in use, noticed at step \(step)"
    }
  }
}

/// The buffers of a training step, planned for one batch size, and the step itself.
final class TrainingStep {
  let capacity: Int
  let samples: Int
  private let model: Model
  private let encoder: Workspace
  private let decoder: Workspace
  private let memory: Arena
  private let data: VectorView  // x [B, D]
  private let labels: VectorView  // the examples' classes [B]; empty without a condition
  private let encoderData: VectorView  // the encoder's input [B, E]; empty where that is the data
  private let decoderData: VectorView  // the decoder's input [B·K, L + C]; empty where that is z
  private let decoderGradient: VectorView  // [B·K, L + C]; empty where dz serves
  private let noise: VectorView  // ε [B·K, L]
  private let latent: VectorView  // z [B·K, L]
  private let derivative: VectorView  // dℓ/dr [B, L]
  private let headGradient: VectorView  // [B, 2L]
  private let latentGradient: VectorView  // dz [B·K, L]
  private let outputGradient: VectorView  // [B·K, P]; empty where the output's own memory serves
  private let ownScores: VectorView  // [B·K, what the likelihood learns]; empty if it needs none
  private let logLikelihoods: TermBuffer  // [B·K]
  private let divergences: TermBuffer  // [B]
  private let likelihoodWeights: TermBuffer  // [B·K]
  private let divergenceWeights: TermBuffer  // [B]
  private let norms: TermBuffer  // one a worker
  private let saturations: TermBuffer  // one a worker
  // nil for the bound with its divergence in closed form
  private let objective: (any ObjectivePass)?

  /// Floats that the buffers would take; a number that `Int` may not hold.
  static func floats(_ model: Model, capacity: Int, samples: Int) -> Double {
    let (examples, rows) = (Double(capacity), Double(capacity) * Double(samples))
    let (size, latents) = (Double(model.spec.data.padded.count), Double(model.spec.latents))
    let scores =
      (model.decoder.readsOutputBackward ? model.likelihood.outputs : 0)
      + model.likelihood.ownScoreColumns
    let buffers =
      examples * (size + latents + Double(model.spec.headWidth) + 4)
      + rows * (3 * latents + 4 + Double(scores))
    let inputs =
      examples * Double(model.encoderInput.count(examples: 1) + 1)
      + 2 * rows * Double(model.decoderInput.count(rows: 1))
    return buffers + inputs
      + model.objectivePassFloats(examples: capacity, samples: samples)
      + Workspace.floats(model.encoder, capacity: examples, isTraining: true)
      + Workspace.floats(model.decoder, capacity: rows, isTraining: true)
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
    let (size, latents) = (model.spec.data.padded.count, model.spec.latents)
    let rows = capacity * samples
    let counts = [
      capacity * size, rows * latents, rows * latents, capacity * latents,
      capacity * model.spec.headWidth, rows * latents,
      model.decoder.readsOutputBackward ? rows * model.likelihood.outputs : 0,
      rows * model.likelihood.ownScoreColumns,
      model.decoderInput.classes == 0 ? 0 : capacity,
      model.encoderInput.count(examples: capacity), model.decoderInput.count(rows: rows),
      model.decoderInput.count(rows: rows),
    ]
    var offsets: [Int] = []
    var total = 0
    for count in counts {
      offsets.append(total)
      total += Arena.aligned(count)
    }
    let memory = Arena(count: total)
    func view(_ index: Int) -> VectorView {
      memory.vector(at: offsets[index], count: counts[index])
    }
    self.memory = memory
    (data, noise, latent) = (view(0), view(1), view(2))
    (derivative, headGradient, latentGradient) = (view(3), view(4), view(5))
    (outputGradient, ownScores, labels) = (view(6), view(7), view(8))
    (encoderData, decoderData, decoderGradient) = (view(9), view(10), view(11))
    logLikelihoods = TermBuffer(count: rows)
    divergences = TermBuffer(count: capacity)
    likelihoodWeights = TermBuffer(count: rows)
    divergenceWeights = TermBuffer(count: capacity)
    norms = TermBuffer(count: model.compute.workers)
    saturations = TermBuffer(count: model.compute.workers)
    objective = model.objectivePass(
      examples: capacity, samples: samples, likelihoodWeights: likelihoodWeights)
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
    let x = data.slice(0, count: examples * spec.data.padded.count)
      .matrix(rows: examples, columns: spec.data.padded.count)
    gather(dataSet, indices, draws: spec.data.trainingDraws(seed: seed, step: step), into: x)

    // 2. The encoder's head, [B, 2L] read as (mean ‖ logVariance).
    let classes = labels.slice(0, count: min(labels.count, examples))
    dataSet.copyLabels(indices, into: classes)
    let input = model.encoderInput.prepare(
      x, labels: classes, buffer: encoderData, compute: model.compute)
    let head = encoder.forward(input, parameters: views, mode: .training, seed: seed, step: step)

    // 3. ε and z = mean + exp(½·logVariance)·ε, [B·K, L], with each example's divergence.
    var z = head
    var saturated = 0
    let epsilon = matrix(noise, rows)
    let slope = matrix(derivative, examples)
    let posterior = PosteriorPass(
      posterior: model.posterior, samples: samples, compute: model.compute, head: head,
      derivative: slope, noise: epsilon, latent: matrix(latent, rows))
    if isVariational {
      z = posterior.latent
      var stream: RandomStream?
      switch source {
      case .stream(let random): stream = random
      case .given(let values): epsilon.vector.assign(values)
      }
      saturated = posterior.draw(
        from: stream, step: step, divergences: divergences, saturations: saturations)
    }

    // 4. The decoder's output, [B·K, P].
    let given = model.decoderInput.prepare(
      z, labels: classes, samples: samples, buffer: decoderData)
    let output = decoder.forward(given, parameters: views, mode: .training, seed: seed, step: step)

    let batch = LatentBatch(
      head: head, slope: slope, noise: epsilon, z: z, examples: examples, samples: samples,
      population: dataSet.count, seed: seed, step: step)
    objective?.decoded(batch, output: output)

    // 5. ln p(x|z) of each row with its score, which takes the output's place, unless the derivative of a
    // last activation is computed from the output.
    var score = output
    if outputGradient.count > 0 {
      score = outputGradient.slice(0, count: output.count)
        .matrix(rows: rows, columns: output.columns)
      score.vector.copy(from: output.vector)
    }
    let ownScore = ownScores.matrix(rows: rows, columns: model.likelihood.ownScoreColumns)
    model.likelihood.logDensity(
      of: x, given: score, samples: samples, into: logLikelihoods, writingScore: true,
      ownScore: ownScore, parameters: views, compute: model.compute, mode: .training)

    // 6. The objective: loss in, a weight for every term out.
    let terms = StepTerms(
      logLikelihoods: logLikelihoods, divergences: divergences,
      likelihoodWeights: likelihoodWeights, divergenceWeights: divergenceWeights, beta: beta,
      capacity: capacityOfDivergence)
    let value = objective?.weigh(batch, terms) ?? evidenceBound(examples, beta: beta)

    // 7. Backwards: likelihood, decoder, posterior, encoder.
    model.likelihood.pullBack(
      score, weights: likelihoodWeights, ownScore: ownScore, data: x, parameters: views,
      compute: model.compute)
    objective?.pullBackOutput(batch, outputGradient: score)
    let dz = matrix(latentGradient, rows)
    let givenGradient = model.decoderInput.gradient(dz, buffer: decoderGradient)
    decoder.backward(
      given, outputGradient: score, inputGradient: givenGradient, parameters: views,
      mode: .training, seed: seed, step: step)
    model.decoderInput.takeLatents(of: givenGradient, into: dz)
    objective?.pullBackLatents(batch, latentGradient: dz)
    var headGradients = dz
    if isVariational {
      headGradients = headGradient.slice(0, count: examples * spec.headWidth)
        .matrix(rows: examples, columns: spec.headWidth)
      posterior.pullBack(dz, weights: divergenceWeights, into: headGradients)
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
    likelihoodWeights.fill(bound.likelihoodWeight(examples: examples, samples: samples))
    divergenceWeights.fill(bound.divergenceWeight(examples: examples))
    return bound.value(
      logLikelihood: logLikelihoods.sum(first: examples * samples),
      divergence: model.isVariational ? divergences.sum(first: examples) : 0, examples: examples,
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
    norms.fill(0)
    model.compute.forEachShare(of: gradients.count, multiple: 16, cost: 2, (gradients, norms)) {
      context, range, worker in
      let (gradients, norms) = context
      norms[worker] = gradients.slice(range.lowerBound, count: range.count).sumOfSquares
    }
    return norms.sum(first: norms.count).squareRoot()
  }
}
