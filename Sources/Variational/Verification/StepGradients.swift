// Whole training steps: every likelihood, objective and prior, against differences of the reported loss.

import Foundation
import Kernels
import Networks

/// ⟨v, ∇loss⟩ as the training step leaves it against central differences of the loss along v, random signs on
/// one part of the parameters: encoder, decoder, likelihood, prior.
///
/// Networks are small and smooth, noise is the same at every point.
struct StepGradients {
  /// A model to take a step with.
  private struct Trial {
    let model: Model
    let data: DataSet
    let samples: Int

    init(_ spec: ModelSpec, samples: Int, data: DataSet) throws {
      model = try Model(spec, seed: 4, threads: 1)
      self.data = data
      self.samples = samples
      let moves = RandomStream(seed: 6).gaussian(count: model.layout.trainedCount)
      for tensor in model.layout.trained {
        let size: Float = tensor.name.hasSuffix("weight") ? 0.1 : 0.3
        for index in tensor.slot.offset..<tensor.slot.offset + tensor.slot.count {
          model.parameters.vector[index] += size * moves[index]
        }
      }
    }

    /// The loss; its gradients are left in the model.
    func loss(_ step: TrainingStep, number: Int = 3) -> Double {
      step.gradients(
        of: data, Array(0..<data.count)[...],
        noise: .stream(RandomStream(seed: 8, purpose: .latentNoise)),
        beta: model.spec.objective.beta, seed: 8, step: number
      ).value.loss
    }

    func makeStep() -> TrainingStep {
      TrainingStep(model, capacity: data.count, samples: samples)
    }

    /// Indices in the arena of the tensors of one part, in a layout that all copies share.
    func indices(of part: String) -> [Int] {
      model.layout.trained.filter { $0.name.hasPrefix(part + ".") }.flatMap {
        Array($0.slot.offset..<$0.slot.offset + $0.slot.count)
      }
    }
  }

  private static let examples = 6
  private static let parts = ["encoder", "decoder", "likelihood", "prior"]

  private static func spec(
    channels: Int, likelihood: LikelihoodSpec = .gaussian(.shared),
    objective: ObjectiveSpec = ObjectiveSpec(), prior: PriorSpec = .standardNormal
  ) throws(SpecError) -> ModelSpec {
    try ModelSpec(
      name: "step", data: DataSpec(height: 1, width: 1, channels: channels),
      encoder: [.dense(outputs: 5), .tanh, .dense(outputs: 4)], latents: 2,
      decoder: [.dense(outputs: 5), .tanh, .dense(outputs: channels)],
      likelihood: .gaussian(.shared), objective: objective, prior: prior
    ).replacing(likelihood: likelihood)
  }

  /// The comparisons.
  ///
  /// - Parameter planted: what gradients are multiplied by; for tests
  func checks(planted: Double = 1) -> [VerificationCheck] {
    LikelihoodSpec.choiceNames.flatMap { likelihood($0, planted) }
      + ObjectiveKind.all.flatMap { objective($0, planted) }
      + PriorSpec.names.filter { $0 != "standard_normal" }.flatMap { prior($0, planted) }
  }

  private func guarded(
    _ name: String, _ body: () throws -> [VerificationCheck]
  ) -> [VerificationCheck] {
    do { return try body() } catch { return [.notCovered(.gradients, name, "\(error)")] }
  }

  private func likelihood(_ name: String, _ planted: Double) -> [VerificationCheck] {
    let title = "likelihood \(name)"
    return guarded(title) {
      let channels = 6
      guard let data = try StepGradients.data(name, channels: channels) else {
        return [.notCovered(.gradients, title, "nobody has said which values it takes")]
      }
      let spec = try StepGradients.spec(
        channels: channels, likelihood: try LikelihoodSpec(named: name, channels: channels))
      return differences(title, try Trial(spec, samples: 2, data: data), planted)
    }
  }

  private func prior(_ name: String, _ planted: Double) -> [VerificationCheck] {
    let title = "prior \(name)"
    return guarded(title) {
      var prior = try PriorSpec.named(name, components: 3)
      if case .vampPrior(var spec) = prior {
        spec.range = nil
        prior = .vampPrior(spec)
      }
      let spec = try StepGradients.spec(channels: 6, prior: prior)
      guard let data = try StepGradients.data("gaussian", channels: 6) else { return [] }
      return differences(title, try Trial(spec, samples: 2, data: data), planted)
    }
  }

  private func objective(_ kind: ObjectiveKind, _ planted: Double) -> [VerificationCheck] {
    let title = "objective \(kind.name)"
    return guarded(title) {
      let samples = max(kind.usualSamples, 2)
      guard let data = try StepGradients.data("gaussian", channels: 6) else { return [] }
      let trial = try objectiveTrial(kind, samples, data)
      switch kind {
      case .importanceWeighted(.doublyReparameterised):
        // Its encoder's gradient is that of the loss in expectation only.
        return differences(title, trial, planted, parts: ["decoder", "likelihood"])
          + (try expectation(title, trial, samples, planted))
      case .importanceWeighted(.partial(let groups)):
        // The encoder's gradient is that of MIWAE's loss.
        let encoders = try objectiveTrial(
          .importanceWeighted(.multiple(groups: groups)), samples, data)
        return differences(title, trial, planted, parts: ["decoder", "likelihood"])
          + differences(title, trial, planted, parts: ["encoder"], lossOf: encoders)
      default: return differences(title, trial, planted)
      }
    }
  }

  // A deterministic posterior where the objective wants one.
  private func objectiveTrial(
    _ kind: ObjectiveKind, _ samples: Int, _ data: DataSet
  ) throws -> Trial {
    var spec = try StepGradients.spec(channels: 6, objective: ObjectiveSpec(kind, beta: 1.5))
    spec.training.samples = samples
    do { return try Trial(spec, samples: samples, data: data) } catch is SpecError {
      spec = spec.asAutoencoder()
      spec.objective = ObjectiveSpec(kind, beta: 1.5)
      return try Trial(spec, samples: 1, data: data)
    }
  }

  // The loss's rounding: Σ over D values and K samples, each off by some 32 u of its size, errors of random sign
  // over the examples. Objectives that take the samples together are means of the same terms.
  private func differences(
    _ title: String, _ trial: Trial, _ planted: Double, parts: [String] = StepGradients.parts,
    lossOf other: Trial? = nil
  ) -> [VerificationCheck] {
    let step = trial.makeStep()
    let size = abs(trial.loss(step)) + 6
    let gradients = trial.model.gradients.vector.array
    let reference = other ?? trial
    let referenceStep = other?.makeStep() ?? step
    let rounding = 32 * 0x1p-24 * size / Double(StepGradients.examples).squareRoot()
    return parts.compactMap { part in
      let indices = trial.indices(of: part)
      guard !indices.isEmpty else { return nil }
      let parameters = reference.model.parameters.vector
      let start = indices.map { parameters[$0] }
      let v = randomSigns(indices.count, seed: 9)
      let difference = DirectionalDifference(step: 0x1p-6, rounding: rounding) { h in
        for (place, index) in indices.enumerated() {
          parameters[index] = start[place] + Float(h) * v[place]
        }
        return reference.loss(referenceStep)
      }
      for (place, index) in indices.enumerated() { parameters[index] = start[place] }
      var found = 0.0
      for (place, index) in indices.enumerated() {
        found += Double(gradients[index]) * Double(v[place])
      }
      let what = other == nil ? "the loss" : other?.model.spec.objective.kind.name ?? "another"
      return VerificationCheck(
        .gradients, "\(title), \(part)",
        "the step's gradient along a random direction; central differences of \(what)",
        got: found * planted, expected: difference.value, allowance: difference.tolerance)
    }
  }

  // The mean gradient over many draws against IWAE's, from the same draws.
  private func expectation(
    _ title: String, _ trial: Trial, _ samples: Int, _ planted: Double
  ) throws -> [VerificationCheck] {
    let reference = try objectiveTrial(.importanceWeighted(.all), samples, trial.data)
    let indices = trial.indices(of: "encoder")
    let v = randomSigns(indices.count, seed: 9)
    let (step, referenceStep) = (trial.makeStep(), reference.makeStep())
    func along(_ trial: Trial, _ step: TrainingStep, _ number: Int) -> Double {
      _ = trial.loss(step, number: number)
      let gradients = trial.model.gradients.vector
      var sum = 0.0
      for (place, index) in indices.enumerated() {
        sum += Double(gradients[index]) * Double(v[place])
      }
      return sum
    }
    let pairs = (0..<2_000).map {
      (planted * along(trial, step, $0), along(reference, referenceStep, $0))
    }
    let difference = SampleMean(pairs.map { $0.0 - $0.1 })
    return [
      VerificationCheck(
        .gradients, "\(title), encoder", "mean gradient over 2000 draws; IWAE's, same draws",
        got: SampleMean(pairs.map(\.0)).mean, expected: SampleMean(pairs.map(\.1)).mean,
        allowance: 0, standardError: difference.standardError)
    ]
  }

  // Values that a likelihood of that name takes; nil if nobody has said.
  private static func data(_ name: String, channels: Int) throws(DataError) -> DataSet? {
    let count = examples * channels
    let normal = RandomStream(seed: 10).gaussian(count: count)
    let uniform = RandomStream(seed: 11).uniform(count: count)
    let values: [Float]
    switch name.split(separator: "_").first {
    case "bernoulli", "continuous": values = uniform
    case "gaussian", "student": values = normal
    // Far from where the decoder puts the median, at which the density has a kink.
    case "laplace": values = normal.map { $0 < 0 ? $0 - 4 : $0 + 4 }
    case "discretised": values = uniform.map { ($0 * 255).rounded() / 255 }
    case "categorical":
      values = (0..<count).map { $0 % channels == ($0 / channels) % channels ? 1 : 0 }
    case "poisson", "negative", "zero": values = uniform.map { ($0 * 5).rounded(.down) }
    default: return nil
    }
    return try DataSet(floats: values, shape: Shape(features: channels), name: name)
  }
}
