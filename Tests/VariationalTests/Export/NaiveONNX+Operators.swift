// The operators that are more than a function of their elements, as docs/Operators.md of ONNX defines them.

import Foundation

extension NaiveONNX {
  func computeOther(_ node: Node, _ x: [NaiveTensor]) -> [NaiveTensor] {
    let input = x[0]
    switch node.operation {
    case "LeakyRelu":
      let slope = node.floats["alpha"] ?? 0.01
      return [NaiveTensor(input.shape, input.values.map { $0 < 0 ? slope * $0 : $0 })]
    case "Elu":
      let alpha = node.floats["alpha"] ?? 1
      return [NaiveTensor(input.shape, input.values.map { $0 < 0 ? alpha * (exp($0) - 1) : $0 })]
    case "Clip":
      let (low, high) = (x[1].values[0], x[2].values[0])
      return [NaiveTensor(input.shape, input.values.map { min(max($0, low), high) })]
    case "IsNaN": return [NaiveTensor(input.shape, input.values.map { $0.isNaN ? 1 : 0 })]
    case "Where":
      let shape = [x[0], x[1], x[2]].map(\.shape).max { $0.count < $1.count } ?? []
      return [
        NaiveTensor(shape) { x[0].broadcast($0) != 0 ? x[1].broadcast($0) : x[2].broadcast($0) }
      ]
    case "Gemm": return [gemm(node, x)]
    case "Conv": return [convolution(node, x)]
    case "ConvTranspose": return [transposedConvolution(node, x)]
    case "BatchNormalization":
      let epsilon = node.floats["epsilon"] ?? 1e-5
      return [
        NaiveTensor(input.shape) { index in
          let c = [index[1]]
          return (input[index] - x[3][c]) / (x[4][c] + epsilon).squareRoot() * x[1][c] + x[2][c]
        }
      ]
    default: return reshaped(node, x)
    }
  }

  private func reshaped(_ node: Node, _ x: [NaiveTensor]) -> [NaiveTensor] {
    let input = x[0]
    switch node.operation {
    case "Flatten":
      return [NaiveTensor([input.shape[0], input.values.count / input.shape[0]], input.values)]
    case "Reshape":
      var shape = x[1].values.map { Int($0) }
      let known = shape.filter { $0 >= 0 }.reduce(1, *)
      shape = shape.map { $0 < 0 ? input.values.count / known : $0 }
      return [NaiveTensor(shape, input.values)]
    case "Unsqueeze": return [NaiveTensor(input.shape + [1], input.values)]
    case "Pad":
      let pads = x[1].values.map { Int($0) }
      let rank = input.shape.count
      let shape = (0..<rank).map { input.shape[$0] + pads[$0] + pads[$0 + rank] }
      return [
        NaiveTensor(shape) { index in
          let source = (0..<rank).map { index[$0] - pads[$0] }
          let isInside = zip(source, input.shape).allSatisfy { $0 >= 0 && $0 < $1 }
          return isInside ? input[source] : 0
        }
      ]
    case "Slice":
      var (shape, starts) = (input.shape, [Int](repeating: 0, count: input.shape.count))
      for (place, axis) in x[3].values.map({ Int($0) }).enumerated() {
        starts[axis] = Int(x[1].values[place])
        shape[axis] = Int(x[2].values[place]) - starts[axis]
      }
      return [NaiveTensor(shape) { index in input[zip(index, starts).map { $0 + $1 }] }]
    case "Split":
      var first = 0
      return x[1].values.map { size in
        defer { first += Int(size) }
        var shape = input.shape
        shape[1] = Int(size)
        return NaiveTensor(shape) { index in
          var source = index
          source[1] += first
          return input[source]
        }
      }
    case "Concat":
      var shape = input.shape
      shape[1] = x.reduce(0) { $0 + $1.shape[1] }
      return [
        NaiveTensor(shape) { index in
          var source = index
          for part in x {
            if source[1] < part.shape[1] { return part[source] }
            source[1] -= part.shape[1]
          }
          return .nan
        }
      ]
    case "Softmax":
      return [
        NaiveTensor(input.shape) { index in
          var other = index
          let sum = (0..<input.shape[1]).reduce(0.0) {
            other[1] = $1
            return $0 + exp(input[other])
          }
          return exp(input[index]) / sum
        }
      ]
    case "ReduceMean":
      let count = input.shape[input.shape.count - 1]
      return [
        NaiveTensor(Array(input.shape.dropLast())) { index in
          (0..<count).reduce(0.0) { $0 + input[index + [$1]] } / Double(count)
        }
      ]
    default: preconditionFailure("NaiveONNX: \(node.operation) is not known")
    }
  }

  // x [N×in] · Wᵀ [in×out] + b
  private func gemm(_ node: Node, _ x: [NaiveTensor]) -> NaiveTensor {
    precondition(node.ints["transB"] == [1], "NaiveONNX: Gemm of another kind")
    let (rows, inputs, outputs) = (x[0].shape[0], x[0].shape[1], x[1].shape[0])
    return NaiveTensor([rows, outputs]) { (index: [Int]) -> Double in
      var sum = x[2][[index[1]]]
      for column in 0..<inputs {
        sum += x[0][[index[0], column]] * x[1][[index[1], column]]
      }
      return sum
    }
  }

  private func convolution(_ node: Node, _ x: [NaiveTensor]) -> NaiveTensor {
    let (image, weights, geometry) = (x[0], x[1], Geometry(node))
    var shape = [image.shape[0], weights.shape[0], 0, 0]
    for axis in 0..<2 {
      let reach: Int = (weights.shape[axis + 2] - 1) * geometry.dilations[axis] + 1
      let room: Int = image.shape[axis + 2] + geometry.before[axis] + geometry.after[axis] - reach
      shape[axis + 2] = room / geometry.strides[axis] + 1
    }
    return NaiveTensor(shape) { (index: [Int]) -> Double in
      var sum = x[2][[index[1]]]
      geometry.forEachTap(weights) { tap in
        var place = [0, 0]
        for axis in 0..<2 {
          place[axis] = index[axis + 2] * geometry.strides[axis] - geometry.before[axis]
          place[axis] += tap[axis] * geometry.dilations[axis]
          if place[axis] < 0 || place[axis] >= image.shape[axis + 2] { return }
        }
        for channel in 0..<image.shape[1] {
          sum += image[[index[0], channel] + place] * weights[[index[1], channel] + tap]
        }
      }
      return sum
    }
  }

  // Every input value is spread over its window; the output is summed from what arrives.
  private func transposedConvolution(_ node: Node, _ x: [NaiveTensor]) -> NaiveTensor {
    let (image, weights, geometry) = (x[0], x[1], Geometry(node))
    var shape = [image.shape[0], weights.shape[1], 0, 0]
    for axis in 0..<2 {
      let reach: Int = (weights.shape[axis + 2] - 1) * geometry.dilations[axis] + 1
      let full: Int = geometry.strides[axis] * (image.shape[axis + 2] - 1) + reach
      shape[axis + 2] = full - geometry.before[axis] - geometry.after[axis]
    }
    return NaiveTensor(shape) { (index: [Int]) -> Double in
      var sum = x.count > 2 ? x[2][[index[1]]] : 0.0
      geometry.forEachTap(weights) { tap in
        var place = [0, 0]
        for axis in 0..<2 {
          let reached: Int =
            index[axis + 2] + geometry.before[axis] - tap[axis] * geometry.dilations[axis]
          let stride = geometry.strides[axis]
          if reached < 0 || reached % stride != 0 { return }
          place[axis] = reached / stride
          if place[axis] >= image.shape[axis + 2] { return }
        }
        for channel in 0..<image.shape[1] {
          sum += image[[index[0], channel] + place] * weights[[channel, index[1]] + tap]
        }
      }
      return sum
    }
  }
}

private struct Geometry {
  let strides: [Int]
  let dilations: [Int]
  let before: [Int]
  let after: [Int]

  init(_ node: NaiveONNX.Node) {
    strides = node.ints["strides"] ?? [1, 1]
    dilations = node.ints["dilations"] ?? [1, 1]
    let pads = node.ints["pads"] ?? [0, 0, 0, 0]
    (before, after) = (Array(pads[..<2]), Array(pads[2...]))
  }

  func forEachTap(_ weights: NaiveTensor, _ body: ([Int]) -> Void) {
    for y in 0..<weights.shape[2] {
      for x in 0..<weights.shape[3] { body([y, x]) }
    }
  }
}
