import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct ImputationTests {
  /// x = Wz + b + ε in four dimensions with orthogonal columns of W, so that the exact posterior is diagonal, and the
  /// distribution of columns 1 and 3 given 0 and 2 in closed form.
  struct Problem {
    static let variance = 0.3
    static let (w, b) = (
      [[1.0, 0.5], [1, -0.5], [-0.5, 1], [0.5, 1]], [0.3, -0.2, 0.5, 0.1]
    )
    static let observed = [1.6, -0.7]  // x₀, x₂
    let model: Model
    let mean: [Double]  // of x₁ and x₃
    let covariance: [[Double]]

    /// - Parameter isExact: whether the encoder is the exact posterior, or one that is damped and too wide
    init(isExact: Bool) throws {
      let spec = ModelSpec(
        name: "linear", data: DataSpec(height: 1, width: 1, channels: 4),
        encoder: [.dense(outputs: 4)], latents: 2, decoder: [.dense(outputs: 4)],
        likelihood: .gaussian(.fixed(Float(Self.variance))))
      model = try Model(spec, threads: 2)
      let (w, b) = (Self.w, Self.b)
      model.setValues(of: "decoder.0.weight", w.flatMap { $0 }.map(Float.init))
      model.setValues(of: "decoder.0.bias", b.map(Float.init))
      // Λ = 1 + ‖w‖²/σ², μ = Wᵀ(x − b)/(σ²Λ), ℓ = −ln Λ
      var (weights, biases) = ([Float](), [Float]())
      for k in 0..<2 {
        let precision = 1 + (0..<4).reduce(0) { $0 + w[$1][k] * w[$1][k] } / Self.variance
        let damping = isExact ? 1 : 0.7
        let row = (0..<4).map { damping * w[$0][k] / (Self.variance * precision) }
        weights += row.map(Float.init)
        biases.append(Float(-zip(row, b).reduce(0) { $0 + $1.0 * $1.1 }))
      }
      for k in 0..<2 {
        let precision = 1 + (0..<4).reduce(0) { $0 + w[$1][k] * w[$1][k] } / Self.variance
        biases.append(Float(-log(precision) + (isExact ? 0 : 0.7)))
      }
      model.setValues(of: "encoder.0.weight", weights + [Float](repeating: 0, count: 8))
      model.setValues(of: "encoder.0.bias", biases)
      // C = WWᵀ + σ²; x_m|x_o ~ N(b_m + C_mo C_oo⁻¹ (x_o − b_o), C_mm − C_mo C_oo⁻¹ C_om)
      func c(_ i: Int, _ j: Int) -> Double {
        w[i][0] * w[j][0] + w[i][1] * w[j][1] + (i == j ? Self.variance : 0)
      }
      let determinant = c(0, 0) * c(2, 2) - c(0, 2) * c(0, 2)
      func gains(_ m: Int) -> (Double, Double) {
        (
          (c(m, 0) * c(2, 2) - c(m, 2) * c(0, 2)) / determinant,
          (c(m, 2) * c(0, 0) - c(m, 0) * c(0, 2)) / determinant
        )
      }
      let differences = (Self.observed[0] - b[0], Self.observed[1] - b[2])
      mean = [1, 3].map {
        let gain = gains($0)
        return b[$0] + gain.0 * differences.0 + gain.1 * differences.1
      }
      covariance = [1, 3].map { m in
        let gain = gains(m)
        return [1, 3].map { n in c(m, n) - gain.0 * c(0, n) - gain.1 * c(2, n) }
      }
    }

    /// So many copies of the example, each with a chain of its own: their last draws are independent.
    func impute(_ copies: Int, _ settings: ImputationSettings) throws -> Imputation {
      let row = [Float(Self.observed[0]), .nan, Float(Self.observed[1]), .nan]
      let data = try DataSet(
        floats: (0..<copies).flatMap { _ in row }, shape: Shape(features: 4), allowsMissing: true)
      return try model.impute(data, settings)
    }
  }

  /// How many standard errors means and covariances of the first draws are off, at most.
  private func largestDeviation(_ problem: Problem, _ result: Imputation) -> Double {
    let draws = result.draws[0]
    let n = Double(draws.rows)
    let values = [draws.column(1).map(Double.init), draws.column(3).map(Double.init)]
    let means = values.map { $0.reduce(0, +) / n }
    var largest = 0.0
    for i in 0..<2 {
      let error = (problem.covariance[i][i] / n).squareRoot()
      largest = max(largest, abs(means[i] - problem.mean[i]) / error)
      for j in 0...i {
        let sum = zip(values[i], values[j]).reduce(0) {
          $0 + ($1.0 - means[i]) * ($1.1 - means[j])
        }
        // Var of a normal sample's covariance: (c_ii c_jj + c_ij²)/n.
        let c = problem.covariance
        let spread = ((c[i][i] * c[j][j] + c[i][j] * c[i][j]) / n).squareRoot()
        largest = max(largest, abs(sum / n - c[i][j]) / spread)
      }
    }
    return largest
  }

  // Five statistics: four and a half standard errors are exceeded by chance once in 30,000 times.
  @Test(arguments: ImputationSettings.Method.allCases)
  func drawsHaveTheExactConditionalDistribution(_ method: ImputationSettings.Method) throws {
    let problem = try Problem(isExact: true)
    let result = try problem.impute(
      3000, ImputationSettings(method: method, imputations: 1, burnIn: 100, spacing: 1))
    #expect(largestDeviation(problem, result) <= 4.5)
    // The exact posterior is always accepted, but for roundings.
    if let acceptance = result.acceptance { #expect(acceptance > 0.999) }
    #expect((result.acceptance == nil) == (method == .pseudoGibbs))
  }

  @Test func metropolisIsExactUnderAnEncoderThatIsNot() throws {
    let problem = try Problem(isExact: false)
    let settings = ImputationSettings(imputations: 1, burnIn: 300, spacing: 1)
    let result = try problem.impute(3000, settings)
    #expect(largestDeviation(problem, result) <= 4.5)
    let acceptance = try #require(result.acceptance)
    #expect(acceptance > 0.2 && acceptance < 0.95)
    // Pseudo-Gibbs is not, and the test sees it.
    var wrong = settings
    wrong.method = .pseudoGibbs
    #expect(largestDeviation(problem, try problem.impute(3000, wrong)) > 9)
  }

  @Test func meansAndDeviationsAreThoseOfTheConditional() throws {
    let problem = try Problem(isExact: false)
    let result = try problem.impute(
      500, ImputationSettings(imputations: 2, burnIn: 200, spacing: 200))
    for (index, column) in [1, 3].enumerated() {
      let means = result.means.column(column).map(Double.init)
      let mean: Double = means.reduce(0) { $0 + $1 } / 500
      let squares: Double = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      let spread = (squares / 499 / 500).squareRoot()
      let expected = problem.mean[index]
      #expect(abs(mean - expected) <= 4.5 * spread)
      // E of the chain's own variance falls short of the whole by the variance of its mean.
      let deviations = result.deviations.column(column).map(Double.init)
      let within: Double = deviations.reduce(0) { $0 + $1 * $1 } / 500
      let between: Double = spread * spread * 500
      let variance = problem.covariance[index][index]
      #expect(abs(within + between - variance) <= 0.05 * variance)
    }
    // Observed values are themselves.
    #expect(result.means.column(0).allSatisfy { $0 == Float(Problem.observed[0]) })
    #expect(result.deviations.column(2).allSatisfy { $0 == 0 })
    #expect(result.missingCount == 1000)
    for draw in result.draws {
      #expect(draw.column(2).allSatisfy { $0 == Float(Problem.observed[1]) })
    }
  }

  @Test func aMaskSaysTheSameAsNotANumber() throws {
    let problem = try Problem(isExact: false)
    let settings = ImputationSettings(imputations: 2, burnIn: 3, spacing: 2)
    let rows: [Float] = [1, 2, 3, 4, 5, 6, 7, 8]
    let shape = Shape(features: 4)
    let mask = [false, true, false, false, false, false, true, true]
    let masked = try problem.model.impute(
      try DataSet(floats: rows, shape: shape), mask: mask, settings)
    let missing = try problem.model.impute(
      try DataSet(
        floats: zip(rows, mask).map { $1 ? .nan : $0 }, shape: shape, allowsMissing: true),
      settings)
    #expect(masked.draws == missing.draws && masked.isMissing == mask)
    #expect(missing.isMissing == mask && masked.means == missing.means)
    // Another seed draws others.
    var other = settings
    other.seed = 2
    #expect(
      try problem.model.impute(try DataSet(floats: rows, shape: shape), mask: mask, other).draws
        != masked.draws)
  }

  @Test func paddedImagesAndOneHotGroupsAreCompleted() throws {
    let (model, data) = try InferenceTests.model(.smallConvolution())
    let some = data.prefix(3)
    let mask = (0..<3 * 72).map { $0 % 5 == 0 }
    let settings = ImputationSettings(imputations: 1, burnIn: 2, spacing: 1)
    let result = try model.impute(some, mask: mask, settings)
    let values = DataSourceTests.values(some)
    for index in mask.indices {
      let isSame = result.draws[0].elements[index] == values[index]
      #expect(isSame != mask[index])
    }

    // A group of which one column is missing is drawn as a whole, and one column is 1.
    let likelihood = LikelihoodSpec.categorical(groups: [4, 6])
    let categorical = try Model(LikelihoodTrainingTests.spec(likelihood), threads: 1)
    let rows = try LikelihoodTrainingTests.data(for: likelihood, examples: 20)
    let one = (0..<200).map { $0 % 10 == 2 }
    let completed = try categorical.impute(rows, mask: one, settings)
    #expect(completed.missingCount == 80)
    for row in 0..<20 {
      let ones: Float = completed.draws[0].row(row)[..<4].reduce(0) { $0 + $1 }
      #expect(ones == 1)
      let given = DataSourceTests.values(rows)[row * 10 + 4..<row * 10 + 10]
      #expect(completed.draws[0].row(row)[4...].elementsEqual(given))
    }
  }

  @Test func paddingIsPutAroundAndTakenOff() {
    let spec = DataSpec(height: 2, width: 1, channels: 2, padding: 1)
    let padded = spec.withPadding([1, 2, 3, 4])
    let rows: [[Float]] = [
      [0, 0, 0, 0, 0, 0], [0, 0, 1, 2, 0, 0], [0, 0, 3, 4, 0, 0], [0, 0, 0, 0, 0, 0],
    ]
    #expect(padded == rows.flatMap { $0 })
    #expect(spec.withoutPadding(padded[...]) == [1, 2, 3, 4])
  }

  @Test func aPlainAutoencoderIsRefused() throws {
    let (model, data) = try InferenceTests.model(ModelSpec.smallDense().asAutoencoder())
    #expect(sentence { try model.impute(data) }.contains("plain autoencoder"))
  }
}
