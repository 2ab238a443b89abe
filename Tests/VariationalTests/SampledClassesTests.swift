import Foundation
import Networks
import Testing

@testable import Variational

/// Which class each sample of a conditional model is of.
@Suite struct SampledClassesTests {
  static func model(_ condition: ConditionSpec) throws -> Model {
    var spec = ModelSpec.smallDense()
    spec.condition = condition
    return try Model(spec, seed: 3)
  }

  @Test func classesAreDrawnInProportionToTheTrainingExamples() throws {
    let model = try Self.model(ConditionSpec(classes: 4, examples: [60, 0, 30, 10]))
    let count = 20_000
    let drawn = try #require(model.sampledClasses(count, seed: 5))
    for (label, share) in [0.6, 0, 0.3, 0.1].enumerated() {
      let found = Double(drawn.count { $0 == label }) / Double(count)
      // Five standard deviations of a binomial share: one seed in two million fails by chance.
      #expect(abs(found - share) <= 5 * (share * (1 - share) / Double(count)).squareRoot())
    }
    #expect(model.sampledClasses(count, seed: 5) == drawn)
    #expect(model.sampledClasses(count, seed: 6) != drawn)
    // A part of more is the beginning of it.
    #expect(model.sampledClasses(7, seed: 5) == Array(drawn.prefix(7)))
  }

  @Test func withoutCountsClassesAreUniform() throws {
    let model = try Self.model(ConditionSpec(classes: 4))
    let count = 20_000
    let drawn = try #require(model.sampledClasses(count, seed: 5))
    for label in 0..<4 {
      let found = Double(drawn.count { $0 == label }) / Double(count)
      #expect(abs(found - 0.25) <= 5 * (0.25 * 0.75 / Double(count)).squareRoot())
    }
  }

  @Test func namedClassesTakeTurns() throws {
    let model = try Self.model(ConditionSpec(classes: 4, examples: [60, 0, 30, 10]))
    #expect(model.sampledClasses(5, among: [3, 1]) == [3, 1, 3, 1, 3])
    #expect(model.sampledClasses(6, among: [0, 0, 2]) == [0, 0, 2, 0, 0, 2])
    #expect(try Model(ModelSpec.smallDense()).sampledClasses(5) == nil)
  }

  @Test func samplesAreOfTheClassesThatAreToldOfThem() throws {
    let model = try Self.model(ConditionSpec(classes: 3, examples: [8, 1, 1]))
    let classes = try #require(model.sampledClasses(30, seed: 2))
    let samples = model.sample(30, classes: classes, seed: 2)
    #expect(samples == model.sample(30, seed: 2))
    let byClass = (0..<3).map { model.sample(30, class: $0, seed: 2) }
    for row in 0..<30 { #expect(samples.row(row) == byClass[classes[row]].row(row)) }
    let latents = model.standardNormalLatents(30, seed: 2)
    #expect(
      model.draw(from: latents, classes: classes, seed: 2)
        == model.draw(from: latents, seed: 2))
  }
}
