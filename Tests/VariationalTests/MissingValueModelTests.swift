import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Variational

/// Models of data with missing values.
@Suite struct MissingValueModelTests {
  /// A deterministic or variational model of the naive table.
  static func tableSpec(
    missing: Bool = true, condition: ConditionSpec? = nil
  ) -> ModelSpec {
    ModelSpec(
      name: "table",
      data: DataSpec(height: 1, width: 1, channels: NaiveTable.columns, missing: missing),
      encoder: [.dense(outputs: 7), .tanh, .dense(outputs: 6)], latents: 3,
      decoder: [.dense(outputs: 7), .tanh, .dense(outputs: NaiveTable.outputs)],
      likelihood: NaiveTable.likelihood,
      training: TrainingSpec(learningRate: 0.01, batchSize: 16, epochs: 3, samples: 2),
      condition: condition)
  }

  @Test(arguments: LikelihoodTrainingTests.likelihoods)
  func withNothingMissingEveryBitIsThePlainModels(_ likelihood: LikelihoodSpec) throws {
    let plain = try LikelihoodTrainingTests.spec(likelihood)
    var missing = plain
    missing.data.missing = true
    let data = try LikelihoodTrainingTests.data(for: likelihood, examples: 40)
    try expectSameBits(plain, missing, data)
  }

  @Test func withNothingMissingAMixedModelKeepsItsBits() throws {
    try expectSameBits(
      Self.tableSpec(missing: false), Self.tableSpec(), try NaiveTable.data(40))
  }

  private func expectSameBits(_ a: ModelSpec, _ b: ModelSpec, _ data: DataSet) throws {
    func train(_ spec: ModelSpec) throws -> (Model, [StepReport]) {
      let trainer = try Trainer(try Model(spec, threads: 2), data: data)
      let reports = try (0..<3).flatMap { epoch in
        try trainer.batches(epoch: epoch).map { try trainer.step($0) }
      }
      return (trainer.model, reports)
    }
    let (first, second) = (try train(a), try train(b))
    #expect(first.1 == second.1)
    #expect(first.0.weightsChecksum == second.0.weightsChecksum)
    #expect(
      try first.0.evaluate(data, importanceSamples: 3)
        == second.0.evaluate(data, importanceSamples: 3))
  }

  /// Ten columns of which some are missing have the density and scores of the others alone.
  @Test(arguments: LikelihoodTrainingTests.likelihoods)
  func missingColumnsAreLeftOut(_ likelihood: LikelihoodSpec) throws {
    // Columns 2 ... 4 of the first group of four are missing: for classes, that is the group.
    let lost = likelihood == .categorical(groups: [4, 6]) ? 0..<4 : 2..<5
    var few = likelihood
    if case .categorical = likelihood { few = .categorical(groups: [6]) }
    let kept = (0..<10).filter { !lost.contains($0) }
    let data = try LikelihoodTrainingTests.data(for: likelihood, examples: 6)
    let values = data.values()

    var layout = ParameterLayout()
    let whole = Likelihood(
      likelihood, shape: Shape(features: 10), mayMiss: true, layout: &layout)
    var otherLayout = ParameterLayout()
    let part = Likelihood(few, shape: Shape(features: kept.count), layout: &otherLayout)
    var generator = SeededGenerator(state: 31)
    let learned = generator.floats(10, -1...0.5)
    let pairs = whole.outputs / 10
    let output = generator.floats(6 * whole.outputs, -1...1)
    // All columns' first outputs, then their second ones.
    let places = (0..<pairs).flatMap { pair in kept.map { pair * 10 + $0 } }
    let weights: [Double] = [1, -2, 0.5, 3, 1, -1]

    struct Run {
      var densities: [Double]
      var scores: [[Float]]
      var learned: [Float]
    }
    func run(
      _ likelihood: Likelihood, _ layout: ParameterLayout, _ x: [Float], _ output: [Float],
      _ learned: [Float]
    ) -> Run {
      let views = (
        Arena(count: layout.trainedCount), Arena(count: layout.trainedCount),
        Arena(count: layout.statisticsCount)
      )
      if let slot = likelihood.learned {
        slot.vector(in: views.0.vector).assign(Array(learned.prefix(slot.count)))
      }
      let parameters = ParameterViews(
        values: views.0.vector, gradients: views.1.vector, statistics: views.2.vector)
      let data = MatrixFixture(rows: 6, columns: likelihood.dimensions, x)
      let score = MatrixFixture(rows: 6, columns: likelihood.outputs, output)
      let own = MatrixFixture(rows: 6, columns: likelihood.ownScoreColumns)
      let (terms, loss) = (TermBuffer(count: 6), TermBuffer(count: 6))
      let compute = computeForTest(threads: 1)
      for row in 0..<6 { loss[row] = weights[row] }
      likelihood.logDensity(
        of: data.view, given: score.view, samples: 1, into: terms, writingScore: true,
        ownScore: own.view, parameters: parameters, compute: compute, mode: .training)
      likelihood.pullBack(
        score.view, weights: loss, ownScore: own.view, data: data.view, parameters: parameters,
        compute: compute)
      let gradients = likelihood.learned?.vector(in: views.1.vector).array ?? []
      return Run(
        densities: (0..<6).map { terms[$0] }, scores: (0..<6).map { score.view.row($0).array },
        learned: gradients)
    }
    let isShared = (whole.learned?.count ?? 0) <= 1
    var holes = values.elements
    for row in 0..<6 { for column in lost { holes[row * 10 + column] = .nan } }
    let found = run(whole, layout, holes, output, learned)
    let expected = run(
      part, otherLayout, (0..<6).flatMap { row in kept.map { values[row, $0] } },
      (0..<6).flatMap { row in places.map { output[row * whole.outputs + $0] } },
      isShared ? learned : kept.map { learned[$0] })

    for row in 0..<6 {
      // Sums of at most ten terms in another order.
      let difference = abs(found.densities[row] - expected.densities[row])
      #expect(difference <= 32 * roundoff * (10 + abs(expected.densities[row])))
      for (index, place) in places.enumerated() {
        let (a, b) = (found.scores[row][place], expected.scores[row][index])
        // The optimal variance is a sum in another order; all else is the same formula.
        #expect(abs(a - b) <= 1e-5 * (abs(a) + abs(b)), "row \(row), output \(place)")
      }
      for pair in 0..<pairs {
        for column in lost { #expect(found.scores[row][pair * 10 + column] == 0) }
      }
    }
    let gradients = isShared ? found.learned : kept.map { found.learned[$0] }
    for (a, b) in zip(gradients, expected.learned) {
      #expect(abs(a - b) <= 1e-5 * (1 + abs(a) + abs(b)), "\(a), not \(b)")
    }
    if !isShared { for column in lost { #expect(found.learned[column] == 0) } }
  }

  @Test func theEncoderSeesZerosAndLogarithmsOfCounts() throws {
    let spec = Self.tableSpec(condition: ConditionSpec(classes: 3))
    let model = try Model(spec, threads: 2)
    let rows = NaiveTable.rows(8, missing: 0.3)
    let labels = [0, 1, 2, 0, 1, 2, 2, 1]
    let x = MatrixFixture(rows: 8, columns: NaiveTable.columns, rows)
    let classes = VectorFixture([labels.map { Float($0) }])
    let buffer = Arena(count: model.encoderInput.count(examples: 8))
    let input = model.encoderInput.prepare(
      x.view, labels: classes[0], buffer: buffer.vector, compute: model.compute)
    #expect(input.columns == NaiveTable.columns + 3)
    let counts = Set(Array(10..<15) + [19])
    for row in 0..<8 {
      for column in 0..<NaiveTable.columns {
        let value = Double(rows[row * NaiveTable.columns + column])
        let expected = value.isNaN ? 0 : counts.contains(column) ? Foundation.log1p(value) : value
        // log1p is good to 3 units in the last place.
        #expect(abs(Double(input[row, column]) - expected) <= 6 * roundoff * abs(expected))
      }
      for label in 0..<3 {
        #expect(input[row, NaiveTable.columns + label] == (label == labels[row] ? 1 : 0))
      }
    }
    // The likelihood still sees what is missing, and counts as they are.
    #expect(x.values.count { $0.isNaN } == rows.count { $0.isNaN })
  }

  /// Encoder, decoder and bound of a deterministic conditional model, from its named tensors in 64 bits.
  @Test func evaluationMatchesANaiveForwardPass() throws {
    var spec = Self.tableSpec(condition: ConditionSpec(classes: 3)).asAutoencoder()
    spec.training.samples = 1
    let model = try Model(spec, seed: 5, threads: 2)
    let labels = (0..<30).map { $0 % 3 }
    let data = try NaiveTable.data(30, missing: 0.3, labels: labels)
    let rows = NaiveTable.rows(30, missing: 0.3)
    func dense(_ input: [Double], _ name: String) -> [Double] {
      let (weight, bias) = (model.values(of: "\(name).weight"), model.values(of: "\(name).bias"))
      return bias.indices.map { output in
        input.indices.reduce(Double(bias[output])) {
          $0 + Double(weight[output * input.count + $1]) * input[$1]
        }
      }
    }
    let learned = Dictionary(
      uniqueKeysWithValues: model.layout.trained.filter { $0.name.hasPrefix("likelihood.") }.map {
        (
          Int($0.name.split(separator: ".")[1]) ?? -1, model.values(of: $0.name).map(Double.init)
        )
      })
    let counts = Set(Array(10..<15) + [19])
    var (total, magnitude) = (0.0, 0.0)
    for row in 0..<30 {
      let x = rows[row * NaiveTable.columns..<(row + 1) * NaiveTable.columns].map(Double.init)
      let oneHot = (0..<3).map { $0 == labels[row] ? 1.0 : 0.0 }
      let seen = x.enumerated().map { column, value in
        value.isNaN ? 0 : counts.contains(column) ? Foundation.log(1 + value) : value
      }
      let z = dense(dense(seen + oneHot, "encoder.0").map { tanh($0) }, "encoder.2")
      let output = dense(dense(z + oneHot, "decoder.0").map { tanh($0) }, "decoder.2")
      let density = NaiveTable.logDensity(x, output, learned)
      total += density.value
      magnitude += density.magnitude
      let encoded = try model.encode(data.subset([row])).means.row(0)
      // Two sums of up to 26 products of numbers below 3, each output below 4.
      for (a, b) in zip(encoded, z) { #expect(abs(Double(a) - b) <= 2 * sumBound(32) * 26 * 3) }
    }
    let found = try model.evaluate(data).elbo
    // Outputs off by the bound above move a term by its score, below 10: a bound on the mean of the rows.
    let allowed = (320 * roundoff * magnitude + 30 * 26 * 10 * 4 * sumBound(32) * 26 * 3) / 30
    #expect(abs(found - total / 30) <= allowed, "\(found), not \(total / 30)")
    #expect(allowed < 0.2)
  }

  @Test func trainingLearnsAndResumesToTheSameBits() throws {
    var spec = Self.tableSpec(condition: ConditionSpec(classes: 2, names: ["a", "b"]))
    spec.training.epochs = 8
    let labels = (0..<120).map { $0 % 2 }
    let data = try NaiveTable.data(120, missing: 0.2, labels: labels)
    func fit(_ folder: RunFolder?) throws -> Fit {
      try Fit(try Trainer(try Model(spec, threads: 2), data: data), folder: folder)
    }
    let unbroken = try fit(nil)
    let before = try unbroken.trainer.model.evaluate(data)
    #expect(try unbroken.run() == .finished)
    let after = try unbroken.trainer.model.evaluate(data, importanceSamples: 5)
    #expect(before.isFinite && after.isFinite && after.loss < before.loss)
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run")
      let first = try fit(folder)
      #expect(
        try first.run(shouldStop: { first.trainer.completedSteps >= 37 }) == .interrupted)
      let second = try fit(folder)
      try second.restore()
      #expect(try second.run() == .finished)
      #expect(
        second.trainer.model.weightsChecksum == unbroken.trainer.model.weightsChecksum)
      let loaded = try folder.loadModel(threads: 2)
      #expect(loaded.spec.data.missing && loaded.spec.condition == spec.condition)
      #expect(loaded.spec.likelihood == spec.likelihood)
      #expect(try loaded.evaluate(data, importanceSamples: 5) == after)
      // A full report has numbers throughout, and JSON takes no others.
      var contents = EvaluationReport.Contents()
      contents.measuresSamples = true
      let report = try loaded.report(on: data, contents).report
      #expect(try JSONEncoder().encode(report).count > 0)
      #expect(report.samples == nil && report.fidelity != nil)
    }
  }

  @Test func descriptionsAndDataAgreeOnWhatMayBeMissing() throws {
    let holes = try NaiveTable.data(5, missing: 0.5)
    #expect(
      sentence { try holes.check(against: Self.tableSpec(missing: false)) }
        .contains("is missing, but the model \"table\" takes no missing values"))
    try holes.check(against: Self.tableSpec())
    #expect(
      sentence { try DataSet(floats: [1, .nan], shape: Shape(features: 2)) }
        .contains("value 1 is nan"))
    for bad in [Float.infinity, -.infinity] {
      #expect(
        sentence {
          try DataSet(floats: [.nan, bad], shape: Shape(features: 2), allowsMissing: true)
        }.contains("value 1 is \(bad)"))
    }
    var padded = DataSpec(height: 4, width: 4, channels: 1, padding: 1, missing: true)
    #expect(throws: SpecError.self) { try padded.validate() }
    padded.padding = 0
    try padded.validate()
    padded.binarisation = .fixed
    #expect(throws: SpecError.self) { try padded.validate() }
    var spec = Self.tableSpec()
    spec.likelihood = .gaussian(.fixed(1))
    spec.decoder[2] = .dense(outputs: NaiveTable.columns)
    spec.objective.reconstruction = .weightedMean(weight: 10)
    #expect(sentence { try Model(spec) }.contains("some may be missing"))
    // config.json says it only where it is so.
    #expect(!String(decoding: ModelSpec.dense().json(), as: UTF8.self).contains("missing"))
    let again = try JSONDecoder().decode(ModelSpec.self, from: Data(Self.tableSpec().json()))
    #expect(again == Self.tableSpec())
  }

  @Test func aVampPriorStartsFromWhatTheEncoderSees() throws {
    var spec = Self.tableSpec()
    spec.prior = .vampPrior(.init(components: 4, range: nil))
    let model = try Model(spec, threads: 1)
    let data = try NaiveTable.data(20, missing: 0.3)
    try model.setPseudoInputs(from: data)
    #expect(model.values(of: "prior.pseudo_inputs").allSatisfy { $0.isFinite })
    let trainer = try Trainer(model, data: data)
    for batch in trainer.batches(epoch: 0) { #expect(try trainer.step(batch).loss.isFinite) }
    #expect(try model.evaluate(data).isFinite)
  }
}
