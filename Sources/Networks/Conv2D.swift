import Kernels

/// A convolution as gather and GEMM: patches of a tile of images, then Dense's product.
package struct Conv2D: FusingLayer {
  package let inputShape: Shape
  package let outputShape: Shape
  let geometry: PatchGeometry  // image = input, grid = output
  let gradients: WorkerGradients  // weights [taps × inputs, outputs], bias [outputs]
  package var activation = Activation.identity

  private var filters: Int { outputShape.channels }
  private var tile: Int { imagesPerTile(positions: geometry.positions) }
  private var patchCount: Int { Arena.aligned(tile * geometry.positions * geometry.patchSize) }

  package init(
    input: Shape, output: Shape, geometry: PatchGeometry, name: String, initialiser: Initialiser,
    layout: inout ParameterLayout
  ) {
    inputShape = input
    outputShape = output
    self.geometry = geometry
    let taps = geometry.kernelHeight * geometry.kernelWidth
    let weights = layout.add(
      "\(name).weight",
      shape: [output.channels, input.channels, geometry.kernelHeight, geometry.kernelWidth],
      axes: [2, 3, 1, 0], initialiser: initialiser, fanIn: taps * input.channels,
      fanOut: taps * output.channels)
    let bias = layout.add("\(name).bias", shape: [output.channels], initialiser: .zeros)
    gradients = WorkerGradients(weights: weights, bias: bias)
  }

  package func scratchPerWorker(workers: Int) -> Int { gradients.scratchCount + patchCount }

  private func patches(_ scratch: VectorView, images: Int) -> MatrixView {
    scratch.slice(gradients.scratchCount, count: patchCount)
      .matrix(rows: images * geometry.positions, columns: geometry.patchSize)
  }

  private func pixels(_ images: MatrixView, _ range: Range<Int>) -> MatrixView {
    images.rows(range).reshaped(rows: range.count * geometry.positions, columns: filters)
  }

  package func forward(_ pass: LayerPass) {
    pass.compute.forEachShare(
      of: pass.input.rows, cost: geometry.positions * geometry.patchSize * filters, (self, pass)
    ) { context, images, worker in
      let (layer, pass) = context
      let w = layer.gradients.weights.matrix(
        in: pass.parameters.values, rows: layer.geometry.patchSize, columns: layer.filters)
      let b = layer.gradients.bias.vector(in: pass.parameters.values)
      forEachTile(images, size: layer.tile) { range in
        let patches = layer.patches(pass.scratch[worker], images: range.count)
        let y = layer.pixels(pass.output, range)
        gatherPatches(pass.input.rows(range), layer.geometry, into: patches)
        // P [pixels × taps·in] · W [taps·in × out] → Y [pixels × out]
        multiply(patches, by: w, into: y, on: pass.compute.backend)
        addBias(b, to: y, then: layer.activation)
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
        in: pass.parameters.values, rows: layer.geometry.patchSize, columns: layer.filters)
      let target = layer.gradients.target(
        worker, gradients: pass.parameters.gradients, scratch: scratch)
      let dw = target.weights.matrix(rows: layer.geometry.patchSize, columns: layer.filters)
      let images = partition(outputGradient.rows, into: pass.compute.workers, index: worker)
      forEachTile(images, size: layer.tile) { range in
        let patches = layer.patches(scratch, images: range.count)
        let dy = layer.pixels(outputGradient, range)
        pullBackBias(
          dy, through: layer.activation, output: layer.pixels(pass.output, range),
          biasGradient: target.bias)
        gatherPatches(pass.input.rows(range), layer.geometry, into: patches)
        // Pᵀ [taps·in × pixels] · dZ [pixels × out] → dW [taps·in × out], accumulated
        multiply(patches.transposed, by: dy, into: dw, accumulate: true, on: pass.compute.backend)
        if let inputGradient {
          // dZ [pixels × out] · Wᵀ [out × taps·in] → dP [pixels × taps·in], then its adjoint gather
          multiply(dy, by: w.transposed, into: patches, on: pass.compute.backend)
          scatterPatches(patches, layer.geometry, into: inputGradient.rows(range))
        }
      }
    }
    gradients.reduce(pass)
  }
}
