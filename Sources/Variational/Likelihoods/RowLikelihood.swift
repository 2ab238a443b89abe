// What every likelihood knows, a row at a time.

import Foundation
import Kernels
import Networks

/// What a likelihood reads and writes for one row.
struct LikelihoodRow {
  /// Data, [D]
  let x: VectorView
  /// The decoder's output, [D × outputs a value]; becomes its score when `writingScore`.
  let output: VectorView
  let writingScore: Bool
  /// [ownScoreColumns], overwritten when `writingScore`.
  let ownScore: VectorView
  /// What `batchVariance` gave; nil outside training.
  var batchVariance: Float?
  let parameters: ParameterViews
  /// The place of the first of these columns among all that the likelihood is for.
  var firstColumn = 0

  /// Some of the columns, for likelihoods with one output a value.
  func columns(_ range: Range<Int>) -> LikelihoodRow {
    LikelihoodRow(
      x: x.slice(range), output: output.slice(range), writingScore: writingScore,
      ownScore: ownScore.count > 1 ? ownScore.slice(range) : ownScore,
      batchVariance: batchVariance, parameters: parameters,
      firstColumn: firstColumn + range.lowerBound)
  }

  /// What is learned for these columns.
  func columns(of slot: ParameterSlot) -> VectorView {
    slot.vector(in: parameters.values).slice(firstColumn, count: x.count)
  }
}

/// The formulas of one distribution.
protocol RowLikelihood: Sendable {
  /// The place of what it learns itself.
  var learned: ParameterSlot? { get }
  /// Columns of the score of what it learns; 0 where that follows from the output's score.
  var ownScoreColumns: Int { get }
  /// ln p(x|z) in nats with all constants, and the scores if they are asked for.
  func logDensity(_ row: LikelihoodRow) -> Double
  /// The same over the values that are not NaN; the others' scores are 0. Exactly `logDensity` if there are no
  /// others.
  func logDensityOfObserved(_ row: LikelihoodRow) -> Double
  /// Adds Σ weight × own score over the rows to the gradient of what is learned.
  ///
  /// - Parameter x: data, [B, D], if values may be missing
  func addGradients(
    of x: MatrixView?, score: MatrixView, ownScore: MatrixView?, weights: TermBuffer,
    parameters: ParameterViews, compute: Compute)
  /// The variance that the whole minibatch gives; nil if the likelihood takes none from it.
  func batchVariance(
    of x: MatrixView, given output: MatrixView, samples: Int, mayMiss: Bool, terms: TermBuffer,
    parameters: ParameterViews, compute: Compute
  ) -> Float?
  /// Outputs to means, in place: the first D columns of each row.
  func mean(_ output: MatrixView, parameters: ParameterViews)
  /// Outputs to draws, in place: the first D columns of each row.
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews)
}

extension RowLikelihood {
  var learned: ParameterSlot? { nil }
  var ownScoreColumns: Int { learned?.count ?? 0 }

  func batchVariance(
    of x: MatrixView, given output: MatrixView, samples: Int, mayMiss: Bool, terms: TermBuffer,
    parameters: ParameterViews, compute: Compute
  ) -> Float? { nil }

  // For one output a value: the formula on each run of observed columns. A missing value has no part in any sum,
  // so none is taken off afterwards.
  func logDensityOfObserved(_ row: LikelihoodRow) -> Double {
    if !row.x.hasMissing { return logDensity(row) }
    let ownCount = row.writingScore ? row.ownScore.count : 0
    var (total, own) = (0.0, 0.0)
    row.x.forEachRun { columns, isObserved in
      if isObserved {
        total += logDensity(row.columns(columns))
        if ownCount == 1 { own += Double(row.ownScore[0]) }
      } else if row.writingScore {
        row.output.slice(columns).fill(0)
        if ownCount > 1 { row.ownScore.slice(columns).fill(0) }
      }
    }
    if ownCount == 1 { row.ownScore[0] = Float(own) }
    return total
  }

  // gradient [P] += weightsᵀ [1×n] · ownScore [n×P]: a worker takes some columns and goes through the rows
  // in order.
  func addGradients(
    of x: MatrixView?, score: MatrixView, ownScore: MatrixView?, weights: TermBuffer,
    parameters: ParameterViews, compute: Compute
  ) {
    guard let learned, let ownScore else { return }
    let gradients = learned.vector(in: parameters.gradients)
    if learned.count == 1 {
      var total = 0.0
      for row in 0..<ownScore.rows { total += weights[row] * Double(ownScore[row, 0]) }
      gradients[0] += Float(total)
      return
    }
    compute.forEachShare(
      of: learned.count, multiple: 16, cost: 2 * ownScore.rows, (ownScore, weights, gradients)
    ) { context, columns, _ in
      let (ownScore, weights, gradients) = context
      let share = ownScore.columns(columns)
      let target = gradients.slice(columns.lowerBound, count: columns.count)
      for row in 0..<share.rows { target.add(share.row(row), times: Float(weights[row])) }
    }
  }

  /// Noise as large as the output, for the length of `body`.
  func withNoise(like output: MatrixView, _ body: (MatrixView) -> Void) {
    let arena = Arena(count: output.count)
    body(arena.vector.matrix(rows: output.rows, columns: output.columns))
    withExtendedLifetime(arena) {}
  }
}

/// The scale of a distribution: given, or its logarithm learned.
struct LearnedScale: Sendable {
  private let fixed: Float
  /// ln of the scale: one value or one a dimension; nil if it is given.
  let slot: ParameterSlot?

  /// Where learning starts: ln 0.135, the order of what is left to explain in data between 0 and 1.
  static let start: Float = -2

  init(
    _ spec: LikelihoodSpec.ScaleSpec, dimensions: Int, name: String = "likelihood",
    layout: inout ParameterLayout
  ) {
    switch spec {
    case .fixed(let scale):
      fixed = Foundation.log(scale)
      slot = nil
    case .shared, .perDimension:
      fixed = 0
      slot = layout.add(
        "\(name).log_scale", shape: [spec == .shared ? 1 : dimensions], initialiser: .zeros,
        offset: LearnedScale.start)
    }
  }

  /// ln of the scale for the columns of a row, which may be some of all.
  func logarithms(_ row: LikelihoodRow) -> ColumnValues {
    guard let slot, slot.count > 1 else { return logarithms(row.parameters) }
    return ColumnValues(each: row.columns(of: slot))
  }

  /// ln of the scale for all columns.
  func logarithms(_ parameters: ParameterViews) -> ColumnValues {
    guard let slot else { return ColumnValues(shared: fixed) }
    let values = slot.vector(in: parameters.values)
    return slot.count == 1 ? ColumnValues(shared: values[0]) : ColumnValues(each: values)
  }
}
