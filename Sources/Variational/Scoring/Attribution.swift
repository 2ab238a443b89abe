// Which data values make an example odd.

public import Kernels
import Networks

/// What each data value contributes to an example's oddness: −ln p(x_d|z) at the posterior's mean, in nats, less
/// what is usual for it.
///
/// The terms of an example sum to −ln p(x|z). Some values are hard to predict in every example, such as pixels at a
/// garment's edge; the mean term over normal examples, subtracted, leaves what is unusual about this one. Of a
/// group of columns of which one is 1 (a categorical value), the term stands at that column. A missing value
/// contributes nothing.
public struct Attribution: Sendable {
  /// [N, stored data values]; not a number in the row of an example that cannot be used, infinite where a value has no
  /// probability.
  public let contributions: Matrix<Float>

  /// The values that contribute most to an example, most first.
  public func largest(_ count: Int, example: Int) -> [(feature: Int, contribution: Float)] {
    let row = contributions.row(example)
    func size(_ index: Int) -> Float { row[index].isNaN ? -.infinity : row[index] }
    let order = row.indices.sorted { (size($0), $1) > (size($1), $0) }
    return order.prefix(count).map { ($0, row[$0]) }
  }
}

extension Model {
  /// What each data value contributes to each example's oddness.
  ///
  /// - Parameters:
  ///   - data: the examples
  ///   - usual: the mean terms of normal examples, as ``usualTerms(of:)`` gives them, [stored data values]; nil for
  ///     none
  /// - Throws: `DataError` when the data does not fit the model.
  /// - Complexity: one pass of encoder and decoder; memory for a float a data value.
  public func attribution(
    of data: DataSet, comparedWith usual: [Double]? = nil
  ) throws(DataError) -> Attribution {
    let width = spec.data.stored.count
    precondition(
      usual.map { $0.count == width } ?? true,
      "Model.attribution: \(usual?.count ?? 0) usual terms for \(width) values")
    let floats = Double(data.count) * Double(width)
    guard Memory.holds(floats: floats) else {
      throw DataError(
        data.name,
        "what \(width) values contribute in \(data.count) examples takes \(Memory.text(floats: floats)) of "
          + "memory, more than is free; take fewer examples")
    }
    var values: [Float] = []
    values.reserveCapacity(data.count * width)
    let groups = likelihood.spec.groupedColumns(of: spec.data.padded)
    let failed = [Float](repeating: .nan, count: width)
    let usable = data.usableExamples
    var next = 0
    try forEachExamplesTerms(data.usable) { terms in
      while values.count < usable[next] * width { values += failed }
      next += 1
      let start = values.count
      for (index, term) in terms.enumerated() {
        values.append(term.isNaN ? 0 : Float(Double(term) - (usual?[index] ?? 0)))
      }
      guard let usual else { return }
      // What is usual of a group is the sum over its categories, taken off the one that the example has.
      for group in groups {
        let own = group.first { terms[terms.startIndex + $0] != 0 } ?? group.lowerBound
        let term = terms[terms.startIndex + own]
        let mean = group.reduce(0) { $0 + usual[$1] }
        for column in group { values[start + column] = 0 }
        values[start + own] = term.isNaN ? 0 : Float(Double(term) - mean)
      }
    }
    while values.count < data.count * width { values += failed }
    return Attribution(contributions: Matrix(rows: data.count, columns: width, values))
  }

  /// The mean −ln p(x_d|z) of each data value over the normal examples that have it and give it a probability, nats,
  /// [stored data values].
  ///
  /// - Throws: `DataError` when the data does not fit the model.
  public func usualTerms(of data: DataSet) throws(DataError) -> [Double] {
    var means = [RunningMean](repeating: RunningMean(), count: spec.data.stored.count)
    try forEachExamplesTerms(data.usable) { terms in
      for (index, term) in terms.enumerated() where term.isFinite { means[index].add(Double(term)) }
    }
    return means.map(\.mean)
  }

  // Calls `body` with the terms of each example in turn, without padding; NaN for what is missing.
  private func forEachExamplesTerms(
    _ data: DataSet, _ body: (ArraySlice<Float>) -> Void
  ) throws(DataError) {
    try data.check(against: spec)
    let pass = PosteriorScorePass(self, seed: 0)
    let terms = FeatureTerms(self, rows: inferenceWorkspace().capacity)
    let dimensions = likelihood.dimensions
    var first = 0
    while first < data.count {
      let chunk = pass.encode(data, from: first)
      let output = pass.decodeMeans(chunk)
      let x = chunk.x
      var table = [Float](repeating: 0, count: x.rows * dimensions)  // [n, D]
      terms.forEach(x, output) { columns, values in
        for row in 0..<x.rows {
          // Of one-hot columns the one that is set; a single column is its own.
          var column = columns.lowerBound
          for other in columns where x[row, other] > x[row, column] { column = other }
          if columns.contains(where: { x[row, $0].isNaN }) {
            for missing in columns { table[row * dimensions + missing] = .nan }
          } else {
            let term = values[row].isFinite ? Float(-values[row]) : .infinity
            table[row * dimensions + column] = term
          }
        }
      }
      for row in 0..<x.rows {
        let example = table[row * dimensions..<(row + 1) * dimensions]
        body(spec.data.withoutPadding(example)[...])
      }
      first += x.rows
    }
    try data.checkUnchanged()
  }
}
