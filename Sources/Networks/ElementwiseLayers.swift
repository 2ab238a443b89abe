import Kernels

/// An activation that could not be fused into the layer before it.
package struct ActivationLayer: Layer {
  package let inputShape: Shape
  package var outputShape: Shape { inputShape }
  let activation: Activation

  package func forward(_ pass: LayerPass) {
    pass.compute.forEachShare(of: pass.input.rows, cost: inputShape.count * 8, (self, pass)) {
      context, rows, _ in
      let (layer, pass) = context
      layer.activation.apply(pass.input.rows(rows).vector, into: pass.output.rows(rows).vector)
    }
  }

  package func backward(
    _ pass: LayerPass, outputGradient: MatrixView, inputGradient: MatrixView?
  ) {
    guard let inputGradient else { return }
    pass.compute.forEachShare(
      of: pass.input.rows, cost: inputShape.count * 8, (self, pass, outputGradient, inputGradient)
    ) { context, rows, _ in
      let (layer, pass, dy, dx) = context
      layer.activation.pullBack(
        dy.rows(rows).vector, input: pass.input.rows(rows).vector,
        output: pass.output.rows(rows).vector, into: dx.rows(rows).vector)
    }
  }
}

/// Zeroes values at random in training and scales the others so that the mean stays (inverted dropout,
/// Srivastava et al., 2014). Which ones is a function of seed, step, layer, example and position.
package struct Dropout: Layer {
  package let inputShape: Shape
  package var outputShape: Shape { inputShape }
  let rate: Float
  let lane: Int

  // The factors, 0 or 1/(1 − rate).
  package var savedPerExample: Int { inputShape.count }

  private func factors(_ pass: LayerPass) -> MatrixView {
    pass.saved.matrix(rows: pass.input.rows, columns: inputShape.count)
  }

  package func forward(_ pass: LayerPass) {
    let factors = factors(pass)
    pass.compute.forEachShare(
      of: pass.input.rows, cost: inputShape.count * 8, (self, pass, factors)
    ) { context, rows, _ in
      let (layer, pass, factors) = context
      if pass.mode == .inference || layer.rate == 0 {
        pass.output.rows(rows).vector.copy(from: pass.input.rows(rows).vector)
        return
      }
      let stream = RandomStream(seed: pass.seed, purpose: .dropout, lane: layer.lane)
      let mine = factors.rows(rows)
      stream.fillBernoulli(
        mine, probability: 1 - layer.rate, step: pass.step, firstRow: rows.lowerBound)
      let scale = 1 / (1 - layer.rate)
      mapLanes(mine.vector, into: mine.vector) { $0 * scale }
      mapLanes(pass.input.rows(rows).vector, mine.vector, into: pass.output.rows(rows).vector) {
        $0 * $1
      }
    }
  }

  package func backward(
    _ pass: LayerPass, outputGradient: MatrixView, inputGradient: MatrixView?
  ) {
    guard let inputGradient else { return }
    if pass.mode == .inference || rate == 0 {
      inputGradient.vector.copy(from: outputGradient.vector)
    } else {
      mapLanes(outputGradient.vector, factors(pass).vector, into: inputGradient.vector) { $0 * $1 }
    }
  }
}

/// Reorders one example between NHWC, which the engine computes in, and NCHW, the order in which PyTorch
/// flattens; so a dense layer next to an image has PyTorch's weights. Not needed where there is one
/// channel or one pixel.
package struct ChannelOrder: Layer {
  package let inputShape: Shape
  package let outputShape: Shape
  /// The image's shape, whichever side it is on.
  let image: Shape
  /// Image to vector (`flatten`) or vector to image (`reshape`).
  let toVector: Bool

  package func forward(_ pass: LayerPass) {
    reorder(pass.input, into: pass.output, toVector: toVector, pass.compute)
  }

  package func backward(
    _ pass: LayerPass, outputGradient: MatrixView, inputGradient: MatrixView?
  ) {
    guard let inputGradient else { return }
    reorder(outputGradient, into: inputGradient, toVector: !toVector, pass.compute)
  }

  private func reorder(
    _ source: MatrixView, into target: MatrixView, toVector: Bool, _ compute: Compute
  ) {
    compute.forEachShare(of: source.rows, cost: image.count, (source, target, image, toVector)) {
      context, rows, _ in
      let (source, target, image, toVector) = context
      let (from, to) =
        toVector ? (image.pixels, image.channels) : (image.channels, image.pixels)
      for row in rows {
        transpose(
          source.row(row).matrix(rows: from, columns: to),
          into: target.row(row).matrix(rows: to, columns: from))
      }
    }
  }
}
