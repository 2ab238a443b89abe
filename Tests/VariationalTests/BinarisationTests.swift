import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct BinarisationTests {
  static func gathered(
    _ data: DataSet, _ indices: [Int], draws: BinaryDraws?, padding: Int = 0
  ) -> [[Float]] {
    let width = (data.shape.height + 2 * padding) * (data.shape.width + 2 * padding)
    let matrix = MatrixFixture(rows: indices.count, columns: width * data.shape.channels)
    data.gather(indices[...], padding: ImagePadding(padding), draws: draws, into: matrix.view)
    return indices.indices.map { matrix.view.row($0).array }
  }

  @Test(arguments: Binarisation.allCases)
  func namesSurviveJSON(_ choice: Binarisation) throws {
    var spec = DataSpec(height: 2, width: 3, channels: 1)
    spec.binarisation = choice
    let again = try JSONDecoder().decode(DataSpec.self, from: try JSONEncoder().encode(spec))
    #expect(again == spec)
  }

  @Test func anUnknownNameIsAnsweredWithTheNearest() throws {
    let text = #"{"channels": 3, "binarisation": "dinamic"}"#
    let error = sentence { try JSONDecoder().decode(DataSpec.self, from: Data(text.utf8)) }
    #expect(error.contains(#"unknown binarisation "dinamic"; did you mean "dynamic"?"#))
    let without = try JSONDecoder().decode(DataSpec.self, from: Data(#"{"channels": 3}"#.utf8))
    #expect(without.binarisation == .none)
  }

  @Test func trainingDrawsBelongToSeedStepAndExample() throws {
    var spec = DataSpec(height: 1, width: 1, channels: 200)
    spec.binarisation = .dynamic
    let data = try randomFloats(12, Shape(features: 200))
    func rows(_ indices: [Int], seed: UInt64 = 1, step: Int = 0) -> [[Float]] {
      Self.gathered(data, indices, draws: spec.trainingDraws(seed: seed, step: step))
    }
    let all = rows(Array(0..<12))
    #expect(all.joined().allSatisfy { $0 == 0 || $0 == 1 })
    // Wherever in a batch, and as part of whatever subset.
    #expect(rows([7, 2, 11]) == [all[7], all[2], all[11]])
    let subset = Self.gathered(
      data.subset([9, 3]).subset([1]), [0], draws: spec.trainingDraws(seed: 1, step: 0))
    #expect(subset == [all[3]])
    // 200 values agree by chance less than once in 2¹⁰⁰.
    let others = [
      rows([4], step: 1), rows([4], step: 2), rows([4], seed: 2),
      Self.gathered(data, [4], draws: spec.evaluationDraws),
    ]
    #expect(Set([[all[4]]] + others).count == 5)
  }

  @Test func allButDynamicTrainingSeesTheFixedDraw() throws {
    let data = try randomFloats(5, Shape(features: 100))
    func rows(_ choice: Binarisation, training: Bool, seed: UInt64 = 1) -> [[Float]] {
      var spec = DataSpec(height: 1, width: 1, channels: 100)
      spec.binarisation = choice
      return Self.gathered(
        data, Array(0..<5),
        draws: training ? spec.trainingDraws(seed: seed, step: 3) : spec.evaluationDraws)
    }
    let fixed = rows(.fixed, training: false)
    #expect(rows(.dynamic, training: false) == fixed)
    #expect(rows(.fixed, training: true) == fixed && rows(.fixed, training: true, seed: 2) == fixed)
    #expect(rows(.dynamic, training: true) != fixed)
    let grey = rows(.none, training: false)
    #expect(grey == rows(.none, training: true))
    #expect(grey.joined().contains { $0 > 0 && $0 < 1 })
  }

  @Test func paddingStaysZero() throws {
    let data = try DataSet(
      floats: [Float](repeating: 1, count: 2 * 9), shape: Shape(height: 3, width: 3, channels: 1))
    let rows = Self.gathered(data, [0, 1], draws: .fixed, padding: 1)
    let expected: [Float] =
      [0, 0, 0, 0, 0] + [0, 1, 1, 1, 0] + [0, 1, 1, 1, 0] + [0, 1, 1, 1, 0]
      + [0, 0, 0, 0, 0]
    #expect(rows == [expected, expected])
  }

  @Test func evaluationEncodingAndReconstructionSeeTheFixedDraw() throws {
    var spec = ModelSpec.smallDense()
    let grey = try randomFloats(20, spec.data.stored)
    let plain = try Model(spec, threads: 2)
    spec.data.binarisation = .dynamic
    let model = try Model(spec, threads: 2)
    let zerosAndOnes = try DataSet(
      floats: Self.gathered(grey, Array(0..<20), draws: .fixed).flatMap { $0 },
      shape: grey.shape)
    #expect(
      try model.evaluate(grey, importanceSamples: 3)
        == plain.evaluate(zerosAndOnes, importanceSamples: 3))
    #expect(try model.encode(grey).means == plain.encode(zerosAndOnes).means)
    #expect(try model.reconstruct(grey) == plain.reconstruct(zerosAndOnes))
    #expect(try model.evaluate(grey).elbo != plain.evaluate(grey).elbo)
  }

  @Test func aTrainingStepSeesItsOwnDraw() throws {
    var spec = ModelSpec.smallDense(training: TrainingSpec(batchSize: 6, seed: 9))
    let grey = try randomFloats(6, spec.data.stored)
    spec.data.binarisation = .dynamic
    let trainer = try Trainer(try Model(spec, threads: 2), data: grey)
    let drawn = try DataSet(
      floats: Self.gathered(
        grey, Array(0..<6), draws: spec.data.trainingDraws(seed: 9, step: 0)
      ).flatMap { $0 }, shape: grey.shape)
    spec.data.binarisation = .none
    let plain = try Trainer(try Model(spec, threads: 2), data: drawn)
    let batch = try #require(Array(trainer.batches(epoch: 0)).first)
    #expect(try trainer.step(batch) == plain.step(batch))
    #expect(trainer.model.weightsChecksum == plain.model.weightsChecksum)
  }

  @Test func valuesThatAreNoProbabilitiesAreRefused() throws {
    var spec = ModelSpec.smallDense(likelihood: .gaussian(.fixed(1)))
    spec.data.binarisation = .fixed
    let data = try DataSet(
      floats: (0..<10).map { Float($0) - 2 }, shape: spec.data.stored, name: "rows")
    #expect(
      sentence { try data.check(against: spec) }
        == "rows: values from -2.0 to 7.0 are not the probabilities that binarisation takes, which "
        + "lie between 0 and 1; scale the data (use (x + 2)/9)")
  }
}
