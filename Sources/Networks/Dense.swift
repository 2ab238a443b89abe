import Kernels

/// The affine map Y = f(XW + b), one row an example.
package struct Dense: FusingLayer {
  package let inputShape: Shape
  package let outputShape: Shape
  let weights: ParameterSlot  // [inputs, outputs]
  let bias: ParameterSlot  // [outputs]
  package var activation = Activation.identity

  private var inputs: Int { inputShape.count }
  private var outputs: Int { outputShape.count }

  package init(
    inputs: Int, outputs: Int, name: String, initialiser: Initialiser,
    layout: inout ParameterLayout
  ) {
    inputShape = Shape(features: inputs)
    outputShape = Shape(features: outputs)
    weights = layout.add(
      "\(name).weight", shape: [outputs, inputs], axes: [1, 0], initialiser: initialiser,
      fanIn: inputs, fanOut: outputs)
    bias = layout.add("\(name).bias", shape: [outputs], initialiser: .zeros)
  }

  package func forward(_ pass: LayerPass) {
    let w = weights.matrix(in: pass.parameters.values, rows: inputs, columns: outputs)
    let b = bias.vector(in: pass.parameters.values)
    // X [n×in] · W [in×out] → Y [n×out]
    pass.compute.multiply(pass.input, by: w, into: pass.output, (pass.output, b, activation)) {
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
    let w = weights.matrix(in: pass.parameters.values, rows: inputs, columns: outputs)
    let dw = weights.matrix(in: pass.parameters.gradients, rows: inputs, columns: outputs)
    let db = bias.vector(in: pass.parameters.gradients)
    pass.compute.forEachShare(
      of: outputs, multiple: 16, cost: outputGradient.rows * 2,
      (outputGradient, pass.output, activation, db)
    ) { context, columns, _ in
      let (gradient, output, activation, db) = context
      pullBackBias(
        gradient.columns(columns), through: activation, output: output.columns(columns),
        biasGradient: db.slice(columns.lowerBound, count: columns.count))
    }
    // Xᵀ [in×n] · dZ [n×out] → dW [in×out], accumulated
    pass.compute.multiply(
      pass.input.transposed, by: outputGradient, into: dw, accumulate: true)
    if let inputGradient {
      // dZ [n×out] · Wᵀ [out×in] → dX [n×in]
      pass.compute.multiply(outputGradient, by: w.transposed, into: inputGradient)
    }
  }
}
