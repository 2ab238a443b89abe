import Kernels

/// Each channel to mean 0 and variance 1 over the batch, then Y = f(γ·X̂ + β).
///
/// In training the moments are the batch's, and the running ones move towards them; otherwise the running
/// ones are used. A batch with one value a channel has no variance: it is normalised with the running
/// moments, which then stay as they are. Conventions are PyTorch's: biased variance in the map, unbiased
/// in the running value.
///
/// - SeeAlso: Ioffe and Szegedy (2015), "Batch normalization".
package struct BatchNorm: FusingLayer {
  package let inputShape: Shape
  package var outputShape: Shape { inputShape }
  let epsilon: Float
  let momentum: Float
  let scale: ParameterSlot  // γ [channels]
  let offset: ParameterSlot  // β [channels]
  let runningMean: ParameterSlot  // [channels]
  let runningVariance: ParameterSlot  // [channels]
  package var activation = Activation.identity

  private var channels: Int { inputShape.channels }
  private var block: Int { Arena.aligned(channels) }

  package init(
    shape: Shape, epsilon: Float, momentum: Float, name: String, layout: inout ParameterLayout
  ) {
    inputShape = shape
    self.epsilon = epsilon
    self.momentum = momentum
    let size = [shape.channels]
    scale = layout.add("\(name).weight", shape: size, initialiser: .ones)
    offset = layout.add("\(name).bias", shape: size, initialiser: .zeros)
    runningMean = layout.add(
      "\(name).running_mean", shape: size, initialiser: .zeros, isTrained: false)
    runningVariance = layout.add(
      "\(name).running_var", shape: size, initialiser: .ones, isTrained: false)
  }

  // mean, 1/√(variance + ε), and the three columns of coefficients of the maps.
  package var savedPerBatch: Int { 5 * block }

  // Two sums a channel.
  package func scratchPerWorker(workers: Int) -> Int { 2 * block }

  private func column(_ vector: VectorView, _ index: Int) -> VectorView {
    vector.slice(index * block, count: channels)
  }

  private func rows(_ images: MatrixView) -> MatrixView {
    images.reshaped(rows: images.rows * inputShape.pixels, columns: channels)
  }

  private func usesBatchMoments(_ pass: LayerPass) -> Bool {
    pass.mode == .training && pass.input.rows * inputShape.pixels > 1
  }

  package func forward(_ pass: LayerPass) {
    let (mean, inverse) = (column(pass.saved, 0), column(pass.saved, 1))
    if usesBatchMoments(pass) {
      takeMoments(pass, mean: mean, inverse: inverse)
    } else {
      mean.copy(from: runningMean.vector(in: pass.parameters.statistics))
      invert(runningVariance.vector(in: pass.parameters.statistics), into: inverse)
    }
    let a = column(pass.saved, 2)  // γ·inverse
    mapLanes(scale.vector(in: pass.parameters.values), inverse, into: a) { $0 * $1 }
    pass.compute.forEachShare(
      of: pass.input.rows, cost: inputShape.count, (self, pass, mean, a)
    ) { context, images, _ in
      let (layer, pass, mean, a) = context
      mapColumns(
        layer.rows(pass.input.rows(images)), centre: mean, scale: a,
        offset: layer.offset.vector(in: pass.parameters.values),
        into: layer.rows(pass.output.rows(images)), then: layer.activation)
    }
  }

  // inverse ← 1/√(variance + ε)
  private func invert(_ variance: VectorView, into inverse: VectorView) {
    for channel in 0..<channels {
      inverse[channel] = 1 / (variance[channel] + epsilon).squareRoot()
    }
  }

  private func takeMoments(_ pass: LayerPass, mean: VectorView, inverse: VectorView) {
    let workers = pass.compute.workers
    pass.compute.pool.run((self, pass, workers)) { context, worker in
      let (layer, pass, workers) = context
      let images = partition(pass.input.rows, into: workers, index: worker)
      let (mean, squares) = (
        layer.column(pass.scratch[worker], 0), layer.column(pass.scratch[worker], 1)
      )
      mean.fill(0)
      squares.fill(0)
      var count = 0
      let x = layer.rows(pass.input.rows(images))
      forEachTile(0..<x.rows, size: 128) { range in
        mergeMoments(of: x.rows(range), count: count, mean: mean, squares: squares)
        count += range.count
      }
    }
    let squares = column(pass.scratch[0], 1)
    mean.copy(from: column(pass.scratch[0], 0))
    var count = partition(pass.input.rows, into: workers, index: 0).count * inputShape.pixels
    for worker in 1..<max(workers, 1) where workers > 1 {
      let other =
        partition(pass.input.rows, into: workers, index: worker).count * inputShape.pixels
      mergeMoments(
        count: count, mean: mean, squares: squares, with: other,
        otherMean: column(pass.scratch[worker], 0), otherSquares: column(pass.scratch[worker], 1))
      count += other
    }
    let n = Float(count)
    let (oldMean, oldVariance) = (
      runningMean.vector(in: pass.parameters.statistics),
      runningVariance.vector(in: pass.parameters.statistics)
    )
    for channel in 0..<channels {
      inverse[channel] = 1 / (squares[channel] / n + epsilon).squareRoot()
      oldMean[channel] += momentum * (mean[channel] - oldMean[channel])
      oldVariance[channel] += momentum * (squares[channel] / (n - 1) - oldVariance[channel])
    }
  }

  /// With n values a channel and s = γ/√(variance + ε):
  ///
  ///     dX = s·(dZ − Σ dZ/n − (X − mean)·Σ dZ(X − mean)/((variance + ε)·n))
  ///
  /// The two sums vanish where the moments did not come from the batch.
  package func backward(
    _ pass: LayerPass, outputGradient: MatrixView, inputGradient: MatrixView?
  ) {
    let workers = pass.compute.workers
    let (mean, inverse, a) = (
      column(pass.saved, 0), column(pass.saved, 1), column(pass.saved, 2)
    )
    let derivative = activation.slopeBelowZero.map {
      PiecewiseDerivative(
        scale: a, offset: offset.vector(in: pass.parameters.values), slope: $0)
    }
    pass.compute.pool.run((self, pass, outputGradient, mean, derivative, workers)) {
      context, worker in
      let (layer, pass, outputGradient, mean, derivative, workers) = context
      let images = partition(pass.input.rows, into: workers, index: worker)
      let (sums, products) = (
        layer.column(pass.scratch[worker], 0), layer.column(pass.scratch[worker], 1)
      )
      sums.fill(0)
      products.fill(0)
      let (x, y, dy) = (
        layer.rows(pass.input.rows(images)), layer.rows(pass.output.rows(images)),
        layer.rows(outputGradient.rows(images))
      )
      forEachTile(0..<x.rows, size: 128) { range in
        if derivative == nil {
          pullBackBias(
            dy.rows(range), through: layer.activation, output: y.rows(range), biasGradient: nil)
        }
        addGradientSums(
          dy.rows(range), input: x.rows(range), mean: mean, sums: sums, products: products,
          through: derivative)
      }
    }
    let (sums, products) = (column(pass.scratch[0], 0), column(pass.scratch[0], 1))
    for worker in 1..<max(workers, 1) where workers > 1 {
      sums.add(column(pass.scratch[worker], 0))
      products.add(column(pass.scratch[worker], 1))
    }
    offset.vector(in: pass.parameters.gradients).add(sums)
    let scaleGradient = scale.vector(in: pass.parameters.gradients)
    mapLanes(products, inverse, scaleGradient, into: scaleGradient) { $0 * $1 + $2 }
    guard let inputGradient else { return }

    let (slope, constant) = (column(pass.saved, 3), column(pass.saved, 4))
    let n = usesBatchMoments(pass) ? Float(pass.input.rows * inputShape.pixels) : .infinity
    mapLanes(products, inverse, a, into: slope) { -$2 * $1 * $1 * $0 / n }
    mapLanes(sums, a, into: constant) { -$1 * $0 / n }
    pass.compute.forEachShare(
      of: pass.input.rows, cost: inputShape.count,
      (self, pass, outputGradient, inputGradient, mean, (a, slope, constant), derivative)
    ) { context, images, _ in
      let (layer, pass, gradient, result, mean, (a, slope, constant), derivative) = context
      let (x, dy, dx) = (
        layer.rows(pass.input.rows(images)), layer.rows(gradient.rows(images)),
        layer.rows(result.rows(images))
      )
      forEachTile(0..<x.rows, size: 64) { range in
        combineColumns(
          dy.rows(range), scale: a, x.rows(range), centre: mean, slope: slope, offset: constant,
          into: dx.rows(range), through: derivative)
      }
    }
  }
}
