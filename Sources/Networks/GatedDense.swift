import Kernels

/// Y = h ⊙ s with h = XW + b and s = σ(XV + c): a dense layer that decides what passes.
///
/// - SeeAlso: Dauphin et al. (2017), "Language modeling with gated convolutional networks"; Tomczak and
///   Welling (2018), whose networks are made of these.
package struct GatedDense: Layer {
  package let inputShape: Shape
  package let outputShape: Shape
  let weights: ParameterSlot  // W [inputs, outputs]
  let bias: ParameterSlot  // b [outputs]
  let gateWeights: ParameterSlot  // V [inputs, outputs]
  let gateBias: ParameterSlot  // c [outputs]

  private var inputs: Int { inputShape.count }
  private var outputs: Int { outputShape.count }

  package init(
    inputs: Int, outputs: Int, name: String, initialiser: Initialiser,
    layout: inout ParameterLayout
  ) {
    inputShape = Shape(features: inputs)
    outputShape = Shape(features: outputs)
    weights = layout.add(
      "\(name).h.weight", shape: [outputs, inputs], axes: [1, 0], initialiser: initialiser,
      fanIn: inputs, fanOut: outputs)
    bias = layout.add("\(name).h.bias", shape: [outputs], initialiser: .zeros)
    gateWeights = layout.add(
      "\(name).g.weight", shape: [outputs, inputs], axes: [1, 0], initialiser: initialiser,
      fanIn: inputs, fanOut: outputs)
    gateBias = layout.add("\(name).g.bias", shape: [outputs], initialiser: .zeros)
  }

  // h and s from forward; dh and ds for backward.
  package var savedPerExample: Int { 4 * outputs }

  private func saved(_ pass: LayerPass, part: Int) -> MatrixView {
    let size = pass.output.rows * outputs
    return pass.saved.slice(part * size, count: size)
      .matrix(rows: pass.output.rows, columns: outputs)
  }

  package func forward(_ pass: LayerPass) {
    let (h, s) = (saved(pass, part: 0), saved(pass, part: 1))
    // X [n×in] · W [in×out] → h [n×out]
    affine(pass, weights, bias, into: h, then: .identity)
    // X [n×in] · V [in×out] → s [n×out]
    affine(pass, gateWeights, gateBias, into: s, then: .sigmoid)
    pass.compute.forEachShare(of: h.rows, cost: outputs, (h, s, pass.output)) { context, rows, _ in
      let (h, s, y) = context
      for row in rows { mapLanes(h.row(row), s.row(row), into: y.row(row)) { $0 * $1 } }
    }
  }

  private func affine(
    _ pass: LayerPass, _ weights: ParameterSlot, _ bias: ParameterSlot, into y: MatrixView,
    then activation: Activation
  ) {
    let w = weights.matrix(in: pass.parameters.values, rows: inputs, columns: outputs)
    let b = bias.vector(in: pass.parameters.values)
    pass.compute.multiply(pass.input, by: w, into: y, (y, b, activation)) {
      context, rows, columns in
      let (y, b, activation) = context
      addBias(
        b.slice(columns.lowerBound, count: columns.count), to: y.rows(rows).columns(columns),
        then: activation)
    }
  }

  package func backward(
    _ pass: LayerPass, outputGradient: MatrixView, inputGradient: MatrixView?
  ) {
    let (h, s) = (saved(pass, part: 0), saved(pass, part: 1))
    let (dh, ds) = (saved(pass, part: 2), saved(pass, part: 3))
    pass.compute.forEachShare(of: h.rows, cost: outputs * 4, (outputGradient, h, s, dh, ds)) {
      context, rows, _ in
      let (dy, h, s, dh, ds) = context
      for row in rows {
        mapLanes(dy.row(row), s.row(row), into: dh.row(row)) { $0 * $1 }
        mapLanes(dy.row(row), h.row(row), s.row(row), into: ds.row(row)) { dy, h, s in
          dy * h * s * (1 - s)
        }
      }
    }
    pullBackAffine(pass, weights, bias, dh, into: inputGradient, accumulate: false)
    pullBackAffine(pass, gateWeights, gateBias, ds, into: inputGradient, accumulate: true)
  }

  private func pullBackAffine(
    _ pass: LayerPass, _ weights: ParameterSlot, _ bias: ParameterSlot, _ gradient: MatrixView,
    into inputGradient: MatrixView?, accumulate: Bool
  ) {
    let w = weights.matrix(in: pass.parameters.values, rows: inputs, columns: outputs)
    let dw = weights.matrix(in: pass.parameters.gradients, rows: inputs, columns: outputs)
    addColumnSums(of: gradient, to: bias.vector(in: pass.parameters.gradients))
    // Xᵀ [in×n] · dH [n×out] → dW [in×out], accumulated
    pass.compute.multiply(pass.input.transposed, by: gradient, into: dw, accumulate: true)
    if let inputGradient {
      // dH [n×out] · Wᵀ [out×in] → dX [n×in], the second of the two on top of the first
      pass.compute.multiply(
        gradient, by: w.transposed, into: inputGradient, accumulate: accumulate)
    }
  }
}
