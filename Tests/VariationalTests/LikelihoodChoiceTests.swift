import Networks
import Testing

@testable import Variational

@Suite struct LikelihoodChoiceTests {
  @Test(arguments: ModelSpec.presetNames, LikelihoodSpec.choiceNames)
  func everyPresetCompilesWithEveryLikelihood(_ preset: String, name: String) throws {
    // Padding and one-hot pixels exclude each other; 16×16 is padded by no preset.
    let shape = Shape(height: 16, width: 16, channels: 3)
    let spec = try ModelSpec.preset(preset, for: shape, latents: 2)
    let likelihood = try LikelihoodSpec(named: name, channels: 3)
    let model = try Model(try spec.replacing(likelihood: likelihood), threads: 1)
    #expect(model.decoder.outputShape.count == 768 * likelihood.outputs(forColumns: 1))
  }

  @Test func aLastSigmoidGoesWhereLogitsAreMeant() throws {
    let faces = ModelSpec.faces()
    #expect(faces.decoder.last == .sigmoid)
    #expect(try faces.replacing(likelihood: .bernoulli).decoder.last != .sigmoid)
    #expect(try faces.replacing(likelihood: .laplace(.shared)).decoder == faces.decoder)
  }

  @Test func aWeightedMeanBecomesTheNegativeLogLikelihoodUnlessNothingIsReplaced() throws {
    let fashion = ModelSpec.fashion()
    #expect(try fashion.replacing(likelihood: .bernoulli) == fashion)
    #expect(
      try fashion.replacing(likelihood: .gaussian(.optimal)).objective.reconstruction
        == .negativeLogLikelihood)
  }

  @Test func weightedMeansOfOtherLikelihoodsAreRefused() {
    var spec = ModelSpec.smallDense(
      objective: ObjectiveSpec(reconstruction: .weightedMean(weight: 10)))
    for likelihood: LikelihoodSpec in [
      .gaussian(.optimal), .laplace(.fixed(1)), .poisson, .continuousBernoulli,
    ] {
      spec.likelihood = likelihood
      #expect(throws: SpecError.self) { try Model(spec) }
    }
  }

  @Test func widthsComeBack() throws {
    for spec in [ModelSpec.dense(), .fashion(), .smallGated()] {
      var plain = spec
      plain.objective.reconstruction = .negativeLogLikelihood
      let there = try plain.replacing(likelihood: .zeroInflatedNegativeBinomial)
      #expect(there.decoder != spec.decoder)
      #expect(try there.replacing(likelihood: spec.likelihood) == plain)
    }
  }

  @Test func whatCannotBeWidenedIsAnError() {
    var spec = ModelSpec.smallDense()
    spec.decoder = [.relu]
    #expect(throws: SpecError.self) {
      try spec.replacing(likelihood: .zeroInflatedNegativeBinomial)
    }
    spec.decoder = [.dense(outputs: .max)]
    #expect(throws: SpecError.self) {
      try spec.replacing(likelihood: .zeroInflatedNegativeBinomial)
    }
  }

  @Test func aDecoderOfTheWrongWidthIsToldWhatTheLikelihoodTakes() {
    let spec = ModelSpec.smallDense(likelihood: .zeroInflatedNegativeBinomial)
    #expect(
      sentence { try Model(spec) }
        == "decoder: it ends in 10, but the padded data is 10, of which the "
        + "zero_inflated_negative_binomial likelihood takes 20")
  }
}
