// What stands before the layers of encoder and decoder, as ONNX operators: the formulas of EncoderInput and
// DecoderInput.

import Formats
import Networks

extension ExportedNetwork {
  /// Makes the encoder's input of (padded) data: 0 for what is missing, ln(1 + x) for a mixed likelihood's counts,
  /// the class behind the channels.
  ///
  /// - Parameter condition: one-hot classes, [N, C]; nil without any
  mutating func prepareEncoderInput(_ spec: ModelSpec, condition: String?) {
    if spec.data.missing {
      transform { graph, value in
        let zero = graph.constant("observed.zero", [0], shape: [])
        let isMissing = graph.apply("IsNaN", to: [value], named: "observed.is_missing")
        return graph.apply("Where", to: [isMissing, zero, value], named: "observed")
      }
    }
    if case .mixed(let parts) = spec.likelihood { dampCounts(parts) }
    if let condition { appendClasses(condition, count: spec.condition?.classes ?? 0) }
  }

  private mutating func dampCounts(_ parts: [LikelihoodSpec.Part]) {
    guard parts.contains(where: \.likelihood.isOfCounts) else { return }
    transform { graph, value in
      let sizes = graph.constant("columns.sizes", parts.map(\.columns))
      let columns = graph.apply(
        "Split", to: [value, sizes], ["axis": .int(1)],
        outputs: parts.indices.map { "columns.\($0)" })
      let one = graph.constant("columns.one", [1], shape: [])
      let damped = parts.indices.map { index -> String in
        guard parts[index].likelihood.isOfCounts else { return columns[index] }
        let sum = graph.apply("Add", to: [columns[index], one], named: "columns.\(index).plus_one")
        return graph.apply("Log", to: [sum], named: "columns.\(index).logarithm")
      }
      return graph.apply("Concat", to: damped, ["axis": .int(1)], named: "columns")
    }
  }

  /// Puts a class, one-hot, behind a vector's values or, as planes of ones and zeros, behind an image's channels.
  mutating func appendClasses(_ condition: String, count: Int) {
    let image = shape
    transform { graph, value in
      var classes = condition
      if !image.isFlat {
        let extents = graph.constant("condition.extents", [-1, count, 1, 1])
        classes = graph.apply("Reshape", to: [classes, extents], named: "condition.pixels")
        let ones = graph.constant(
          "condition.ones", [Float](repeating: 1, count: image.pixels),
          shape: [1, 1, image.height, image.width])
        classes = graph.apply("Mul", to: [classes, ones], named: "condition.planes")
      }
      return graph.apply("Concat", to: [value, classes], ["axis": .int(1)], named: "conditioned")
    }
    shape = Shape(height: image.height, width: image.width, channels: image.channels + count)
  }
}
