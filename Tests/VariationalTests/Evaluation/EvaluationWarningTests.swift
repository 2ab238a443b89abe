import Foundation
import Testing

@testable import Variational

@Suite struct EvaluationWarningTests {
  @Test func unusedDimensionsAreNamed() throws {
    let some = try #require(EvaluationWarning.unused(divergences: [2, 0.009, 1, 0]))
    #expect(some.kind == .unusedDimensions)
    #expect(some.message.contains("2 of 4") && some.message.hasSuffix(": 2, 4."))
    let all = try #require(EvaluationWarning.unused(divergences: [0.001, 0]))
    #expect(all.kind == .collapsed)
    #expect(EvaluationWarning.unused(divergences: [0.01, 3]) == nil)
    let many = try #require(
      EvaluationWarning.unused(divergences: [1] + [Double](repeating: 0, count: 20)))
    #expect(many.message.hasSuffix("2, 3, 4, 5, 6, 7, 8, 9, …."))
  }

  @Test func saturationsAreCounted() throws {
    #expect(EvaluationWarning.saturated(0, of: 10) == nil)
    let hard = try #require(EvaluationWarning.saturated(3, of: 10, range: -6...2))
    #expect(hard.message.contains("-6.0 to 2.0"))
    let some = try #require(EvaluationWarning.saturated(3, of: 10))
    #expect(some.kind == .saturatedLogVariances && some.message.hasPrefix("3 of 10"))
  }

  @Test(arguments: [
    (0.0, EvaluationWarning.Kind.betaTiny), (0.099, .betaTiny), (10.1, .betaHuge),
    (784, .betaHuge),
  ])
  func betaOutsideIsTold(_ beta: Double, _ kind: EvaluationWarning.Kind) throws {
    let found = try #require(EvaluationWarning.beta(effective: beta, loss: "L"))
    #expect(found.kind == kind && found.message.contains("The loss L amounts to beta"))
  }

  @Test(arguments: [0.1, 1, 2.05, 10]) func usualBetasAreNot(_ beta: Double) {
    #expect(EvaluationWarning.beta(effective: beta, loss: "L") == nil)
  }

  @Test func theFashionPresetsLossIsNamed() throws {
    let spec = ModelSpec.fashion(latents: 2)
    #expect(spec.lossInWords == "500 × mean over 1024 values + 1 × KL")
    // 1024/500, within bounds.
    #expect(EvaluationWarning.beta(effective: spec.effectiveBeta, loss: "") == nil)
    var mean = spec
    mean.objective.reconstruction = .weightedMean(weight: 1)
    #expect(
      EvaluationWarning.beta(effective: mean.effectiveBeta, loss: mean.lossInWords)?.kind
        == .betaHuge)
  }

  @Test func reconstructionsAreHeldAgainstTheMean() throws {
    #expect(EvaluationWarning.reconstruction(error: 0.02, variance: 0.08) == nil)
    #expect(EvaluationWarning.reconstruction(error: 0, variance: 0) == nil)
    let worse = try #require(EvaluationWarning.reconstruction(error: 0.09, variance: 0.08))
    #expect(worse.kind == .worseThanMean)
    #expect(worse.message.contains("0.09") && worse.message.contains("0.08"))
  }

  @Test func fewWeightsAreTold() throws {
    func weights(_ size: Double, _ samples: Int) -> EvaluationWarning? {
      EvaluationWarning.weights(effectiveSampleSize: size, largestShare: 0.61, samples: samples)
    }
    #expect(weights(5, 5000) == nil)
    // Of three samples no more than three can count.
    #expect(weights(2, 3) == nil)
    let found = try #require(weights(2.5, 5000))
    #expect(found.kind == .weightsDominated)
    #expect(found.message.contains("Of 5000") && found.message.contains("61 %"))
  }

  @Test func theGapIsRelativeAndAbsolute() throws {
    #expect(EvaluationWarning.gap(training: 220, heldOut: 224) == nil)
    #expect(EvaluationWarning.gap(training: 240, heldOut: 220) == nil)
    #expect(EvaluationWarning.gap(training: 0.1, heldOut: 0.4) == nil)
    #expect(EvaluationWarning.gap(training: 220, heldOut: 240)?.kind == .trainingGap)
    // A Gaussian's loss may be negative.
    #expect(EvaluationWarning.gap(training: -100, heldOut: -90)?.kind == .trainingGap)
    #expect(EvaluationWarning.gap(training: -100, heldOut: -96) == nil)
  }

  @Test func aCollapsedModelIsToldSo() throws {
    let model = try Model(.smallDense(), seed: 1, threads: 1)
    for name in ["encoder.2.weight", "encoder.2.bias"] {
      let tensor = try #require(model.layout.trained.first { $0.name == name })
      tensor.slot.vector(in: model.parameters.vector).fill(0)
    }
    let report = try model.report(on: randomFloats(40, Shape(features: 10))).report
    #expect(report.warnings.map(\.kind).contains(.collapsed))
    #expect(!report.warnings.map(\.kind).contains(.weightsDominated))
  }

  @Test func fidelityComparesWithTheMeanExample() throws {
    let (model, data) = try InferenceTests.model(.smallDense(likelihood: .gaussian(.fixed(1))))
    let found = try model.fidelity(on: data, examples: data.count)
    let x = DataSourceTests.values(data).map(Double.init)
    let decoded = try model.reconstruct(data).elements.map(Double.init)
    let error = zip(x, decoded).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(x.count)
    var variance = 0.0
    for column in 0..<10 {
      let values = stride(from: column, to: x.count, by: 10).map { x[$0] }
      let mean = values.reduce(0, +) / Double(values.count)
      variance += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(x.count)
    }
    // The examples come in another order, through other GEMM rows.
    #expect(abs(found.error - error) <= InferenceTests.bound * max(1, error))
    #expect(abs(found.variance - variance) <= 1e-12)
  }
}
