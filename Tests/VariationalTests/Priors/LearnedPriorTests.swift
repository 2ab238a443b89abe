// Evaluation and sampling with a learned prior, and pseudo-inputs from data.

import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct LearnedPriorTests {
  @Test(arguments: [PriorSpec.mixture(components: 4), .vampPrior(.init(components: 20))])
  func evaluationUsesThePrior(_ prior: PriorSpec) throws {
    let model = try PriorPassTests.model(prior)
    let data = try randomFloats(70, model.spec.data.stored, seed: 3)
    let weights = tensors(of: model)
    let components = NaiveStep.components(prior, weights, latents: 2)
    let x = DataSourceTests.values(data)
    let draws = 3
    var (bound, divergence, estimate) = (0.0, 0.0, 0.0)
    let noise = (0...draws).map { step in
      let matrix = MatrixFixture(rows: data.count, columns: 2)
      RandomStream(seed: 6, purpose: .evaluation)
        .fillGaussian(matrix.view, step: step, firstRow: 0)
      return matrix
    }
    for row in 0..<data.count {
      let example = x[row * 10..<(row + 1) * 10].map(Double.init)
      let head = NaiveStep.encode(weights, example)
      let terms = (0...draws).map { draw -> (Double, Double) in
        let z = (0..<2).map {
          head[$0] + exp(0.5 * head[2 + $0]) * Double(noise[draw].view[row, $0])
        }
        var likelihood = 0.0
        for (value, logit) in zip(example, NaiveStep.decode(weights, z)) {
          likelihood += value * logit - log(1 + exp(logit))
        }
        let ratio =
          NaiveStep.logDensity(z, components)
          - NaiveStep.logNormal(z, Array(head[..<2]), Array(head[2...]))
        return (likelihood, ratio)
      }
      divergence -= terms[0].1
      bound += terms[0].0 + terms[0].1
      estimate += log(terms[1...].reduce(0) { $0 + exp($1.0 + $1.1) } / Double(draws))
    }
    let n = Double(data.count)
    let result = try model.evaluate(data, importanceSamples: draws, seed: 6)
    #expect(abs(result.kl - divergence / n) <= ObjectiveStepTests.lossBound)
    #expect(abs(result.elbo - bound / n) <= ObjectiveStepTests.lossBound)
    let logLikelihood = try #require(result.logLikelihood)
    #expect(abs(logLikelihood - estimate / n) <= ObjectiveStepTests.lossBound)
  }

  @Test func samplesComeFromThePrior() throws {
    // One narrow component far away: every decoded sample is nearly the decoded mean.
    var spec = ModelSpec.smallDense()
    spec.prior = .mixture(components: 1)
    let model = try Model(spec, threads: 1)
    for (name, values) in [
      ("prior.means", [3, -2] as [Float]), ("prior.log_variances", [-30, -30]),
    ] {
      let tensor = try #require(model.layout.trained.first { $0.name == name })
      tensor.slot.vector(in: model.parameters.vector).assign(values)
    }
    let expected = model.decode(Matrix(rows: 1, columns: 2, [3, -2])).row(0)
    let samples = model.sample(5, seed: 3)
    // Deviations of e⁻¹⁵ = 3e-7 through two layers of six.
    for row in 0..<5 { #expect(largestDifference(samples.row(row), expected) <= 1e-5) }
  }

  @Test func pseudoInputsCanBeginAsData() throws {
    var spec = ModelSpec.smallDense()
    spec.prior = .vampPrior(.init(components: 8))
    let model = try Model(spec, threads: 1)
    let data = try randomFloats(5, spec.data.stored)
    try model.setPseudoInputs(from: data, seed: 2)
    let inputs = tensors(of: model)["prior.pseudo_inputs"]!.map(Float.init)
    let rows = stride(from: 0, to: 80, by: 10).map { Array(inputs[$0..<$0 + 10]) }
    let examples = (0..<5).map { Array(DataSourceTests.values(data)[$0 * 10..<$0 * 10 + 10]) }
    #expect(rows.allSatisfy(examples.contains))
    #expect(Set(rows.prefix(5)).count == 5)
    #expect(
      sentence { try Model(.smallDense(), threads: 1).setPseudoInputs(from: data) }
        .contains("no pseudo-inputs"))
  }

  @Test(arguments: [PriorSpec.mixture(components: 4), .vampPrior(.init(components: 6))])
  func trainingLowersTheLossAndMovesThePrior(_ prior: PriorSpec) throws {
    var spec = ModelSpec.smallDense(
      training: TrainingSpec(learningRate: 0.01, batchSize: 16, epochs: 30))
    spec.prior = prior
    let model = try Model(spec, threads: 2)
    let before = tensors(of: model)
    let data = try randomBytes(64, spec.data.stored)
    let start = try model.evaluate(data).loss
    #expect(try Fit(try Trainer(model, data: data)).run() == .finished)
    #expect(try model.evaluate(data).loss < start - 0.2)
    for (name, values) in tensors(of: model) where name.hasPrefix("prior.") {
      #expect(values != before[name]!)
    }
  }
}
