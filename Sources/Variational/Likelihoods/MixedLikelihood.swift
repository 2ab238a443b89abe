import Kernels
import Networks

/// Neighbouring columns of a table in parts, each with a likelihood of its own: ln p = Σ over parts of ln pᵢ,
/// as the columns are independent given z (Nazábal, Olmos, Ghahramani and Valera, "Handling incomplete
/// heterogeneous data using VAEs", 2020, equation 4).
///
/// Data, outputs and own scores of the parts follow each other in the parts' order; part i's tensors are called
/// `likelihood.i.…`.
struct MixedLikelihood: RowLikelihood {
  private struct Part: Sendable {
    let formulas: any RowLikelihood
    /// Where its data lies, its outputs, and its columns of own scores.
    let columns: Range<Int>
    let outputs: Range<Int>
    let own: Range<Int>
  }

  private let parts: [Part]
  /// What `batchVariance` of each part gave; NaN where a part takes none.
  private let batchVariances: TermBuffer
  let ownScoreColumns: Int

  init(_ specs: [LikelihoodSpec.Part], name: String, layout: inout ParameterLayout) {
    var parts: [Part] = []
    var (column, output, own) = (0, 0, 0)
    for (index, spec) in specs.enumerated() {
      let formulas = spec.likelihood.formulas(
        shape: Shape(features: spec.columns), name: "\(name).\(index)", layout: &layout)
      let outputs = spec.likelihood.outputs(forColumns: spec.columns)
      parts.append(
        Part(
          formulas: formulas, columns: column..<column + spec.columns,
          outputs: output..<output + outputs, own: own..<own + formulas.ownScoreColumns))
      column += spec.columns
      output += outputs
      own += formulas.ownScoreColumns
    }
    self.parts = parts
    ownScoreColumns = own
    batchVariances = TermBuffer(count: parts.count)
  }

  func logDensity(_ row: LikelihoodRow) -> Double {
    var total = 0.0
    for index in parts.indices {
      total += parts[index].formulas.logDensity(self.row(row, ofPart: index))
    }
    return total
  }

  func logDensityOfObserved(_ row: LikelihoodRow) -> Double {
    var total = 0.0
    for index in parts.indices {
      total += parts[index].formulas.logDensityOfObserved(self.row(row, ofPart: index))
    }
    return total
  }

  private func row(_ row: LikelihoodRow, ofPart index: Int) -> LikelihoodRow {
    let part = parts[index]
    let variance = row.batchVariance.map { _ in Float(batchVariances[index]) }
    return LikelihoodRow(
      x: row.x.slice(part.columns), output: row.output.slice(part.outputs),
      writingScore: row.writingScore,
      ownScore: row.ownScore.count == 0 ? row.ownScore : row.ownScore.slice(part.own),
      batchVariance: variance.flatMap { $0.isNaN ? nil : $0 }, parameters: row.parameters)
  }

  /// Any number when a part takes its variance from the minibatch; the numbers are kept by part.
  func batchVariance(
    of x: MatrixView, given output: MatrixView, samples: Int, mayMiss: Bool, terms: TermBuffer,
    parameters: ParameterViews, compute: Compute
  ) -> Float? {
    var found: Float?
    for (index, part) in parts.enumerated() {
      let variance = part.formulas.batchVariance(
        of: x.columns(part.columns), given: output.columns(part.outputs), samples: samples,
        mayMiss: mayMiss, terms: terms, parameters: parameters, compute: compute)
      batchVariances[index] = variance.map(Double.init) ?? .nan
      found = variance ?? found
    }
    return found
  }

  func addGradients(
    of x: MatrixView?, score: MatrixView, ownScore: MatrixView?, weights: TermBuffer,
    parameters: ParameterViews, compute: Compute
  ) {
    for part in parts {
      part.formulas.addGradients(
        of: x?.columns(part.columns), score: score.columns(part.outputs),
        ownScore: ownScore?.columns(part.own), weights: weights, parameters: parameters,
        compute: compute)
    }
  }

  func mean(_ output: MatrixView, parameters: ParameterViews) {
    forEachPart(of: output) { part, values, _ in part.mean(values, parameters: parameters) }
  }

  /// Each part draws from a stream of its own.
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    forEachPart(of: output) { part, values, index in
      part.sample(
        values, stream: stream.part(index), firstRow: firstRow, parameters: parameters)
    }
  }

  // A part's outputs, side by side for the length of `body`, become its values in the data's place. That lies
  // before the outputs of later parts.
  private func forEachPart(
    of output: MatrixView, _ body: (any RowLikelihood, MatrixView, Int) -> Void
  ) {
    for (index, part) in parts.enumerated() {
      let arena = Arena(count: output.rows * part.outputs.count)
      let values = arena.vector.matrix(rows: output.rows, columns: part.outputs.count)
      for row in 0..<output.rows {
        values.row(row).copy(from: output.row(row).slice(part.outputs))
      }
      body(part.formulas, values, index)
      for row in 0..<output.rows {
        output.row(row).slice(part.columns)
          .copy(from: values.row(row).slice(0, count: part.columns.count))
      }
      withExtendedLifetime(arena) {}
    }
  }
}
