// The messages of onnx.proto that a model takes, field by field.
//
// Source: onnx/onnx.proto of https://github.com/onnx/onnx, IR version 8 (2021-07-30).

/// A graph with what a file says beside it.
package struct ONNXModel: Sendable {
  /// The version of the file's structure.
  package static let intermediateRepresentation = 8
  /// The version of the operators.
  package static let operatorSet = 17
  /// The most bytes that a protocol buffer may have.
  package static let largestSize = (1 << 31) - 1

  package let graph: ONNXGraph
  /// What the model is, for people.
  package let summary: String
  /// Names and texts for programs.
  package let metadata: [(String, String)]

  package init(_ graph: ONNXGraph, summary: String = "", metadata: [(String, String)] = []) {
    self.graph = graph
    self.summary = summary
    self.metadata = metadata
  }

  private static let producer = "variational"

  /// Whether bytes begin as `write` begins a file: with the version of the structure and this library's name.
  package static func isOurs(_ bytes: [UInt8]) -> Bool {
    var start = ProtobufMessage()
    start.append(1, int: intermediateRepresentation)
    start.append(2, string: producer)
    return bytes.starts(with: start.bytes)
  }

  /// Writes the file.
  ///
  /// - Throws: `FormatError` if the file cannot be written, or if it would be larger than a protocol buffer may.
  /// - Complexity: O(constants), a few copies of them in memory.
  package func write(to path: String) throws(FormatError) {
    let bytes = message.bytes
    guard bytes.count <= ONNXModel.largestSize else {
      throw FormatError(
        file: path,
        reason: "the model takes \(bytes.count) bytes, more than the \(ONNXModel.largestSize) "
          + "that an ONNX file may have")
    }
    try AtomicFile.write([bytes], to: path)
  }

  /// ModelProto.
  package var message: ProtobufMessage {
    var model = ProtobufMessage()
    model.append(1, int: ONNXModel.intermediateRepresentation)
    model.append(2, string: ONNXModel.producer)
    if !summary.isEmpty { model.append(6, string: summary) }
    model.append(7, message: graph.message)
    model.append(8) { $0.append(2, int: ONNXModel.operatorSet) }
    for (key, value) in metadata {
      model.append(14) {
        $0.append(1, string: key)
        $0.append(2, string: value)
      }
    }
    return model
  }
}

extension ONNXGraph {
  /// GraphProto.
  fileprivate var message: ProtobufMessage {
    var graph = ProtobufMessage()
    for node in nodes { graph.append(1, message: node.message) }
    graph.append(2, string: name)
    for tensor in tensors { graph.append(5, message: tensor.message) }
    for input in inputs { graph.append(11, message: input.message) }
    for output in outputs { graph.append(12, message: output.message) }
    return graph
  }
}

extension ONNXGraph.Node {
  /// NodeProto.
  fileprivate var message: ProtobufMessage {
    var node = ProtobufMessage()
    for input in inputs { node.append(1, string: input) }
    for output in outputs { node.append(2, string: output) }
    if let first = outputs.first { node.append(3, string: first) }
    node.append(4, string: operation)
    for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
      node.append(5) {
        $0.append(1, string: name)
        attribute.append(to: &$0)
      }
    }
    return node
  }
}

extension ONNXGraph.Attribute {
  // The value, and in field 20 which of AttributeType it is.
  fileprivate func append(to attribute: inout ProtobufMessage) {
    switch self {
    case .float(let value):
      attribute.append(2, float: value)
      attribute.append(20, int: 1)
    case .int(let value):
      attribute.append(3, int: value)
      attribute.append(20, int: 2)
    case .ints(let values):
      for value in values { attribute.append(8, int: value) }
      attribute.append(20, int: 7)
    }
  }
}

extension ONNXGraph.Value {
  /// ValueInfoProto with a TypeProto of single-precision numbers.
  fileprivate var message: ProtobufMessage {
    var value = ProtobufMessage()
    value.append(1, string: name)
    value.append(2) {
      $0.append(1) {
        $0.append(1, int: ONNXGraph.Tensor.floatType)
        $0.append(2) { for dimension in shape { $0.append(1, message: dimension.message) } }
      }
    }
    return value
  }
}

extension ONNXGraph.Dimension {
  /// TensorShapeProto.Dimension.
  fileprivate var message: ProtobufMessage {
    var dimension = ProtobufMessage()
    switch self {
    case .fixed(let extent): dimension.append(1, int: extent)
    case .named(let name): dimension.append(2, string: name)
    }
    return dimension
  }
}

extension ONNXGraph.Tensor {
  // TensorProto.DataType.
  fileprivate static let floatType = 1
  private static let integerType = 7

  /// TensorProto, its elements little-endian in raw_data.
  fileprivate var message: ProtobufMessage {
    var tensor = ProtobufMessage()
    for extent in shape { tensor.append(1, int: extent) }
    var raw: [UInt8] = []
    switch elements {
    case .floats(let values):
      tensor.append(2, int: Self.floatType)
      raw.reserveCapacity(4 * values.count)
      for value in values { raw.append(littleEndian: value.bitPattern) }
    case .integers(let values):
      tensor.append(2, int: Self.integerType)
      for value in values { raw.append(littleEndian: Int64(value)) }
    }
    tensor.append(8, string: name)
    tensor.append(9, bytes: raw)
    return tensor
  }
}
