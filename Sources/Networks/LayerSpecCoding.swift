// LayerSpec as JSON: an object with a `type` and the fields of that type, defaults left out on reading
// and written out on writing.

extension Padding: Codable {
  /// Reads `"same"`, `"valid"` or `[top, bottom, left, right]`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let name = try? container.decode(String.self) {
      switch name {
      case "same": self = .same
      case "valid": self = .valid
      default:
        throw DecodingError.dataCorruptedError(
          in: container,
          debugDescription:
            "padding \"\(name)\" is not \"same\", \"valid\" or [top, bottom, left, right]")
      }
      return
    }
    let sides = try container.decode([Int].self)
    guard sides.count == 4 else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription:
          "padding needs four numbers [top, bottom, left, right], not \(sides.count)")
    }
    self = .explicit(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3])
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .same: try container.encode("same")
    case .valid: try container.encode("valid")
    case .explicit(let top, let bottom, let left, let right):
      try container.encode([top, bottom, left, right])
    }
  }
}

extension LayerSpec: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case type, outputs, filters, kernel, stride, padding, dilation, epsilon, momentum, slope, alpha
    case rate, height, width, channels, initialiser
    case outputPadding = "output_padding"

    // The fields that a type has.
    static func fields(of type: String) -> [Key] {
      switch type {
      case "dense", "gated_dense": [.type, .outputs, .initialiser]
      case "conv2d": [.type, .filters, .kernel, .stride, .padding, .dilation, .initialiser]
      case "conv_transpose2d": fields(of: "conv2d") + [.outputPadding]
      case "batch_norm": [.type, .epsilon, .momentum]
      case "leaky_relu": [.type, .slope]
      case "elu": [.type, .alpha]
      case "dropout": [.type, .rate]
      case "reshape": [.type, .height, .width, .channels]
      default: [.type]
      }
    }
  }

  /// Reads a layer; an unknown type or field is an error that names the nearest valid one.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    func number<Value: Decodable>(_ key: Key, default fallback: Value) throws -> Value {
      try values.decodeIfPresent(Value.self, forKey: key) ?? fallback
    }
    let type = try values.decode(String.self, forKey: .type)
    switch type {
    case "dense":
      self = .dense(
        outputs: try values.decode(Int.self, forKey: .outputs),
        initialiser: try values.decodeIfPresent(Initialiser.self, forKey: .initialiser))
    case "gated_dense":
      self = .gatedDense(
        outputs: try values.decode(Int.self, forKey: .outputs),
        initialiser: try values.decodeIfPresent(Initialiser.self, forKey: .initialiser))
    case "conv2d", "conv_transpose2d":
      let spec = ConvolutionSpec(
        filters: try values.decode(Int.self, forKey: .filters),
        kernel: try number(.kernel, default: [3, 3]),
        stride: try number(.stride, default: [1, 1]),
        padding: try number(.padding, default: .same),
        dilation: try number(.dilation, default: [1, 1]),
        outputPadding: try number(.outputPadding, default: [0, 0]),
        initialiser: try values.decodeIfPresent(Initialiser.self, forKey: .initialiser))
      self = type == "conv2d" ? .conv2D(spec) : .convTranspose2D(spec)
    case "batch_norm":
      self = .batchNorm(
        epsilon: try number(.epsilon, default: 1e-5), momentum: try number(.momentum, default: 0.1))
    case "relu": self = .relu
    case "leaky_relu": self = .leakyReLU(slope: try number(.slope, default: 0.01))
    case "elu": self = .elu(alpha: try number(.alpha, default: 1))
    case "silu": self = .silu
    case "gelu": self = .gelu
    case "sigmoid": self = .sigmoid
    case "tanh": self = .tanh
    case "softplus": self = .softplus
    case "dropout": self = .dropout(rate: try values.decode(Float.self, forKey: .rate))
    case "flatten": self = .flatten
    case "reshape":
      self = .reshape(
        height: try values.decode(Int.self, forKey: .height),
        width: try values.decode(Int.self, forKey: .width),
        channels: try values.decode(Int.self, forKey: .channels))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values,
        debugDescription: unknownName(type, what: "layer type", valid: LayerSpec.typeNames))
    }
    try decoder.rejectUnknownKeys(allowed: Key.fields(of: type).map(\.rawValue))
  }

  /// Writes a layer with all its fields.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(typeName, forKey: .type)
    switch self {
    case .dense(let outputs, let initialiser), .gatedDense(let outputs, let initialiser):
      try values.encode(outputs, forKey: .outputs)
      try values.encodeIfPresent(initialiser, forKey: .initialiser)
    case .conv2D(let spec), .convTranspose2D(let spec):
      try values.encode(spec.filters, forKey: .filters)
      try values.encode(spec.kernel, forKey: .kernel)
      try values.encode(spec.stride, forKey: .stride)
      try values.encode(spec.padding, forKey: .padding)
      try values.encode(spec.dilation, forKey: .dilation)
      if case .convTranspose2D = self {
        try values.encode(spec.outputPadding, forKey: .outputPadding)
      }
      try values.encodeIfPresent(spec.initialiser, forKey: .initialiser)
    case .batchNorm(let epsilon, let momentum):
      try values.encode(epsilon, forKey: .epsilon)
      try values.encode(momentum, forKey: .momentum)
    case .leakyReLU(let slope): try values.encode(slope, forKey: .slope)
    case .elu(let alpha): try values.encode(alpha, forKey: .alpha)
    case .dropout(let rate): try values.encode(rate, forKey: .rate)
    case .reshape(let height, let width, let channels):
      try values.encode(height, forKey: .height)
      try values.encode(width, forKey: .width)
      try values.encode(channels, forKey: .channels)
    case .relu, .silu, .gelu, .sigmoid, .tanh, .softplus, .flatten: break
    }
  }
}
