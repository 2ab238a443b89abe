// Encoding, decoding, reconstructing and sampling: deterministic unless noise is asked for.

public import Kernels
import Networks

/// The posterior of some examples.
public struct Encodings: Sendable {
  /// μ, [N, L]
  public let means: Matrix<Float>
  /// ℓ, [N, L]; nil for a plain autoencoder
  public let logVariances: Matrix<Float>?
}

extension Model {
  /// The posterior of every example.
  ///
  /// - Throws: `DataError` when the data does not fit the model.
  /// - Complexity: one encoder pass over the data, in chunks.
  public func encode(_ data: DataSet) throws(DataError) -> Encodings {
    try data.check(against: spec)
    var means: [Float] = []
    var logVariances: [Float] = []
    let latents = spec.latents
    means.reserveCapacity(data.count * latents)
    if isVariational { logVariances.reserveCapacity(data.count * latents) }
    forEachEncodedChunk(of: data) { head, _ in
      for row in 0..<head.rows {
        head.row(row).slice(0, count: latents).append(to: &means)
        if spec.posterior == .diagonalGaussian {
          head.row(row).slice(latents, count: latents).append(to: &logVariances)
        }
      }
    }
    try data.checkUnchanged()
    return Encodings(
      means: Matrix(rows: data.count, columns: latents, means),
      logVariances: logVariances.isEmpty
        ? nil : Matrix(rows: data.count, columns: latents, logVariances))
  }

  /// Decoded examples: the likelihood's mean for each row of latents.
  ///
  /// - Parameter latents: z, [N, L]; another width traps.
  /// - Returns: [N, data values], padding included, channels fastest.
  public func decode(_ latents: Matrix<Float>) -> Matrix<Float> {
    decode(latents) { output, _ in
      likelihood.mean(output, parameters: views, compute: compute)
    }
  }

  /// The mean of every example's reconstruction from its posterior's mean.
  ///
  /// - Returns: [N, data values], padding included.
  public func reconstruct(_ data: DataSet) throws(DataError) -> Matrix<Float> {
    decode(try encode(data).means)
  }

  /// Examples from the model: z from its prior, then the likelihood's mean.
  ///
  /// - Parameters:
  ///   - count: how many
  ///   - seed: the same seed gives the same examples
  ///   - drawingData: draws from the likelihood too, instead of taking its mean
  /// - Returns: [count, data values], padding included.
  public func sample(
    _ count: Int, seed: UInt64 = 1, drawingData: Bool = false
  ) -> Matrix<Float> {
    let stream = RandomStream(seed: seed, purpose: .sampling)
    let arena = Arena(count: count * spec.latents)
    let draws = PriorPass(self, rows: 0, isTraining: false)
    draws.prepare()
    draws.sample(
      into: arena.vector.matrix(rows: count, columns: spec.latents), stream: stream)
    let latents = Matrix(rows: count, columns: spec.latents, arena.vector.array)
    return decode(latents) { output, firstRow in
      if drawingData {
        likelihood.sample(output, stream: stream, firstRow: firstRow, parameters: views)
      } else {
        likelihood.mean(output, parameters: views, compute: compute)
      }
    }
  }

  private func decode(
    _ latents: Matrix<Float>, finish: (MatrixView, Int) -> Void
  ) -> Matrix<Float> {
    precondition(
      latents.columns == spec.latents,
      "Model.decode: latents [\(latents.rows), \(latents.columns)], but L = \(spec.latents)")
    let workspace = inferenceWorkspace()
    let elements = latents.elements
    let dimensions = likelihood.dimensions
    var result: [Float] = []
    result.reserveCapacity(latents.rows * dimensions)
    var first = 0
    while first < latents.rows {
      let rows = min(workspace.capacity, latents.rows - first)
      let z = workspace.latentRows(workspace.latent, rows, self)
      z.vector.copy(elements[first * spec.latents..<(first + rows) * spec.latents])
      let output = workspace.decoder.forward(
        z, parameters: views, mode: .inference, seed: 0, step: 0)
      finish(output, first)
      for row in 0..<rows { output.row(row).slice(0, count: dimensions).append(to: &result) }
      first += rows
    }
    return Matrix(rows: latents.rows, columns: dimensions, result)
  }

  /// Consecutive examples as the model sees them outside training, gathered by all workers.
  func gather(_ data: DataSet, from first: Int, into x: MatrixView) {
    compute.forEachShare(
      of: x.rows, cost: x.columns,
      (data, first, spec.data.padding, spec.data.evaluationDraws, x)
    ) { context, rows, _ in
      let (data, first, padding, draws, x) = context
      data.gather(
        Array(first + rows.lowerBound..<first + rows.upperBound)[...], padding: padding,
        draws: draws, into: x.rows(rows))
    }
  }

  /// Calls `body` with the encoder's output, logVariance bounded, and the index of its first example.
  func forEachEncodedChunk(of data: DataSet, _ body: (MatrixView, Int) -> Void) {
    let workspace = inferenceWorkspace()
    var first = 0
    while first < data.count {
      let rows = min(workspace.capacity, data.count - first)
      let x = workspace.dataRows(rows, self)
      gather(data, from: first, into: x)
      let head = workspace.encoder.forward(
        x, parameters: views, mode: .inference, seed: 0, step: 0)
      if spec.posterior == .diagonalGaussian {
        _ = posterior.bound(
          head, derivative: workspace.latentRows(workspace.derivative, rows, self))
      }
      body(head, first)
      first += rows
    }
  }
}
