// ONNX files read and computed the naive way, in 64 bits: an answer to what a graph means that shares no code with
// the engine or the writer. Tests/Interop/onnx_check.py asks ONNX Runtime the same.

import Foundation
import TestSupport

/// An array of numbers, row-major.
struct NaiveTensor: Equatable {
  var shape: [Int]
  var values: [Double]

  init(_ shape: [Int], _ values: [Double]) {
    precondition(shape.reduce(1, *) == values.count, "NaiveTensor: \(shape), \(values.count)")
    (self.shape, self.values) = (shape, values)
  }

  /// Filled from each place's index.
  init(_ shape: [Int], _ value: ([Int]) -> Double) {
    var index = [Int](repeating: 0, count: shape.count)
    var values: [Double] = []
    for _ in 0..<shape.reduce(1, *) {
      values.append(value(index))
      for axis in shape.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
    self.init(shape, values)
  }

  subscript(_ index: [Int]) -> Double { values[zip(shape, index).reduce(0) { $0 * $1.0 + $1.1 }] }

  /// The value that stands at an index of a larger shape, as NumPy broadcasts.
  func broadcast(_ index: [Int]) -> Double {
    self[zip(shape, index.suffix(shape.count)).map { $0 == 1 ? 0 : $1 }]
  }
}

/// A file's graph.
struct NaiveONNX {
  struct Node {
    let operation: String
    let inputs: [String]
    let outputs: [String]
    let ints: [String: [Int]]
    let floats: [String: Double]
  }

  let irVersion: Int?
  let operatorSet: Int?
  let nodes: [Node]
  /// Constants with their shapes; integers too.
  let constants: [String: NaiveTensor]
  /// Names with dimensions; a text for one that is left open.
  let inputs: [(String, [String])]
  let outputs: [(String, [String])]

  init?(_ bytes: [UInt8]) {
    guard let model = ProtobufFields(bytes), let graph = model.message(7) else { return nil }
    irVersion = model.int(1)
    operatorSet = model.message(8)?.int(2)
    nodes = graph.messages(1).map { node in
      var (ints, floats) = ([String: [Int]](), [String: Double]())
      for attribute in node.messages(5) {
        guard let name = attribute.text(1) else { continue }
        // Field 20 says which of the fields holds the value.
        switch attribute.int(20) {
        case 1: floats[name] = attribute.float(2).map { Double($0) }
        case 2: ints[name] = attribute.ints(3)
        case 7: ints[name] = attribute.ints(8)
        default: break
        }
      }
      return Node(
        operation: node.text(4) ?? "", inputs: node.texts(1), outputs: node.texts(2), ints: ints,
        floats: floats)
    }
    var constants: [String: NaiveTensor] = [:]
    for tensor in graph.messages(5) {
      guard let name = tensor.text(8), let raw = tensor.all(9).first?.bytes else { return nil }
      let width = tensor.int(2) == 7 ? 8 : 4
      let values = stride(from: 0, to: raw.count, by: width).map { start -> Double in
        let word = (0..<width).reduce(UInt64(0)) { $0 | UInt64(raw[start + $1]) << UInt64(8 * $1) }
        return width == 8
          ? Double(Int64(bitPattern: word))
          : Double(Float(bitPattern: UInt32(truncatingIfNeeded: word)))
      }
      constants[name] = NaiveTensor(tensor.ints(1), values)
    }
    self.constants = constants
    func values(_ number: Int) -> [(String, [String])] {
      graph.messages(number).map { value in
        let shape = value.message(2)?.message(1)?.message(2)
        return (
          value.text(1) ?? "",
          (shape?.messages(1) ?? []).map { $0.text(2) ?? "\($0.int(1) ?? -1)" }
        )
      }
    }
    (inputs, outputs) = (values(11), values(12))
  }

  /// Computes every value.
  func run(_ feed: [String: NaiveTensor]) -> [String: NaiveTensor] {
    var values = constants.merging(feed) { $1 }
    for node in nodes {
      let inputs = node.inputs.map { name -> NaiveTensor in
        guard let value = values[name] else { preconditionFailure("NaiveONNX: no value \(name)") }
        return value
      }
      for (name, value) in zip(node.outputs, compute(node, inputs)) { values[name] = value }
    }
    return values
  }

  private func compute(_ node: Node, _ x: [NaiveTensor]) -> [NaiveTensor] {
    if let function = NaiveONNX.functions[node.operation] {
      return [NaiveTensor(x[0].shape, x[0].values.map(function))]
    }
    if let function = NaiveONNX.pairs[node.operation] {
      let shape = broadcastShape(x[0].shape, x[1].shape)
      return [NaiveTensor(shape) { function(x[0].broadcast($0), x[1].broadcast($0)) }]
    }
    return computeOther(node, x)
  }

  private func broadcastShape(_ a: [Int], _ b: [Int]) -> [Int] {
    let rank = max(a.count, b.count)
    func extended(_ shape: [Int]) -> [Int] {
      [Int](repeating: 1, count: rank - shape.count) + shape
    }
    return zip(extended(a), extended(b)).map { max($0, $1) }
  }

  private static let functions: [String: @Sendable (Double) -> Double] = [
    "Identity": { $0 }, "Relu": { max($0, 0) }, "Sigmoid": { 1 / (1 + exp(-$0)) },
    "Tanh": { tanh($0) }, "Softplus": { log(1 + exp($0)) }, "Erf": { erf($0) }, "Exp": { exp($0) },
    "Log": { log($0) }, "Abs": { abs($0) }, "Neg": { -$0 },
    "Sign": { $0 == 0 ? 0 : $0 < 0 ? -1 : 1 },
  ]

  private static let pairs: [String: @Sendable (Double, Double) -> Double] = [
    "Add": { $0 + $1 }, "Sub": { $0 - $1 }, "Mul": { $0 * $1 }, "Div": { $0 / $1 },
    "Max": { max($0, $1) }, "Min": { min($0, $1) }, "Greater": { $0 > $1 ? 1 : 0 },
    "Less": { $0 < $1 ? 1 : 0 },
  ]
}
