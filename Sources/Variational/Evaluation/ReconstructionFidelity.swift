// Squared errors of reconstructions beside those of the mean example.

/// How near the decoded posterior means lie to the data.
public struct ReconstructionFidelity: Sendable, Hashable, Codable {
  /// Examples that were looked at.
  public var examples: Int
  /// The mean of (x − x̂)² over examples and values, x̂ the decoded posterior mean.
  public var error: Double
  /// The mean of (x − x̄)², x̄ the mean of these examples: what predicting it for all would give.
  public var variance: Double

  enum CodingKeys: String, CodingKey {
    case examples
    case error = "squared_error"
    case variance = "squared_error_of_mean"
  }
}

extension Model {
  /// Compares reconstructions with the mean example on a seeded subset.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - examples: how many are looked at, at most
  ///   - seed: what the subset is derived from
  /// - Throws: `DataError` when the data does not fit the model.
  public func fidelity(
    on data: DataSet, examples: Int = 1000, seed: UInt64 = 1
  ) throws(DataError) -> ReconstructionFidelity {
    let some = data.randomSubset(
      spec.affordable(examples), RandomStream(seed: seed, purpose: .evaluation, lane: 5))
    let decoded = try reconstruct(some)
    let values = some.values()
    var (error, count) = (0.0, 0)
    var columns = [RunningMean](repeating: RunningMean(), count: values.columns)
    for row in 0..<values.rows {
      let example = values.row(row)
      let image = spec.data.withoutPadding(decoded.row(row)[...])
      for index in example.indices where !example[index].isNaN {
        count += 1
        let difference = Double(example[index]) - Double(image[index])
        error += difference * difference
        columns[index].add(Double(example[index]))
      }
    }
    // The squares about each column's mean, over all values: missing ones count in neither.
    let squares = columns.reduce(0) { $0 + $1.populationVariance * Double($1.count) }
    return ReconstructionFidelity(
      examples: values.rows, error: error / Double(count), variance: squares / Double(count))
  }
}
