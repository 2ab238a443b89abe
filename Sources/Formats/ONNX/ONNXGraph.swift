// A computation as ONNX describes it: named values, and operators that make new ones of old ones.

/// A graph in the making, in the order of its computation.
///
///     var graph = ONNXGraph(name: "double")
///     let x = graph.input("x", shape: [.named("N"), .fixed(3)])
///     let two = graph.constant("two", [2], shape: [])
///     graph.output(graph.apply("Mul", to: [x, two], named: "y"), shape: [.named("N"), .fixed(3)])
///
/// Values are known by name. What operators exist, and what they take, is the ONNX operator set's business and
/// checked by whoever reads the file.
package struct ONNXGraph: Sendable {
  /// One extent of a value.
  package enum Dimension: Sendable, Equatable {
    /// So many.
    case fixed(Int)
    /// As many as the caller brings; the same name, the same number.
    case named(String)
  }

  /// A setting of an operator.
  package enum Attribute: Sendable, Equatable {
    case int(Int)
    case ints([Int])
    case float(Float)
  }

  /// What goes in or comes out: single-precision numbers.
  package struct Value: Sendable, Equatable {
    package let name: String
    package let shape: [Dimension]
  }

  /// One operator.
  package struct Node: Sendable, Equatable {
    package let operation: String
    package let inputs: [String]
    package let outputs: [String]
    package let attributes: [String: Attribute]
  }

  /// A constant.
  package struct Tensor: Sendable, Equatable {
    package enum Elements: Sendable, Equatable {
      case floats([Float])
      case integers([Int])
    }
    package let name: String
    package let shape: [Int]
    package let elements: Elements
  }

  package let name: String
  package private(set) var inputs: [Value] = []
  package private(set) var outputs: [Value] = []
  package private(set) var nodes: [Node] = []
  package private(set) var tensors: [Tensor] = []
  private var names: Set<String> = []

  package init(name: String) { self.name = name }

  /// Declares an input and returns its name.
  package mutating func input(_ name: String, shape: [Dimension]) -> String {
    inputs.append(Value(name: define(name), shape: shape))
    return name
  }

  /// Declares a value as an output.
  package mutating func output(_ name: String, shape: [Dimension]) {
    precondition(names.contains(name), "ONNXGraph.output: there is no value \(name)")
    outputs.append(Value(name: name, shape: shape))
  }

  /// Adds a constant of single-precision numbers and returns its name; a shape of none is a scalar. A name that
  /// stands for one already is that one.
  package mutating func constant(_ name: String, _ values: [Float], shape: [Int]) -> String {
    constant(Tensor(name: name, shape: shape, elements: .floats(values)), count: values.count)
  }

  /// Adds a list of 64-bit integers and returns its name.
  package mutating func constant(_ name: String, _ values: [Int]) -> String {
    constant(
      Tensor(name: name, shape: [values.count], elements: .integers(values)), count: values.count)
  }

  private mutating func constant(_ tensor: Tensor, count: Int) -> String {
    precondition(
      tensor.shape.reduce(1, *) == count,
      "ONNXGraph.constant: \(tensor.name) has \(count) values for the shape \(tensor.shape)")
    if tensors.contains(tensor) { return tensor.name }
    tensors.append(
      Tensor(name: define(tensor.name), shape: tensor.shape, elements: tensor.elements))
    return tensor.name
  }

  /// Adds an operator with one output and returns the output's name.
  package mutating func apply(
    _ operation: String, to inputs: [String], _ attributes: [String: Attribute] = [:],
    named output: String
  ) -> String {
    apply(operation, to: inputs, attributes, outputs: [output])[0]
  }

  /// Adds an operator and returns its outputs' names.
  package mutating func apply(
    _ operation: String, to inputs: [String], _ attributes: [String: Attribute] = [:],
    outputs: [String]
  ) -> [String] {
    for input in inputs {
      precondition(names.contains(input), "ONNXGraph.apply: \(operation) of an unknown \(input)")
    }
    nodes.append(
      Node(
        operation: operation, inputs: inputs, outputs: outputs.map { define($0) },
        attributes: attributes))
    return outputs
  }

  private mutating func define(_ name: String) -> String {
    let isNew = names.insert(name).inserted
    precondition(isNew && !name.isEmpty, "ONNXGraph: a second value \(name)")
    return name
  }
}
