import Kernels

/// A convolution, or transposed convolution, of stride one with few output channels: GEMM first, then
/// shifted sums (see Kernels/ShiftedPlanes.swift). The same map as `Conv2D` or `ConvTranspose2D`.
package struct ShiftedConvolution: FusingLayer {
  package let inputShape: Shape
  package let outputShape: Shape
  let geometry: ShiftGeometry
  let gradients: WorkerGradients  // weights [taps × outputs, inputs], bias [outputs]
  package var activation = Activation.identity

  /// The most output channels for which this beats gathering patches.
  package static let mostChannels = 8

  private var inputs: Int { inputShape.channels }
  private var tile: Int { max(1, 1024 / geometry.inputPixels) }
  private var planeCount: Int { Arena.aligned(geometry.planes * tile * geometry.inputPixels) }
  private var outputPlane: Int { Arena.aligned(geometry.outputPixels) }

  package init(
    input: Shape, output: Shape, geometry: ShiftGeometry, kernelHeight: Int, kernelWidth: Int,
    isTransposed: Bool, name: String, initialiser: Initialiser, layout: inout ParameterLayout
  ) {
    inputShape = input
    outputShape = output
    self.geometry = geometry
    let taps = kernelHeight * kernelWidth
    let channels =
      isTransposed ? [input.channels, output.channels] : [output.channels, input.channels]
    let weights = layout.add(
      "\(name).weight", shape: channels + [kernelHeight, kernelWidth],
      axes: isTransposed ? [2, 3, 1, 0] : [2, 3, 0, 1], initialiser: initialiser,
      fanIn: taps * input.channels, fanOut: taps * output.channels)
    let bias = layout.add("\(name).bias", shape: [output.channels], initialiser: .zeros)
    gradients = WorkerGradients(weights: weights, bias: bias)
  }

  package func scratchPerWorker(workers: Int) -> Int {
    gradients.scratchCount + planeCount + outputPlane
  }

  private func planes(_ scratch: VectorView, images: Int) -> MatrixView {
    scratch.slice(gradients.scratchCount, count: planeCount)
      .matrix(rows: geometry.planes, columns: images * geometry.inputPixels)
  }

  private func outputPlane(_ scratch: VectorView) -> VectorView {
    scratch.slice(gradients.scratchCount + planeCount, count: outputPlane)
  }

  private func pixels(_ images: MatrixView, _ range: Range<Int>) -> MatrixView {
    images.rows(range).reshaped(rows: range.count * geometry.inputPixels, columns: inputs)
  }

  package func forward(_ pass: LayerPass) {
    pass.compute.forEachShare(
      of: pass.input.rows, cost: geometry.planes * inputShape.count, (self, pass)
    ) { context, images, worker in
      let (layer, pass) = context
      let scratch = pass.scratch[worker]
      let w = layer.gradients.weights.matrix(
        in: pass.parameters.values, rows: layer.geometry.planes, columns: layer.inputs)
      let b = layer.gradients.bias.vector(in: pass.parameters.values)
      forEachTile(images, size: layer.tile) { range in
        let planes = layer.planes(scratch, images: range.count)
        // W [taps·out × in] · Xᵀ [in × pixels] → T [taps·out × pixels]
        multiply(
          w, by: layer.pixels(pass.input, range).transposed, into: planes, on: pass.compute.backend)
        sumShiftedPlanes(
          planes, layer.geometry, into: pass.output.rows(range), bias: b, then: layer.activation,
          scratch: layer.outputPlane(scratch))
      }
    }
  }

  package func backward(
    _ pass: LayerPass, outputGradient: MatrixView, inputGradient: MatrixView?
  ) {
    pass.compute.pool.run((self, pass, outputGradient, inputGradient)) { context, worker in
      let (layer, pass, outputGradient, inputGradient) = context
      let scratch = pass.scratch[worker]
      layer.gradients.clear(worker, scratch: scratch)
      let w = layer.gradients.weights.matrix(
        in: pass.parameters.values, rows: layer.geometry.planes, columns: layer.inputs)
      let target = layer.gradients.target(
        worker, gradients: pass.parameters.gradients, scratch: scratch)
      let dw = target.weights.matrix(rows: layer.geometry.planes, columns: layer.inputs)
      let images = partition(outputGradient.rows, into: pass.compute.workers, index: worker)
      forEachTile(images, size: layer.tile) { range in
        let planes = layer.planes(scratch, images: range.count)
        pullBackBias(
          outputGradient.rows(range), through: layer.activation, output: pass.output.rows(range),
          biasGradient: nil)
        spreadShiftedPlanes(
          outputGradient.rows(range), layer.geometry, into: planes, biasGradient: target.bias,
          scratch: layer.outputPlane(scratch))
        // dT [taps·out × pixels] · X [pixels × in] → dW [taps·out × in], accumulated
        multiply(
          planes, by: layer.pixels(pass.input, range), into: dw, accumulate: true,
          on: pass.compute.backend)
        if let inputGradient {
          // dTᵀ [pixels × taps·out] · W [taps·out × in] → dX [pixels × in]
          multiply(
            planes.transposed, by: w, into: layer.pixels(inputGradient, range),
            on: pass.compute.backend)
        }
      }
    }
    gradients.reduce(pass)
  }
}
