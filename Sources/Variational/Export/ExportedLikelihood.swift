// The mean of each likelihood given the decoder's output, as ONNX operators: the formulas of
// RowLikelihood.mean.

import Formats
import Foundation
import Networks

/// A likelihood's mean in a graph.
struct ExportedLikelihood {
  let spec: LikelihoodSpec
  /// One example as the model sees it.
  let shape: Shape
  /// With which its tensors' names begin, and the names of its values.
  let name: String
  let tensors: [String: ExportedTensor]

  /// Appends the operators.
  ///
  /// - Parameter output: the decoder's, [N, C × outputs a value, H, W] or [N, D × outputs a value]
  /// - Returns: the name of the mean, [N, C, H, W] or [N, D].
  func appendMean(of output: String, to graph: inout ONNXGraph) -> String {
    switch spec {
    case .bernoulli: return graph.apply("Sigmoid", to: [output], named: "\(name).probabilities")
    case .continuousBernoulli: return continuousBernoulli(output, &graph)
    case .gaussian, .laplace, .studentT: return output
    case .discretisedLogistic(let scale): return discretisedLogistic(output, scale, &graph)
    case .categorical(let groups): return categorical(output, groups, &graph)
    case .poisson, .negativeBinomial:
      return graph.apply("Exp", to: [output], named: "\(name).rates")
    case .zeroInflatedNegativeBinomial: return zeroInflated(output, &graph)
    case .mixed(let parts): return mixed(output, parts, &graph)
    }
  }

  // Each part's mean of its own outputs.
  private func mixed(
    _ output: String, _ parts: [LikelihoodSpec.Part], _ graph: inout ONNXGraph
  ) -> String {
    let sizes = graph.constant(
      "\(name).outputs", parts.map { $0.likelihood.outputs(forColumns: $0.columns) })
    let outputs = graph.apply(
      "Split", to: [output, sizes], ["axis": .int(1)],
      outputs: parts.indices.map { "\(name).\($0).output" })
    var means: [String] = []
    for (index, part) in parts.enumerated() {
      let likelihood = ExportedLikelihood(
        spec: part.likelihood, shape: Shape(features: part.columns), name: "\(name).\(index)",
        tensors: tensors)
      means.append(likelihood.appendMean(of: outputs[index], to: &graph))
    }
    return graph.apply("Concat", to: means, ["axis": .int(1)], named: "\(name).means")
  }

  // (1 − π)·μ, from ln μ of all channels and then the log-odds of π of all channels.
  private func zeroInflated(_ output: String, _ graph: inout ONNXGraph) -> String {
    let sizes = graph.constant("\(name).parts", [shape.channels, shape.channels])
    let parts = graph.apply(
      "Split", to: [output, sizes], ["axis": .int(1)],
      outputs: ["\(name).log_means", "\(name).log_odds"])
    let means = graph.apply("Exp", to: [parts[0]], named: "\(name).rates")
    let opposite = graph.apply("Neg", to: [parts[1]], named: "\(name).opposite")
    let shares = graph.apply("Sigmoid", to: [opposite], named: "\(name).shares")
    return graph.apply("Mul", to: [means, shares], named: "\(name).expectations")
  }

  // A softmax over the channels of each group.
  private func categorical(
    _ output: String, _ groups: [Int], _ graph: inout ONNXGraph
  ) -> String {
    if groups.count == 1 {
      return graph.apply("Softmax", to: [output], ["axis": .int(1)], named: "\(name).probabilities")
    }
    let sizes = graph.constant("\(name).groups", groups)
    let logits = graph.apply(
      "Split", to: [output, sizes], ["axis": .int(1)],
      outputs: groups.indices.map { "\(name).logits.\($0)" })
    let parts = logits.indices.map { index in
      graph.apply(
        "Softmax", to: [logits[index]], ["axis": .int(1)], named: "\(name).probabilities.\(index)")
    }
    return graph.apply("Concat", to: parts, ["axis": .int(1)], named: "\(name).probabilities")
  }

  // A′(l) as in ContinuousBernoulliLikelihood: a series for |l| < 1, the closed form elsewhere.
  private func continuousBernoulli(_ output: String, _ graph: inout ONNXGraph) -> String {
    func scalar(_ value: Float) -> String { graph.constant("\(name).\(value)", [value], shape: []) }
    func apply(_ operation: String, _ inputs: [String], _ name: String) -> String {
      graph.apply(operation, to: inputs, named: "\(self.name).\(name)")
    }
    let one = scalar(1)
    let a = apply("Max", [apply("Abs", [output], "distance"), scalar(1e-7)], "a")
    let square = apply("Mul", [a, a], "square")
    let coefficients: [Float] = [
      -1 / 1_209_600, 1 / 30_240, -1 / 720, 1 / 12,
    ]
    var series = scalar(1 / 47_900_160)
    for (index, coefficient) in coefficients.enumerated() {
      let product = apply("Mul", [series, square], "product.\(index)")
      series = apply("Add", [product, scalar(coefficient)], "series.\(index)")
    }
    let near = apply("Sub", [scalar(0.5), apply("Mul", [series, a], "correction")], "near")
    // 1/a − e^−a/(1 − e^−a): from |l| = 1 on the difference loses no more than two bits.
    let decay = apply("Exp", [apply("Neg", [a], "exponent")], "decay")
    let odds = apply("Div", [decay, apply("Sub", [one, decay], "complement")], "odds")
    let far = apply("Sub", [apply("Div", [one, a], "inverse"), odds], "far")
    let below = apply("Where", [apply("Less", [a, one], "is_near"), near, far], "below")
    let above = apply("Sub", [one, below], "above")
    let isNegative = apply("Less", [output, scalar(0)], "is_negative")
    return apply("Where", [isNegative, below, above], "value")
  }

  // Σₖ P(x ≥ k/255)/255 over the levels from 1 to 255, which is the mean of the probabilities.
  private func discretisedLogistic(
    _ output: String, _ scale: LikelihoodSpec.ScaleSpec, _ graph: inout ONNXGraph
  ) -> String {
    let thresholds = (1...255).map {
      (Float($0) - 0.5) * DiscretisedLogisticLikelihood.width
    }
    let axis = graph.constant("\(name).level_axis", [-1])
    let centres = graph.apply("Unsqueeze", to: [output, axis], named: "\(name).centres")
    let levels = graph.constant("\(name).thresholds", thresholds, shape: [thresholds.count])
    let differences = graph.apply("Sub", to: [centres, levels], named: "\(name).differences")
    let inverse = precision(scale, &graph)
    let scaled = graph.apply("Mul", to: [differences, inverse], named: "\(name).scaled")
    let exceeding = graph.apply("Sigmoid", to: [scaled], named: "\(name).exceeding")
    return graph.apply(
      "ReduceMean", to: [exceeding], ["axes": .ints([-1]), "keepdims": .int(0)],
      named: "\(name).expectations")
  }

  // 1/s: a scalar, or [C, H, W, 1] or [D, 1] from NHWC order.
  private func precision(
    _ scale: LikelihoodSpec.ScaleSpec, _ graph: inout ONNXGraph
  ) -> String {
    if case .fixed(let scale) = scale {
      return graph.constant("\(name).precision", [1 / scale], shape: [])
    }
    let values = (tensors["\(name).log_scale"]?.floats ?? []).map { 1 / Foundation.exp($0) }
    if values.count == 1 { return graph.constant("\(name).precision", values, shape: []) }
    let (pixels, channels) = (shape.pixels, shape.channels)
    var turned: [Float] = []
    for channel in 0..<channels {
      for pixel in 0..<pixels { turned.append(values[pixel * channels + channel]) }
    }
    let extents = !shape.isFlat ? [channels, shape.height, shape.width, 1] : [channels, 1]
    return graph.constant("\(name).precision", turned, shape: extents)
  }
}
