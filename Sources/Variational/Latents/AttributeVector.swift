// What sets two groups of examples apart, as a direction among the latents.

import Foundation
public import Kernels

/// The difference between the mean codes of two groups of examples: added to an example's code, it gives the example
/// what the first group has and the second has not.
///
///     let smile = try model.attributeVector(plus: smiling, minus: serious)
///     let pictures = model.decode(smile.added(to: codes, strengths: [0, 1, 2]))
///
/// - SeeAlso: Foster (2023), *Generative Deep Learning*, 2nd edition, chapter 3, "Latent space arithmetic"; Larsen
///   et al. (2016), "Autoencoding beyond pixels using a learned similarity metric", section 4.
public struct AttributeVector: Sendable, Hashable {
  /// Mean of the first group's codes less that of the second's, [L]
  public let direction: [Double]
  /// Examples in the first group.
  public let plus: Int
  /// Examples in the second group.
  public let minus: Int

  /// Its length.
  public var length: Double { direction.reduce(0) { $0 + $1 * $1 }.squareRoot() }

  /// Codes with the vector added at several strengths.
  ///
  /// - Parameters:
  ///   - codes: [N, L]; another width traps
  ///   - strengths: what the vector is multiplied by
  /// - Returns: [N × strengths, L], the strengths of a code one after the other.
  public func added(to codes: Matrix<Float>, strengths: [Double]) -> Matrix<Float> {
    precondition(
      codes.columns == direction.count,
      "AttributeVector.added: codes of \(codes.columns) latents, a vector of \(direction.count)")
    var result: [Float] = []
    result.reserveCapacity(codes.rows * strengths.count * codes.columns)
    for row in 0..<codes.rows {
      for strength in strengths {
        for column in 0..<codes.columns {
          result.append(Float(Double(codes[row, column]) + strength * direction[column]))
        }
      }
    }
    return Matrix(rows: codes.rows * strengths.count, columns: codes.columns, result)
  }
}

extension Model {
  /// The difference between the mean codes (posterior means) of two groups of examples.
  ///
  /// - Throws: `DataError` when a group does not fit the model.
  /// - Complexity: one encoder pass over both.
  public func attributeVector(
    plus: DataSet, minus: DataSet
  ) throws(DataError) -> AttributeVector {
    let (first, second) = (try meanCode(plus), try meanCode(minus))
    return AttributeVector(
      direction: zip(first, second).map { $0 - $1 }, plus: plus.count, minus: minus.count)
  }

  private func meanCode(_ data: DataSet) throws(DataError) -> [Double] {
    let means = try encode(data).means
    var sums = [Double](repeating: 0, count: means.columns)
    for row in 0..<means.rows {
      for column in 0..<means.columns { sums[column] += Double(means[row, column]) }
    }
    return sums.map { $0 / Double(means.rows) }
  }
}
