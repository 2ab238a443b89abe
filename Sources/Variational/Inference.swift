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
  /// - Throws: `DataError` when the data does not fit the model, when a code is not a finite number, and when memory
  ///   has no room for the codes.
  /// - Complexity: one encoder pass over the data, in chunks.
  public func encode(_ data: DataSet) throws(DataError) -> Encodings {
    try data.check(against: spec)
    var means: [Float] = []
    var logVariances: [Float] = []
    let latents = spec.latents
    let floats = Double(data.count) * Double(spec.headWidth)
    guard Memory.holds(floats: floats) else {
      throw DataError(
        data.name,
        "the codes of \(data.count) examples, \(latents) latents each, take \(Memory.text(floats: floats)) of "
          + "memory, more than is free; take fewer examples")
    }
    means.reserveCapacity(data.count * latents)
    if isVariational { logVariances.reserveCapacity(data.count * latents) }
    var areFinite = true
    forEachEncodedChunk(of: data) { head, _ in
      areFinite = areFinite && head.vector.isFinite
      for row in 0..<head.rows {
        head.row(row).slice(0, count: latents).append(to: &means)
        if spec.posterior == .diagonalGaussian {
          head.row(row).slice(latents, count: latents).append(to: &logVariances)
        }
      }
    }
    try data.checkUnchanged()
    if !areFinite { try refuseCodes(means, logVariances, of: data) }
    return Encodings(
      means: Matrix(rows: data.count, columns: latents, means),
      logVariances: logVariances.isEmpty
        ? nil : Matrix(rows: data.count, columns: latents, logVariances))
  }

  // The first code that is not a finite number, as an error.
  private func refuseCodes(
    _ means: [Float], _ logVariances: [Float], of data: DataSet
  ) throws(DataError) {
    let latents = spec.latents
    for (values, what) in [(means, "mean"), (logVariances, "log-variance")] {
      guard let bad = values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw DataError(
        data.name,
        "the posterior's \(what) of example \(bad / latents), latent \(bad % latents + 1), is \(values[bad]); "
          + "its values or the model's weights are far too large")
    }
  }

  /// Decoded examples: the likelihood's mean for each row of latents.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]; another width traps.
  ///   - classes: for a conditional model the class of each row, [N], below ``ConditionSpec/classes``; anything
  ///     else traps. nil draws them as `sample` does, the same for the same number of rows. Other models take nil.
  /// - Returns: [N, data values], padding included, channels fastest.
  public func decode(_ latents: Matrix<Float>, classes: [Int]? = nil) -> Matrix<Float> {
    decode(latents, classes ?? sampledClasses(latents.rows, seed: 1)) { output, _ in
      likelihood.mean(output, parameters: views, compute: compute)
    }
  }

  /// The mean of every example's reconstruction from its posterior's mean.
  ///
  /// - Returns: [N, data values], padding included.
  public func reconstruct(_ data: DataSet) throws(DataError) -> Matrix<Float> {
    decode(try encode(data).means, classes: spec.condition == nil ? nil : data.labels)
  }

  /// Examples from the model: z from its prior, then the likelihood's mean.
  ///
  /// - Parameters:
  ///   - count: how many
  ///   - chosen: for a conditional model the class of all of them; nil draws classes in proportion to the training examples. A class that the
  ///     model does not have traps.
  ///   - seed: the same seed gives the same examples
  ///   - drawingData: draws from the likelihood too, instead of taking its mean; numbers of a table within their
  ///     columns' bounds
  /// - Returns: [count, data values], padding included.
  public func sample(
    _ count: Int, class chosen: Int? = nil, seed: UInt64 = 1, drawingData: Bool = false
  ) -> Matrix<Float> {
    sample(
      count, classes: classes(chosen, count: count, seed: seed), seed: seed,
      drawingData: drawingData)
  }

  /// Examples from the model, each of a class of its own.
  ///
  /// - Parameters:
  ///   - count: how many
  ///   - classes: for a conditional model the class of each, [count], as ``sampledClasses(_:among:seed:)`` gives
  ///     them; anything else traps. Other models take nil.
  ///   - seed: the same seed gives the same examples
  ///   - drawingData: draws from the likelihood too, instead of taking its mean
  /// - Returns: [count, data values], padding included.
  public func sample(
    _ count: Int, classes: [Int]?, seed: UInt64 = 1, drawingData: Bool = false
  ) -> Matrix<Float> {
    let stream = RandomStream(seed: seed, purpose: .sampling)
    let arena = Arena(count: count * spec.latents)
    let draws = PriorPass(self, rows: 0, isTraining: false)
    draws.prepare()
    draws.sample(
      into: arena.vector.matrix(rows: count, columns: spec.latents), stream: stream)
    let latents = Matrix(rows: count, columns: spec.latents, arena.vector.array)
    let ranges = ranges
    return decode(latents, classes) { output, firstRow in
      if drawingData {
        ranges.sample(likelihood, output, stream: stream, firstRow: firstRow, parameters: views)
      } else {
        likelihood.mean(output, parameters: views, compute: compute)
      }
    }
  }

  /// Data drawn from the likelihood of each row of latents, where `decode` gives its mean; numbers of a table within
  /// their columns' bounds.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]; another width traps.
  ///   - chosen: for a conditional model the class of all of them; nil draws classes in proportion to the training examples
  ///   - seed: the same seed draws the same data
  /// - Returns: [N, data values], padding included.
  public func draw(
    from latents: Matrix<Float>, class chosen: Int? = nil, seed: UInt64 = 1
  ) -> Matrix<Float> {
    draw(
      from: latents, classes: classes(chosen, count: latents.rows, seed: seed), seed: seed)
  }

  /// Data drawn from the likelihood of each row of latents, each of a class of its own, as `sample` takes them.
  public func draw(
    from latents: Matrix<Float>, classes: [Int]?, seed: UInt64 = 1
  ) -> Matrix<Float> {
    // Lanes 0 to 2 draw latents.
    let stream = RandomStream(seed: seed, purpose: .sampling, lane: 3)
    let ranges = ranges
    return decode(latents, classes) { output, firstRow in
      ranges.sample(likelihood, output, stream: stream, firstRow: firstRow, parameters: views)
    }
  }

  private func decode(
    _ latents: Matrix<Float>, _ classes: [Int]?, finish: (MatrixView, Int) -> Void
  ) -> Matrix<Float> {
    let known = 0..<decoderInput.classes
    precondition(
      known.isEmpty == (classes == nil) && (classes?.allSatisfy { known.contains($0) } ?? true)
        && (classes?.count ?? latents.rows) == latents.rows,
      "Model.decode: \(classes?.count ?? 0) classes for \(latents.rows) rows of a model with "
        + "\(known.count) classes")
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
      let labels = workspace.labelRows(rows)
      for row in 0..<labels.count { labels[row] = Float(classes?[first + row] ?? 0) }
      let output = decode(z, workspace)
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

  /// The encoder's output for consecutive examples, logVariance not yet bounded; leaves their classes in the
  /// workspace.
  ///
  /// - Parameter x: [n, D], overwritten by the examples
  func encode(
    _ data: DataSet, from first: Int, _ workspace: InferenceWorkspace, into x: MatrixView
  ) -> MatrixView {
    gather(data, from: first, into: x)
    let labels = workspace.labelRows(x.rows)
    data.copyLabels(Array(first..<first + labels.count)[...], into: labels)
    let input = encoderInput.prepare(
      x, labels: labels, buffer: workspace.encoderInput.vector, compute: compute)
    return workspace.encoder.forward(
      input, parameters: views, mode: .inference, seed: 0, step: 0)
  }

  /// The decoder's output for latents whose classes, if there are any, are in the workspace.
  func decode(_ z: MatrixView, _ workspace: InferenceWorkspace) -> MatrixView {
    let input = decoderInput.prepare(
      z, labels: workspace.labelRows(z.rows), buffer: workspace.decoderInput.vector)
    return workspace.decoder.forward(
      input, parameters: views, mode: .inference, seed: 0, step: 0)
  }

  /// Calls `body` with the encoder's output, logVariance bounded, and the index of its first example.
  func forEachEncodedChunk(of data: DataSet, _ body: (MatrixView, Int) -> Void) {
    let workspace = inferenceWorkspace()
    var first = 0
    while first < data.count {
      let rows = min(workspace.capacity, data.count - first)
      let head = encode(
        data, from: first, workspace, into: workspace.dataRows(rows, self))
      if spec.posterior == .diagonalGaussian {
        _ = posterior.bound(
          head, derivative: workspace.latentRows(workspace.derivative, rows, self))
      }
      body(head, first)
      first += rows
    }
  }
}
