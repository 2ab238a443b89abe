import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Variational

@Suite struct AttributionTests {
  @Test(arguments: LikelihoodTrainingTests.likelihoods)
  func termsSumToTheDensityAndEachKnowsItsOwnColumnsOnly(_ likelihood: LikelihoodSpec) throws {
    let model = try ModelTensorsTests.scrambled(LikelihoodTrainingTests.spec(likelihood))
    let data = try LikelihoodTrainingTests.data(for: likelihood, examples: 7)
    let pass = PosteriorScorePass(model, seed: 0)
    let terms = FeatureTerms(model, rows: 7)
    let chunk = pass.encode(data, from: 0)
    let output = pass.decodeMeans(chunk)
    func parts() -> [(columns: Range<Int>, values: [Double])] {
      var result: [(Range<Int>, [Double])] = []
      terms.forEach(chunk.x, output) { columns, values in
        result.append((columns, (0..<7).map { values[$0] }))
      }
      return result
    }
    let before = parts()
    #expect(before.flatMap { Array($0.columns) } == Array(0..<10))
    let whole = TermBuffer(count: 7)
    model.likelihood.logDensity(
      of: chunk.x, given: output, samples: 1, into: whole, writingScore: false,
      parameters: model.views, compute: model.compute)
    for row in 0..<7 {
      let sum = before.reduce(0) { $0 + $1.values[row] }
      let size = before.reduce(0) { $0 + abs($1.values[row]) }
      // Each term is a float formula of some ten roundings, its logarithms of arguments up to 256.
      #expect(abs(sum - whole[row]) <= 100 * roundoff * size, "\(likelihood)")
    }
    // Another value in the last column moves the last part alone.
    for row in 0..<7 { chunk.x[row, 9] = 1 - min(1, chunk.x[row, 9]) }
    let after = parts()
    for (a, b) in zip(before.dropLast(), after.dropLast()) { #expect(a.values == b.values) }
    #expect(before.last?.values != after.last?.values)
  }

  /// Ten columns under five distributions, one in five missing.
  private static func mixed() throws -> (Model, DataSet) {
    let likelihood = LikelihoodSpec.mixed([
      .init(columns: 2, likelihood: .gaussian(.perDimension)),
      .init(columns: 1, likelihood: .bernoulli),
      .init(columns: 3, likelihood: .categorical(groups: [3])),
      .init(columns: 2, likelihood: .negativeBinomial),
      .init(columns: 2, likelihood: .zeroInflatedNegativeBinomial),
    ])
    var spec = ModelSpec.smallDense(likelihood: likelihood)
    spec.data.missing = true
    spec.decoder[2] = .dense(outputs: likelihood.outputs(forColumns: 10))
    var generator = SeededGenerator(state: 12)
    var x: [Float] = []
    for _ in 0..<40 {
      var row = generator.normals(2) + [Float(generator.next() & 1), 0, 0, 0]
      row[3 + Int(generator.next() >> 33) % 3] = 1
      row += (0..<4).map { _ in Float(generator.next() >> 33 & 7) }
      for column in [0, 1, 2, 6, 7, 8, 9] where generator.next() >> 33 % 5 == 0 {
        row[column] = .nan
      }
      if generator.next() >> 33 % 5 == 0 { row[4] = .nan }
      x += row
    }
    let data = try DataSet(floats: x, shape: Shape(features: 10), allowsMissing: true)
    return (try ModelTensorsTests.scrambled(spec), data)
  }

  @Test func termsOfMixedColumnsSumToTheDensityOfWhatIsThere() throws {
    let (model, data) = try Self.mixed()
    let result = try model.attribution(of: data).contributions
    let pass = PosteriorScorePass(model, seed: 0)
    let chunk = pass.encode(data, from: 0)
    let output = pass.decodeMeans(chunk)
    let whole = TermBuffer(count: 40)
    model.likelihood.logDensity(
      of: chunk.x, given: output, samples: 1, into: whole, writingScore: false,
      parameters: model.views, compute: model.compute)
    for row in 0..<40 {
      let terms = result.row(row).map(Double.init)
      let size: Double = terms.reduce(0) { $0 + abs($1) }
      let sum: Double = terms.reduce(0) { $0 + $1 }
      let bound: Double = 100 * roundoff * (1 + size)
      #expect(abs(sum + whole[row]) <= bound)
      for column in 0..<10 where chunk.x[row, column].isNaN { #expect(terms[column] == 0) }
    }
    // What is usual of the categories is taken off once, at the category that the example has.
    let usual = try model.usualTerms(of: data)
    let less = try model.attribution(of: data, comparedWith: usual).contributions
    for row in 0..<40 where !chunk.x[row, 4].isNaN {
      let own = (3..<6).first { chunk.x[row, $0] == 1 } ?? 3
      let expected: Double = Double(result[row, own]) - (usual[3] + usual[4] + usual[5])
      let got = Double(less[row, own])
      #expect(abs(got - expected) <= 1e-5)
      for column in 3..<6 where column != own { #expect(less[row, column] == 0) }
    }
    // Scores leave missing values out as well.
    let scores = try model.anomalyScores(of: data, samples: 2, importanceSamples: 2)
    #expect(scores.values.allSatisfy { $0.allSatisfy(\.isFinite) })
  }

  @Test func contributionsOfPixelsMatchTheGaussianFormula() throws {
    // Padded 6×6×2 images to 8×8×2: contributions are for the stored pixels.
    let (model, data) = try InferenceTests.model(
      .smallConvolution(likelihood: .gaussian(.perDimension)))
    let some = data.prefix(40)
    let result = try model.attribution(of: some).contributions
    #expect(result.rows == 40 && result.columns == 72)
    let images = try model.reconstruct(some)
    let logVariances = model.values(of: "likelihood.log_variance")
    let x = DataSourceTests.values(some)
    for row in 0..<40 {
      let means = model.spec.data.withoutPadding(images.row(row)[...])
      let own = model.spec.data.withoutPadding(logVariances[...])
      for index in 0..<72 {
        let difference = Double(x[row * 72 + index]) - Double(means[index])
        let l = Double(own[index])
        let expected = 0.5 * (difference * difference * exp(-l) + l + log(2 * .pi))
        #expect(
          abs(Double(result[row, index]) - expected) <= 64 * roundoff * (1 + 4 * abs(expected)))
      }
    }
  }

  @Test func whatIsUsualIsSubtracted() throws {
    let (model, data) = try InferenceTests.model(.smallDense())
    let plain = try model.attribution(of: data).contributions
    let usual = try model.usualTerms(of: data)
    for column in 0..<10 {
      let mean = plain.column(column).reduce(0) { $0 + Double($1) } / Double(data.count)
      #expect(abs(usual[column] - mean) <= 1e-9 * abs(mean))
    }
    let less = try model.attribution(of: data, comparedWith: usual)
    #expect(less.contributions[3, 4] == Float(Double(plain[3, 4]) - usual[4]))
  }

  @Test func largestContributionsComeFirst() {
    let result = Attribution(
      contributions: Matrix(rows: 2, columns: 4, [1, 5, -2, 5, 0, 0, 3, 1]))
    #expect(result.largest(3, example: 0).map(\.feature) == [1, 3, 0])
    #expect(result.largest(2, example: 1).map(\.contribution) == [3, 1])
    #expect(result.largest(9, example: 1).count == 4)
  }

  @Test func aPlantedValueIsNamed() throws {
    // A linear model: one column of an example is moved far off, and its term is the largest.
    let problem = try EvaluationTests.LinearGaussian(seed: 5, examples: 20)
    var x = DataSourceTests.values(problem.data)
    for row in 0..<20 { x[row * 6 + row % 6] += 40 }
    let moved = try DataSet(floats: x, shape: Shape(features: 6))
    let usual = try problem.model.usualTerms(of: problem.data)
    let result = try problem.model.attribution(of: moved, comparedWith: usual)
    let named = (0..<20).count { result.largest(1, example: $0).first?.feature == $0 % 6 }
    // The encoder follows the planted value too and may shift the blame in a direction of W; most must be found.
    #expect(named >= 16)
  }
}
