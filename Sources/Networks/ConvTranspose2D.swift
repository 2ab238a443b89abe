import Kernels

/// A transposed convolution as GEMM and scatter: the adjoint of `Conv2D`'s linear map, plus a bias.
package struct ConvTranspose2D: FusingLayer {
  package let inputShape: Shape
  package let outputShape: Shape
  let geometry: PatchGeometry  // image = output, grid = input
  let gradients: WorkerGradients  // weights [inputs, taps × outputs], bias [outputs]
  package var activation = Activation.identity

  private var inputs: Int { inputShape.channels }
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
      shape: [input.channels, output.channels, geometry.kernelHeight, geometry.kernelWidth],
      axes: [0, 2, 3, 1], initialiser: initialiser, fanIn: taps * input.channels,
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
    images.rows(range).reshaped(rows: range.count * geometry.positions, columns: inputs)
  }

  package func forward(_ pass: LayerPass) {
    if pass.input.rows < pass.compute.workers { return forwardOneByOne(pass) }
    pass.compute.forEachShare(
      of: pass.input.rows, cost: geometry.positions * geometry.patchSize * inputs, (self, pass)
    ) { context, images, worker in
      let (layer, pass) = context
      let w = layer.gradients.weights.matrix(
        in: pass.parameters.values, rows: layer.inputs, columns: layer.geometry.patchSize)
      let b = layer.gradients.bias.vector(in: pass.parameters.values)
      forEachTile(images, size: layer.tile) { range in
        let patches = layer.patches(pass.scratch[worker], images: range.count)
        // X [pixels × in] · W [in × taps·out] → P [pixels × taps·out]
        multiply(layer.pixels(pass.input, range), by: w, into: patches, on: pass.compute.backend)
        scatterPatches(
          patches, layer.geometry, into: pass.output.rows(range), bias: b, then: layer.activation)
      }
    }
  }

  // Fewer images than workers: all of them share each image.
  private func forwardOneByOne(_ pass: LayerPass) {
    let w = gradients.weights.matrix(
      in: pass.parameters.values, rows: inputs, columns: geometry.patchSize)
    let patches = patches(pass.scratch[0], images: 1)
    for image in 0..<pass.input.rows {
      // X [pixels × in] · W [in × taps·out] → P [pixels × taps·out]
      pass.compute.multiply(pixels(pass.input, image..<image + 1), by: w, into: patches)
      let lineCost = patches.count / geometry.imageHeight
      pass.compute.forEachShare(
        of: geometry.imageHeight, cost: lineCost, (self, pass, patches, image)
      ) { context, lines, _ in
        let (layer, pass, patches, image) = context
        scatterPatches(
          patches, layer.geometry, into: pass.output.rows(image..<image + 1), lines: lines,
          bias: layer.gradients.bias.vector(in: pass.parameters.values), then: layer.activation)
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
        in: pass.parameters.values, rows: layer.inputs, columns: layer.geometry.patchSize)
      let target = layer.gradients.target(
        worker, gradients: pass.parameters.gradients, scratch: scratch)
      let dw = target.weights.matrix(rows: layer.inputs, columns: layer.geometry.patchSize)
      let outputs = layer.outputShape
      let images = partition(outputGradient.rows, into: pass.compute.workers, index: worker)
      forEachTile(images, size: layer.tile) { range in
        let patches = layer.patches(scratch, images: range.count)
        let rows = range.count * outputs.pixels
        pullBackBias(
          outputGradient.rows(range).reshaped(rows: rows, columns: outputs.channels),
          through: layer.activation,
          output: pass.output.rows(range).reshaped(rows: rows, columns: outputs.channels),
          biasGradient: target.bias)
        gatherPatches(outputGradient.rows(range), layer.geometry, into: patches)
        // Xᵀ [in × pixels] · dP [pixels × taps·out] → dW [in × taps·out], accumulated
        multiply(
          layer.pixels(pass.input, range).transposed, by: patches, into: dw,
          accumulate: true, on: pass.compute.backend)
        if let inputGradient {
          // dP [pixels × taps·out] · Wᵀ [taps·out × in] → dX [pixels × in]
          multiply(
            patches, by: w.transposed, into: layer.pixels(inputGradient, range),
            on: pass.compute.backend)
        }
      }
    }
    gradients.reduce(pass)
  }
}
