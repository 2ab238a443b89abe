// How much a decoded example changes when its latent moves.

import Foundation
import Kernels

/// The mean change of a decoded example a unit step of its latent, ‖g(z + h·v) − g(z)‖ / h.
///
/// g is the likelihood's mean, ‖·‖ the Euclidean norm over the data values, v a random direction of unit
/// length, h a tenth. A latent space has no unit of its own, so a second figure takes steps in standard
/// deviations s of the codes: ‖g(z + h·s∘v) − g(z)‖ / h. What either is to be held against is the distance
/// between two examples of the data.
public struct DecoderSmoothness: Sendable, Hashable, Codable {
  /// The number of points, a direction each.
  public var points: Int
  /// h
  public var step: Double
  /// The mean change a unit step from the codes of data.
  public var changeAtCodes: Double
  /// Its standard error.
  public var changeAtCodesStandardError: Double?
  /// The mean change a standard deviation of the codes, from the codes of data.
  public var changePerDeviation: Double
  /// Its standard error.
  public var changePerDeviationStandardError: Double?
  /// The mean change a unit step from draws of the prior.
  public var changeAtPrior: Double
  /// Its standard error.
  public var changeAtPriorStandardError: Double?
  /// The mean distance between two examples of the data, over values that neither lacks.
  public var distanceBetweenExamples: Double

  /// Whether every figure is a number.
  public var isFinite: Bool {
    [changeAtCodes, changePerDeviation, changeAtPrior, distanceBetweenExamples]
      .allSatisfy(\.isFinite)
  }

  enum CodingKeys: String, CodingKey {
    case points, step
    case changeAtCodes = "change_at_codes"
    case changeAtCodesStandardError = "change_at_codes_standard_error"
    case changePerDeviation = "change_per_deviation"
    case changePerDeviationStandardError = "change_per_deviation_standard_error"
    case changeAtPrior = "change_at_prior"
    case changeAtPriorStandardError = "change_at_prior_standard_error"
    case distanceBetweenExamples = "distance_between_examples"
  }

  static let step = 0.1
}

extension Model {
  /// Measures how smoothly the decoder follows its latents.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - points: how many codes and how many draws of the prior
  ///   - seed: what points and directions are derived from
  /// - Throws: `DataError` when the data does not fit the model.
  /// - Complexity: five decoder passes over the points.
  public func smoothness(
    on data: DataSet, points: Int = 1000, seed: UInt64 = 1
  ) throws(DataError) -> DecoderSmoothness {
    let stream = RandomStream(seed: seed, purpose: .evaluation, lane: 2)
    let some = data.randomSubset(spec.affordable(points), stream)
    let codes = try encode(some).means  // [n, L]
    let directions = unitDirections(some.count, stream)  // [n, L]
    let deviations = (0..<codes.columns).map { column in
      var mean = RunningMean()
      for value in codes.column(column) { mean.add(Double(value)) }
      return Float(mean.populationVariance.squareRoot())
    }
    var scaled = directions
    for row in 0..<scaled.rows {
      for column in 0..<scaled.columns { scaled[row, column] *= deviations[column] }
    }
    // Draws of the prior get drawn classes.
    let classes = spec.condition == nil ? nil : some.labels
    let atCodes = changes(at: codes, classes, along: directions)
    let perDeviation = changes(at: codes, classes, along: scaled)
    let atPrior = changes(at: priorDraws(some.count, stream), nil, along: directions)
    let examples = some.values()
    var distance = RunningMean()
    // The order is random already, so neighbours in it are random pairs.
    for row in 0..<max(0, examples.rows - 1) {
      distance.add(norm(observed: examples.row(row), examples.row(row + 1)))
    }
    return DecoderSmoothness(
      points: some.count, step: DecoderSmoothness.step, changeAtCodes: atCodes.mean,
      changeAtCodesStandardError: atCodes.toldError, changePerDeviation: perDeviation.mean,
      changePerDeviationStandardError: perDeviation.toldError, changeAtPrior: atPrior.mean,
      changeAtPriorStandardError: atPrior.toldError, distanceBetweenExamples: distance.mean)
  }

  /// Draws of the prior (N(0, 1) for a plain autoencoder), [count, L].
  private func priorDraws(_ count: Int, _ stream: RandomStream) -> Matrix<Float> {
    let arena = Arena(count: count * spec.latents)
    let pass = PriorPass(self, rows: 0, isTraining: false)
    pass.prepare()
    // Draws 0 and 2 of the stream are the prior's.
    pass.sample(into: arena.vector.matrix(rows: count, columns: spec.latents), stream: stream)
    return Matrix(rows: count, columns: spec.latents, arena.vector.array)
  }

  /// Rows of unit length in random directions, [count, L]: normal numbers over their norm.
  private func unitDirections(_ count: Int, _ stream: RandomStream) -> Matrix<Float> {
    let values = stream.gaussian(count: count * spec.latents, step: 1)
    var result = Matrix(rows: count, columns: spec.latents, values)
    for row in 0..<count {
      let length = result.row(row).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      for column in 0..<spec.latents { result[row, column] /= Float(max(length, 1e-30)) }
    }
    return result
  }

  private func changes(
    at z: Matrix<Float>, _ classes: [Int]?, along directions: Matrix<Float>
  ) -> RunningMean {
    var moved = z
    moved.add(directions, scaledBy: Float(DecoderSmoothness.step))
    let (before, after) = (decode(z, classes: classes), decode(moved, classes: classes))
    var result = RunningMean()
    for row in 0..<z.rows {
      result.add(norm(before.row(row), after.row(row)) / DecoderSmoothness.step)
    }
    return result
  }

  // Over the values that neither lacks.
  private func norm(observed a: [Float], _ b: [Float]) -> Double {
    let pairs = zip(a, b).filter { !$0.0.isNaN && !$0.1.isNaN }
    return norm(pairs.map(\.0), pairs.map(\.1))
  }

  private func norm(_ a: [Float], _ b: [Float]) -> Double {
    zip(a, b).reduce(0) { sum, pair in
      let difference = Double(pair.0) - Double(pair.1)
      return sum + difference * difference
    }.squareRoot()
  }
}

extension DataSet {
  /// The examples without padding, [count, values].
  func values() -> Matrix<Float> {
    let arena = Arena(count: count * shape.count)
    let view = arena.vector.matrix(rows: count, columns: shape.count)
    for row in 0..<count { copyExample(row, into: view.row(row)) }
    return Matrix(rows: count, columns: shape.count, arena.vector.array)
  }
}
