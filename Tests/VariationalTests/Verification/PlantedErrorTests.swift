import Kernels
import Testing

@testable import Variational

/// Every kind of check passes on the engine as it is and fails once an error is planted.
@Suite struct PlantedErrorTests {
  @Test func layerGradientsPassAndFindAFactor() {
    let checks = LayerGradients().checks()
    #expect(failures(checks).isEmpty, "\(describe(checks))")
    let failed = failures(LayerGradients().checks(planted: 1.05))
    for kind in LayerSpec.typeNames {
      #expect(failed.contains { $0.hasPrefix("layer \(kind),") }, "\(kind)")
    }
  }

  @Test func stepGradientsPassAndFindAFactor() {
    let checks = StepGradients().checks()
    #expect(failures(checks).isEmpty, "\(describe(checks))")
    let failed = failures(StepGradients().checks(planted: 1.1))
    let names =
      LikelihoodSpec.choiceNames.map { "likelihood \($0)" }
      + ObjectiveKind.all.map { "objective \($0.name)" } + ["prior mixture", "prior vamp_prior"]
    for name in names { #expect(failed.contains { $0.hasPrefix("\(name),") }, "\(name)") }
  }

  @Test func divergencesPassAndFindAFactor() {
    let checks = DivergenceChecks(isQuick: true)
    #expect(failures(checks.checks()).isEmpty, "\(describe(checks.checks()))")
    let planted = checks.check("n", [0.5, -1], [-2, 0.5], seed: 1, planted: 1.05)
    #expect(!planted.passed)
  }

  @Test func quadraturePassesAndFindsAShift() throws {
    let table = try correlatedTable(500)
    let checks = try QuadratureChecks(
      table, try StandardisedData(table, limit: 500), isQuick: true, threads: 1)
    let passed = try checks.checks()
    #expect(failures(passed).isEmpty, "\(describe(passed))")
    #expect(failures(try checks.checks(planted: 0.1)) == ["importance sampling"])
  }

  @Test func priorsPassAndFindShiftedDraws() throws {
    let checks = PriorChecks(isQuick: true)
    #expect(failures(checks.checks()).isEmpty, "\(describe(checks.checks()))")
    for name in PriorSpec.names {
      let failed = failures(checks.checks(of: try checks.model(name), name, planted: 0.1))
      #expect(failed.contains("\(name), mean of z₁"), "\(failed)")
    }
  }

  @Test func likelihoodsPassAndFindScaledDraws() throws {
    let checks = LikelihoodChecks(isQuick: true)
    #expect(failures(checks.checks()).isEmpty, "\(describe(checks.checks()))")
    for name in LikelihoodSpec.choiceNames {
      let channels = name == "categorical" ? 4 : 1
      let support = try #require(LikelihoodChecks.Support(name, channels: channels))
      let model = try checks.model(name, channels: channels)
      let failed = failures(checks.checks(of: model, name, support, planted: 1.2))
      #expect(failed.contains("\(name), mean square of draws"), "\(failed)")
    }
  }

  @Test func whatNobodyKnowsIsNotCovered() {
    #expect(LikelihoodChecks.Support("gumbel", channels: 1) == nil)
  }

  @Test func unfitDataIsRefused() throws {
    let few = try DataSet(floats: [Float](repeating: 1, count: 40), shape: Shape(features: 4))
    #expect(sentence { try Verification().run(on: few) }.contains("too few"))
    let same = try DataSet(floats: [Float](repeating: 1, count: 800), shape: Shape(features: 4))
    #expect(sentence { try Verification().run(on: same) }.contains("vary too little"))
    let holes = try DataSet(
      floats: (0..<800).map { $0 == 401 ? .nan : Float($0 % 7) }, shape: Shape(features: 4),
      allowsMissing: true)
    #expect(sentence { try Verification().run(on: holes) }.contains("missing"))
    let narrow = try DataSet(floats: [Float](repeating: 1, count: 800), shape: Shape(features: 2))
    #expect(sentence { try Verification().run(on: narrow) }.contains("4 to 2048"))
  }
}
