// The chains of some examples at a time, side by side.

import Foundation
import Kernels
import Networks

/// Buffers and rounds of ``Model/impute(_:mask:_:)``.
struct ImputationPass {
  /// What is kept of the examples so far.
  struct Result {
    var means: [Float] = []
    var deviations: [Float] = []
    var draws: [[Float]]
    var isMissing: [Bool] = []
    var accepted = 0

    init(imputations: Int) { draws = Array(repeating: [], count: imputations) }
  }

  /// A missing value, and the sums over the rounds that are kept.
  private struct Cell {
    let row: Int
    let column: Int
    /// Whether the data itself says that it is missing, by an indicator.
    var isIndicated = false
    var values = RunningMean()
  }

  private let model: Model
  private let settings: ImputationSettings
  private let workspace: InferenceWorkspace
  private let prior: PriorPass
  private let ranges: TableRanges
  private let indicators: [Int: Int]  // a data column to that of its indicator
  private let current: Arena  // z, [capacity, L]
  private let outputs: Arena  // the decoder's at z, [capacity, outputs]
  private let drawn: Arena  // a draw from it, [capacity, outputs]
  private let chances: Arena  // uniform numbers, [capacity]
  // ln p(x|z), ln p(z), ln q(z|x), then the same of the proposal, [capacity] each
  private let terms: [TermBuffer]

  /// Examples whose chains run side by side.
  var capacity: Int { workspace.capacity }

  init(_ model: Model, _ settings: ImputationSettings) {
    self.model = model
    self.settings = settings
    workspace = model.inferenceWorkspace()
    let rows = workspace.capacity
    prior = PriorPass(model, rows: rows, isTraining: false)
    prior.prepare()
    ranges = model.ranges
    indicators = model.spec.table?.indicators ?? [:]
    current = Arena(count: rows * model.spec.latents)
    outputs = Arena(count: rows * model.likelihood.outputs)
    drawn = Arena(count: rows * model.likelihood.outputs)
    chances = Arena(count: rows)
    terms = (0..<6).map { _ in TermBuffer(count: rows) }
  }

  /// Runs the chains of some examples.
  func run(_ data: DataSet, rows: Range<Int>, mask: [Bool]?, into result: inout Result) {
    let x = workspace.dataRows(rows.count, model)
    model.gather(data, from: rows.lowerBound, into: x)
    let labels = workspace.labelRows(rows.count)
    data.copyLabels(Array(rows.prefix(labels.count))[...], into: labels)
    var cells = missingCells(x, first: rows.lowerBound, mask: mask)
    for cell in cells { x[cell.row, cell.column] = 0 }
    let hidden = cells.filter(\.isIndicated)
    let chosen = Dictionary(grouping: cells, by: \.row).mapValues { $0.map(\.column) }
    start(x, cells, hidden, chosen, first: rows.lowerBound)
    for round in 1..<max(2, settings.rounds + 1) {
      let head = encode(x, hidden)
      let proposal = model.sampleLatents(
        head, workspace, stream: latentStream, step: round, firstRow: rows.lowerBound)
      let output = model.decode(proposal, workspace)
      if settings.method == .metropolis {
        result.accepted += accept(proposal, output, x, head, round, first: rows.lowerBound)
      } else {
        take(0..<x.rows, proposal, output)
      }
      draw(into: x, cells, chosen, round, first: rows.lowerBound)
      guard round > settings.burnIn else { continue }
      for index in cells.indices {
        cells[index].values.add(Double(x[cells[index].row, cells[index].column]))
      }
      let kept = round - settings.burnIn
      if kept % settings.spacing == 0 {
        for row in 0..<x.rows {
          result.draws[kept / settings.spacing - 1] += stored(x.row(row).array)
        }
      }
    }
    finish(x, cells, into: &result)
  }

  // NaN in the data or true in the mask; a group of one-hot columns is missing as a whole.
  private func missingCells(_ x: MatrixView, first: Int, mask: [Bool]?) -> [Cell] {
    let spec = model.spec.data
    let places = storedPlaces
    let groups = model.likelihood.spec.groupedColumns(of: spec.padded)
    var cells: [Cell] = []
    for row in 0..<x.rows {
      var isMissing = (0..<x.columns).map { x[row, $0].isNaN }
      if let mask {
        let start = (first + row) * places.count
        for (index, place) in places.enumerated() where mask[start + index] {
          isMissing[place] = true
        }
      }
      for group in groups where isMissing[group].contains(true) {
        for column in group { isMissing[column] = true }
      }
      for column in isMissing.indices where isMissing[column] {
        let isIndicated = indicators[column].map { x[row, $0] == 1 } ?? false
        cells.append(Cell(row: row, column: column, isIndicated: isIndicated))
      }
    }
    return cells
  }

  // Where each stored value lies in a padded example.
  private var storedPlaces: [Int] {
    model.spec.data.withoutPadding((0..<model.spec.data.padded.count).map { Float($0) }[...])
      .map { Int($0) }
  }

  private func stored(_ values: [Float]) -> [Float] { model.spec.data.withoutPadding(values[...]) }

  private var latentStream: RandomStream {
    RandomStream(seed: settings.seed, purpose: .evaluation, lane: 8)
  }

  // Of a cell that an indicator says is missing the encoder sees what it saw in training: 0. Its draws of z are then
  // proposals that do not depend on the values drawn, for which ρ is the same.
  private func encode(_ x: MatrixView, _ hidden: [Cell]) -> MatrixView {
    let isCopied = !model.encoderInput.isData
    let values = isCopied ? hidden.map { x[$0.row, $0.column] } : []
    if isCopied { for cell in hidden { x[cell.row, cell.column] = 0 } }
    let input = model.encoderInput.prepare(
      x, labels: workspace.labelRows(x.rows), buffer: workspace.encoderInput.vector,
      compute: model.compute)
    for (cell, value) in zip(hidden, values) { x[cell.row, cell.column] = value }
    let head = workspace.encoder.forward(
      input, parameters: model.views, mode: .inference, seed: 0, step: 0)
    _ = model.posterior.bound(
      head, derivative: workspace.latentRows(workspace.derivative, x.rows, model))
    return head
  }

  // The first z and the first values, from q with zeros in place of what is missing.
  private func start(
    _ x: MatrixView, _ cells: [Cell], _ hidden: [Cell], _ chosen: [Int: [Int]], first: Int
  ) {
    let head = encode(x, hidden)
    let z = model.sampleLatents(
      head, workspace, stream: latentStream, step: 0, firstRow: first)
    take(0..<x.rows, z, model.decode(z, workspace))
    draw(into: x, cells, chosen, 0, first: first)
  }

  private func take(_ rows: Range<Int>, _ z: MatrixView, _ output: MatrixView) {
    let (currentZ, currentOutput) = (currentRows(z.rows), outputRows(outputs, z.rows))
    for row in rows {
      currentZ.row(row).copy(from: z.row(row))
      currentOutput.row(row).copy(from: output.row(row))
    }
  }

  private func currentRows(_ rows: Int) -> MatrixView {
    current.vector.matrix(rows: rows, columns: model.spec.latents)
  }

  private func outputRows(_ arena: Arena, _ rows: Int) -> MatrixView {
    arena.vector.matrix(rows: rows, columns: model.likelihood.outputs)
  }

  /// Replaces z by the proposal where it is accepted.
  ///
  /// - Returns: how often it was.
  private func accept(
    _ proposal: MatrixView, _ output: MatrixView, _ x: MatrixView, _ head: MatrixView,
    _ round: Int, first: Int
  ) -> Int {
    let z = currentRows(x.rows)
    func density(_ output: MatrixView, _ result: TermBuffer) {
      model.likelihood.logDensity(
        of: x, given: output, samples: 1, into: result, writingScore: false,
        parameters: model.views, compute: model.compute)
    }
    density(outputRows(outputs, x.rows), terms[0])
    prior.logDensity(z, into: terms[1])
    density(output, terms[3])
    prior.logDensity(proposal, into: terms[4])
    for row in 0..<x.rows {
      terms[2][row] = logPosterior(z.row(row), head.row(row))
      terms[5][row] = logPosterior(proposal.row(row), head.row(row))
    }
    let uniform = chances.vector.matrix(rows: x.rows, columns: 1)
    RandomStream(seed: settings.seed, purpose: .evaluation, lane: 9)
      .fillUniform(uniform, step: round, firstRow: first)
    var accepted = 0
    for row in 0..<x.rows {
      let ratio =
        (terms[3][row] + terms[4][row] - terms[5][row])
        - (terms[0][row] + terms[1][row] - terms[2][row])
      // u < ρ, with u in [0, 1).
      guard ratio >= 0 || Double(uniform[row, 0]) < Foundation.exp(ratio) else { continue }
      take(row..<row + 1, proposal, output)
      accepted += 1
    }
    return accepted
  }

  /// ln q(z|x) but for ½ L ln 2π, which cancels: −½ Σ ((z − μ)²e^−ℓ + ℓ)
  private func logPosterior(_ z: VectorView, _ head: VectorView) -> Double {
    let latents = model.spec.latents
    var sum = 0.0
    for index in 0..<latents {
      let (mean, logVariance) = (Double(head[index]), Double(head[latents + index]))
      let difference = Double(z[index]) - mean
      sum += difference * difference * Foundation.exp(-logVariance) + logVariance
    }
    return -0.5 * sum
  }

  /// Draws missing values from p(x|z), each round and row with numbers of its own, within the bounds of a table's
  /// columns: as p(z|x) is the same under that condition, the chain's limit is p(x_mis|x_obs) under it.
  private func draw(
    into x: MatrixView, _ cells: [Cell], _ chosen: [Int: [Int]], _ round: Int, first: Int
  ) {
    let source = outputRows(drawn, x.rows)
    source.vector.copy(from: outputRows(outputs, x.rows).vector)
    ranges.sample(
      model.likelihood, source,
      stream: RandomStream(seed: settings.seed, purpose: .sampling, lane: 1 + round),
      firstRow: first, parameters: model.views, chosen: chosen)
    for cell in cells { x[cell.row, cell.column] = source[cell.row, cell.column] }
  }

  private func finish(_ x: MatrixView, _ cells: [Cell], into result: inout Result) {
    let width = x.columns
    var means = x.vector.array
    var deviations = [Float](repeating: 0, count: means.count)
    var isMissing = [Float](repeating: 0, count: means.count)
    for cell in cells {
      let index = cell.row * width + cell.column
      means[index] = Float(cell.values.mean)
      deviations[index] = Float(cell.values.populationVariance.squareRoot())
      isMissing[index] = 1
    }
    for row in 0..<x.rows {
      let range = row * width..<(row + 1) * width
      result.means += stored(Array(means[range]))
      result.deviations += stored(Array(deviations[range]))
      result.isMissing += stored(Array(isMissing[range])).map { $0 == 1 }
    }
  }
}

extension LikelihoodSpec {
  /// The columns of each one-hot group, for an example of a shape; none for other likelihoods.
  func groupedColumns(of shape: Shape, from first: Int = 0) -> [Range<Int>] {
    var column = first
    switch self {
    case .categorical(let groups):
      return (0..<shape.pixels).flatMap { _ in groups }.map { size in
        defer { column += size }
        return column..<column + size
      }
    case .mixed(let parts):
      return parts.flatMap { part in
        defer { column += part.columns }
        return part.likelihood.groupedColumns(of: Shape(features: part.columns), from: column)
      }
    default: return []
    }
  }
}
