import Kernels

/// A 3×3 convolution of stride two, or its transpose, in 25 products for 36 (see
/// Kernels/WinogradTiles.swift). The same map as the plain layer that it holds, which still runs where
/// a batch has too few tiles to pay for transforming the weights.
package struct WinogradConvolution: FusingLayer {
  package var direct: any FusingLayer
  let gradients: WorkerGradients
  let tiles: WinogradTiles
  let weights: WinogradWeights

  /// The fewest tiles in a batch for which the transformed weights pay.
  static let leastTiles = 256
  /// The most tiles at a time: enough rows for the GEMMs, forms and products few enough for the cache.
  static let tilesAtOnce = 224

  package var inputShape: Shape { direct.inputShape }
  package var outputShape: Shape { direct.outputShape }
  package var activation: Activation {
    get { direct.activation }
    set { direct.activation = newValue }
  }

  private var isTransposed: Bool { weights.isTransposed }
  private var imagesAtOnce: Int { max(1, WinogradConvolution.tilesAtOnce / tiles.count) }

  // Images at a time such that a worker's share falls into equal parts.
  private func imagesAtOnce(of images: Int) -> Int {
    let parts = (images + imagesAtOnce - 1) / imagesAtOnce
    return parts == 0 ? 1 : (images + parts - 1) / parts
  }

  private func isWorthIt(_ images: Int) -> Bool {
    images * tiles.count >= WinogradConvolution.leastTiles
  }

  init?(_ layer: Conv2D) {
    guard let tiles = WinogradTiles(layer.geometry, gridChannels: layer.outputShape.channels)
    else { return nil }
    self.init(direct: layer, gradients: layer.gradients, tiles: tiles, isTransposed: false)
  }

  init?(_ layer: ConvTranspose2D) {
    guard let tiles = WinogradTiles(layer.geometry, gridChannels: layer.inputShape.channels)
    else { return nil }
    self.init(direct: layer, gradients: layer.gradients, tiles: tiles, isTransposed: true)
  }

  private init(
    direct: any FusingLayer, gradients: WorkerGradients, tiles: WinogradTiles, isTransposed: Bool
  ) {
    self.direct = direct
    self.gradients = gradients
    self.tiles = tiles
    weights = WinogradWeights(tiles, isTransposed: isTransposed)
  }

  /// The weights of the products, from forward to backward.
  package var savedPerBatch: Int { Arena.aligned(weights.count) }

  // A worker's scratch: forms, products, gradients of the products' weights, of the bias, and zeros.
  private struct Scratch {
    let forms: VectorView
    let products: VectorView
    let weightGradients: VectorView
    let biasGradients: VectorView
    let zeros: VectorView
  }

  private var formCount: Int {
    Arena.aligned(tiles.formCount(tiles: imagesAtOnce * tiles.count))
  }
  private var productCount: Int {
    Arena.aligned(tiles.productCount(tiles: imagesAtOnce * tiles.count))
  }
  private var zeroCount: Int { max(tiles.coarseChannels, tiles.fineChannels) }

  package func scratchPerWorker(workers: Int) -> Int {
    let own = formCount + productCount + weights.count + gradients.bias.count + zeroCount
    return max(own, direct.scratchPerWorker(workers: workers))
  }

  // Counts of channels and weights are multiples of sixteen, as the channels are.
  private func scratch(_ memory: VectorView) -> Scratch {
    var offset = 0
    func take(_ count: Int) -> VectorView {
      defer { offset += count }
      return memory.slice(offset, count: count)
    }
    return Scratch(
      forms: take(formCount), products: take(productCount), weightGradients: take(weights.count),
      biasGradients: take(gradients.bias.count), zeros: take(zeroCount))
  }

  package func forward(_ pass: LayerPass) {
    if !isWorthIt(pass.input.rows) { return direct.forward(pass) }
    pass.compute.forEachShare(of: weights.rows, cost: weights.count / weights.rows, (self, pass)) {
      context, rows, _ in
      let (layer, pass) = context
      layer.weights.makeWeights(
        layer.gradients.weights.vector(in: pass.parameters.values), into: pass.saved, rows: rows)
    }
    pass.compute.forEachShare(of: pass.input.rows, cost: inputShape.count * 64, (self, pass)) {
      context, images, worker in
      let (layer, pass) = context
      let scratch = layer.scratch(pass.scratch[worker])
      scratch.zeros.fill(0)
      let bias = layer.gradients.bias.vector(in: pass.parameters.values)
      forEachTile(images, size: layer.imagesAtOnce(of: images.count)) { range in
        let (x, y) = (pass.input.rows(range), pass.output.rows(range))
        if layer.isTransposed {
          layer.tiles.makeForms(x, into: scratch.forms, zeros: scratch.zeros)
          layer.multiplyForms(scratch, images: range.count, pass)
          layer.tiles.sumProducts(scratch.products, into: y, bias: bias, then: layer.activation)
        } else {
          layer.tiles.makeProducts(x, into: scratch.products)
          layer.multiplyProducts(scratch, images: range.count, pass)
          layer.tiles.sumForms(
            scratch.forms, into: y, bias: bias, then: layer.activation, zeros: scratch.zeros)
        }
      }
    }
  }

  package func backward(
    _ pass: LayerPass, outputGradient: MatrixView, inputGradient: MatrixView?
  ) {
    if !isWorthIt(pass.input.rows) {
      return direct.backward(pass, outputGradient: outputGradient, inputGradient: inputGradient)
    }
    pass.compute.pool.run((self, pass, outputGradient, inputGradient)) { context, worker in
      let (layer, pass, outputGradient, inputGradient) = context
      let scratch = layer.scratch(pass.scratch[worker])
      scratch.zeros.fill(0)
      scratch.biasGradients.fill(0)
      let images = partition(outputGradient.rows, into: pass.compute.workers, index: worker)
      if images.isEmpty { scratch.weightGradients.fill(0) }
      forEachTile(images, size: layer.imagesAtOnce(of: images.count)) { range in
        let dy = outputGradient.rows(range)
        layer.pullBackBias(pass, dy, range, into: scratch.biasGradients)
        let (coarse, fine) =
          layer.isTransposed ? (pass.input.rows(range), dy) : (dy, pass.input.rows(range))
        layer.tiles.makeForms(coarse, into: scratch.forms, zeros: scratch.zeros)
        layer.tiles.makeProducts(fine, into: scratch.products)
        layer.addWeightGradients(
          scratch, images: range.count, isFirst: range.lowerBound == images.lowerBound, pass)
        if let dx = inputGradient?.rows(range) {
          if layer.isTransposed {
            layer.multiplyProducts(scratch, images: range.count, pass)
            layer.tiles.sumForms(
              scratch.forms, into: dx, bias: scratch.zeros, then: .identity, zeros: scratch.zeros)
          } else {
            layer.multiplyForms(scratch, images: range.count, pass)
            layer.tiles.sumProducts(
              scratch.products, into: dx, bias: scratch.zeros, then: .identity)
          }
        }
      }
    }
    reduce(pass)
  }

  private func pullBackBias(
    _ pass: LayerPass, _ dy: MatrixView, _ range: Range<Int>, into sums: VectorView
  ) {
    let (rows, channels) = (dy.rows * outputShape.pixels, outputShape.channels)
    Kernels.pullBackBias(
      dy.reshaped(rows: rows, columns: channels), through: activation,
      output: pass.output.rows(range).reshaped(rows: rows, columns: channels), biasGradient: sums)
  }

  // Forms [tiles × coarse] · weights [coarse × width·fine] → products [tiles × width·fine].
  private func multiplyForms(_ scratch: Scratch, images: Int, _ pass: LayerPass) {
    let count = images * tiles.count
    for form in 0..<WinogradTiles.forms {
      let x = tiles.form(form, tiles: count, in: scratch.forms)
      let w = weights.matrix(form, in: pass.saved)
      let y = tiles.products(form, tiles: count, in: scratch.products)
      if isTransposed {
        multiply(x, by: w, into: y, on: pass.compute.backend)
      } else {
        multiply(x, by: w.transposed, into: y, on: pass.compute.backend)
      }
    }
  }

  // Products [tiles × width·fine] · weights [width·fine × coarse] → forms [tiles × coarse].
  private func multiplyProducts(_ scratch: Scratch, images: Int, _ pass: LayerPass) {
    let count = images * tiles.count
    for form in 0..<WinogradTiles.forms {
      let x = tiles.products(form, tiles: count, in: scratch.products)
      let w = weights.matrix(form, in: pass.saved)
      let y = tiles.form(form, tiles: count, in: scratch.forms)
      if isTransposed {
        multiply(x, by: w.transposed, into: y, on: pass.compute.backend)
      } else {
        multiply(x, by: w, into: y, on: pass.compute.backend)
      }
    }
  }

  // Formsᵀ [coarse × tiles] · products [tiles × width·fine], or its transpose → gradients of the
  // products' weights; the first tiles overwrite, the others accumulate.
  private func addWeightGradients(
    _ scratch: Scratch, images: Int, isFirst: Bool, _ pass: LayerPass
  ) {
    let count = images * tiles.count
    for form in 0..<WinogradTiles.forms {
      let x = tiles.form(form, tiles: count, in: scratch.forms)
      let y = tiles.products(form, tiles: count, in: scratch.products)
      let dw = weights.matrix(form, in: scratch.weightGradients)
      let (a, b) = isTransposed ? (x, y) : (y, x)
      multiply(a.transposed, by: b, into: dw, accumulate: !isFirst, on: pass.compute.backend)
    }
  }

  // Adds every worker's gradients to the arena, in the order of the workers.
  private func reduce(_ pass: LayerPass) {
    pass.compute.forEachShare(
      of: weights.rows, cost: pass.compute.workers * weights.count / weights.rows, (self, pass)
    ) { context, rows, _ in
      let (layer, pass) = context
      let taps = layer.gradients.weights.vector(in: pass.parameters.gradients)
      for worker in 0..<pass.compute.workers {
        layer.weights.addTapGradients(
          layer.scratch(pass.scratch[worker]).weightGradients, to: taps, rows: rows)
      }
    }
    let bias = gradients.bias.vector(in: pass.parameters.gradients)
    for worker in 0..<pass.compute.workers {
      bias.add(scratch(pass.scratch[worker]).biasGradients)
    }
  }
}
