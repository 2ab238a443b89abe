import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Variational

/// Models that are told a class.
@Suite struct ConditionTests {
  static let condition = ConditionSpec(classes: 3, names: ["cat", "dog", "Fish"])

  static var specs: [ModelSpec] {
    var specs: [ModelSpec] = [.smallDense(), .smallConvolution(), .smallGated()]
    for index in specs.indices { specs[index].condition = condition }
    return specs
  }

  static func data(_ spec: ModelSpec, _ count: Int = 24) throws -> DataSet {
    var generator = SeededGenerator(state: 41)
    return try DataSet(
      floats: generator.floats(count * spec.data.stored.count, 0...1), shape: spec.data.stored,
      labels: (0..<count).map { $0 % 3 }, classNames: condition.names, name: "animals")
  }

  /// The plain model's weights, zeros where the class comes in.
  private func plainAndConditional(_ spec: ModelSpec) throws -> (Model, Model) {
    var plainSpec = spec
    plainSpec.condition = nil
    let (plain, conditional) = (try Model(plainSpec, seed: 3), try Model(spec, seed: 4))
    for tensor in conditional.layout.trained {
      let twin = try #require(plain.layout.trained.first { $0.name == tensor.name })
      let values = plain.values(of: tensor.name)
      guard twin.shape != tensor.shape else {
        conditional.setValues(of: tensor.name, values)
        continue
      }
      // [out, in, …] in PyTorch's order: further inputs follow the others.
      #expect(tensor.shape[1] == twin.shape[1] + 3)
      let rest = tensor.shape.dropFirst(2).reduce(1, *)
      let (wide, narrow) = (tensor.shape[1] * rest, twin.shape[1] * rest)
      var all = [Float](repeating: 0, count: tensor.shape[0] * wide)
      for row in 0..<tensor.shape[0] {
        for column in 0..<narrow { all[row * wide + column] = values[row * narrow + column] }
      }
      conditional.setValues(of: tensor.name, all)
    }
    return (plain, conditional)
  }

  @Test(arguments: specs)
  func withoutWeightForTheClassItIsThePlainModel(_ spec: ModelSpec) throws {
    let (plain, conditional) = try plainAndConditional(spec)
    let data = try Self.data(spec)
    // Products with zeros in another order of sums: a few hundred roundoffs of numbers of the size of one.
    func expectNear(_ a: [Float], _ b: [Float]) {
      #expect(largestDifference(a, b) <= 1e-5 * (1 + largestMagnitude(a)))
    }
    expectNear(try plain.encode(data).means.elements, try conditional.encode(data).means.elements)
    expectNear(
      try plain.reconstruct(data).elements, try conditional.reconstruct(data).elements)
    expectNear(plain.sample(9).elements, conditional.sample(9).elements)
    expectNear(plain.sample(9).elements, conditional.sample(9, class: 2).elements)
    let (a, b) = (
      try plain.evaluate(data, importanceSamples: 4),
      try conditional.evaluate(data, importanceSamples: 4)
    )
    #expect(abs(a.elbo - b.elbo) <= 1e-5 * (1 + abs(a.elbo)))
    let (first, second) = (try #require(a.logLikelihood), try #require(b.logLikelihood))
    #expect(abs(first - second) <= 1e-5 * (1 + abs(first)))

    // Steps report the same loss, and the class has a gradient: the conditional model leaves the plain one.
    let trainers = (try Trainer(plain, data: data), try Trainer(conditional, data: data))
    let batch = try #require(trainers.0.batches(epoch: 0).first { _ in true })
    let reports = (try trainers.0.step(batch), try trainers.1.step(batch))
    #expect(abs(reports.0.loss - reports.1.loss) <= 1e-5 * (1 + abs(reports.0.loss)))
    #expect(reports.1.gradientNorm > reports.0.gradientNorm)
  }

  @Test(arguments: specs)
  func samplesAreOfTheClassThatIsAskedFor(_ spec: ModelSpec) throws {
    let model = try Model(spec, seed: 6)
    let count = 40
    let byClass = (0..<3).map { model.sample(count, class: $0, seed: 2) }
    #expect(byClass[0] != byClass[1] && byClass[1] != byClass[2])
    // Without a class every row is that of one of them, and all of them occur.
    let drawn = model.sample(count, seed: 2)
    let found = (0..<count).map { row in
      (0..<3).filter { byClass[$0].row(row) == drawn.row(row) }
    }
    #expect(found.allSatisfy { $0.count == 1 })
    #expect(Set(found.flatMap { $0 }) == [0, 1, 2])
    #expect(model.sample(count, seed: 2) == drawn)

    // Decoding takes each row's class.
    let z = Matrix<Float>(rows: count, columns: spec.latents, repeating: 0.25)
    let labels = (0..<count).map { $0 % 3 }
    let decoded = model.decode(z, classes: labels)
    for row in 3..<count { #expect(decoded.row(row) == decoded.row(row - 3)) }
    #expect(decoded.row(0) != decoded.row(1))
    #expect(model.decode(z).rows == count)
  }

  @Test func theClassChangesEncodingsAndReconstructions() throws {
    let spec = Self.specs[1]
    let model = try Model(spec, seed: 6)
    let data = try Self.data(spec, 3)
    let values = data.values()
    let other = try DataSet(
      floats: values.elements, shape: spec.data.stored, labels: [1, 1, 2], name: "others")
    let (a, b) = (try model.encode(data).means, try model.encode(other).means)
    #expect(a.row(0) != b.row(0))
    #expect(largestDifference(a.row(1), b.row(1)) <= 1e-5 * (1 + largestMagnitude(a.row(1))))
    let means = try model.encode(data).means
    #expect(try model.reconstruct(data) == model.decode(means, classes: [0, 1, 2]))
  }

  @Test func labelsAreNeededAndLieBelowTheClasses() throws {
    let spec = Self.specs[0]
    let values = [Float](repeating: 0.5, count: 30)
    let without = try DataSet(floats: values, shape: Shape(features: 10), name: "rows")
    #expect(
      sentence { try without.check(against: spec) }
        == "rows: has no labels, but the model is told one of 3 classes")
    let model = try Model(spec)
    #expect(throws: DataError.self) { try model.encode(without) }
    #expect(throws: DataError.self) { try model.evaluate(without) }
    #expect(throws: DataError.self) { try Trainer(model, data: without) }
    let beyond = try DataSet(
      floats: values, shape: Shape(features: 10), labels: [0, 2, 3], name: "rows")
    #expect(
      sentence { try beyond.check(against: spec) }
        == "rows: the label of example 2 is 3, which is none of the model's classes; they are 0 cat, "
        + "1 dog, 2 Fish")
    var nameless = spec
    nameless.condition = ConditionSpec(classes: 3)
    #expect(
      sentence { try beyond.check(against: nameless) }
        == "rows: the label of example 2 is 3, but the model has 3 classes, counted from 0")
    #expect(throws: DataError.self) { try ConditionSpec(of: without) }
    // No example has the number 1, so it is no class.
    #expect(try ConditionSpec(of: beyond) == ConditionSpec(classes: 3, numbers: [0, 2, 3]))
    #expect(try ConditionSpec(of: Self.data(spec)) == Self.condition)
  }

  @Test func classesHaveNamesAndNumbers() throws {
    let condition = Self.condition
    #expect(try condition.label(named: "dog") == 1)
    #expect(try condition.label(named: "fish") == 2)
    #expect(try condition.label(named: "0") == 0)
    #expect(sentence { try condition.label(named: "dg") }.contains("did you mean \"dog\"?"))
    #expect(sentence { try condition.label(named: "3") }.contains("between 0 and 2"))
    #expect(
      sentence { try ConditionSpec(classes: 4).label(named: "dog") }.contains("between 0 and 3"))
    #expect(condition.name(of: 1) == "dog" && ConditionSpec(classes: 2).name(of: 1) == "1")
  }

  @Test func descriptionsAreReadWrittenAndChecked() throws {
    let spec = Self.specs[0]
    let again = try JSONDecoder().decode(ModelSpec.self, from: Data(spec.json()))
    #expect(again == spec)
    #expect(!String(decoding: ModelSpec.dense().json(), as: UTF8.self).contains("condition"))
    for bad in [
      ConditionSpec(classes: 0), ConditionSpec(classes: 1 << 20),
      ConditionSpec(classes: 2, names: ["a"]), ConditionSpec(classes: 2, names: ["a", "a"]),
    ] {
      var wrong = spec
      wrong.condition = bad
      #expect(throws: SpecError.self) { try Model(wrong) }
    }
    var vamp = spec
    vamp.prior = .vampPrior(.init(components: 3))
    #expect(sentence { try Model(vamp) }.contains("they have no class"))
    var penalised = spec.asAutoencoder()
    penalised.objective.kind = .regularised(.init(.gradientPenalty(step: 0.1)))
    #expect(sentence { try Model(penalised) }.contains("not offered for conditional models"))
  }

  @Test func otherPriorsAndObjectivesTrainAndSample() throws {
    var spec = Self.specs[0]
    spec.prior = .mixture(components: 3)
    spec.objective.kind = .importanceWeighted(.doublyReparameterised)
    spec.training.samples = 3
    let data = try Self.data(spec)
    let trainer = try Trainer(try Model(spec, threads: 2), data: data)
    for batch in trainer.batches(epoch: 0) { #expect(try trainer.step(batch).loss.isFinite) }
    let model = trainer.model
    #expect(try model.evaluate(data, importanceSamples: 4).isFinite)
    #expect(try model.aggregatePosterior(of: data) != nil)
    #expect(model.sample(5, class: 1).elements.allSatisfy { $0.isFinite })
    #expect(model.sampleFromStandardNormal(5, class: 1).rows == 5)
    let prior = FittedPrior.gaussian(.standardNormal(dimensions: 2))
    #expect(model.sample(5, from: prior, class: 0) != model.sample(5, from: prior, class: 2))
  }

  @Test func picturesHaveARowForEachClass() throws {
    var spec = Self.specs[1]
    spec.data.channels = 1
    spec.decoder[spec.decoder.count - 2] = .conv2D(filters: 1)
    let model = try Model(spec, seed: 6)
    let data = try Self.data(model.spec)
    try withTemporaryFolder { path in
      let files = try RunPictures(model).write(to: RunFolder(path), data: data, records: [])
      #expect(files.contains("latent-map.png") && files.contains("samples.png"))
    }
    let grid = RunPictures(model).samples(100)
    #expect(grid.rows == 3 && grid.columns == 10)
  }
}
