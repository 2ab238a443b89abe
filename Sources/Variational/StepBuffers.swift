// The memory of a training step, planned for one batch size.

import Kernels
import Networks

/// B examples at the most, K samples of each; D data values, L latents, P outputs of the decoder, C classes,
/// E numbers that the encoder gets.
struct StepBuffers {
  private let memory: Arena
  let data: VectorView  // x [B, D]
  let labels: VectorView  // the examples' classes [B]; empty without a condition
  let encoderData: VectorView  // the encoder's input [B, E]; empty where that is the data
  let decoderData: VectorView  // the decoder's input [B·K, L + C]; empty where that is z
  let decoderGradient: VectorView  // [B·K, L + C]; empty where dz serves
  let noise: VectorView  // ε [B·K, L]
  let latent: VectorView  // z [B·K, L]
  let derivative: VectorView  // dℓ/dr [B, L]
  let headGradient: VectorView  // [B, 2L]
  let latentGradient: VectorView  // dz [B·K, L]
  let outputGradient: VectorView  // [B·K, P]; empty where the output's own memory serves
  let ownScores: VectorView  // [B·K, what the likelihood learns]; empty if it needs none
  let logLikelihoods: TermBuffer  // [B·K]
  let divergences: TermBuffer  // [B]
  let likelihoodWeights: TermBuffer  // [B·K]
  let divergenceWeights: TermBuffer  // [B]
  let norms: TermBuffer  // one a worker
  let saturations: TermBuffer  // one a worker

  /// Floats that the buffers would take; a number that `Int` may not hold.
  static func floats(_ model: Model, capacity: Int, samples: Int) -> Double {
    let (examples, rows) = (Double(capacity), Double(capacity) * Double(samples))
    let (size, latents) = (Double(model.spec.data.padded.count), Double(model.spec.latents))
    let scores =
      (model.decoder.readsOutputBackward ? model.likelihood.outputs : 0)
      + model.likelihood.ownScoreColumns
    return examples * (size + latents + Double(model.spec.headWidth) + 4)
      + rows * (3 * latents + 4 + Double(scores))
      + examples * Double(model.encoderInput.count(examples: 1) + 1)
      + 2 * rows * Double(model.decoderInput.count(rows: 1))
  }

  init(_ model: Model, capacity: Int, samples: Int) {
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
  }
}
