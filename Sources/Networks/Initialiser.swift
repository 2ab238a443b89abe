import Kernels

/// How a weight tensor starts. Biases start at zero.
///
/// `fanIn` and `fanOut` count the connections of one output and one input: rows and columns of a dense
/// layer, taps × channels of a convolution (Keras's definition).
public enum Initialiser: Sendable, Hashable {
  /// Uniform on ±√(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010); Keras's default.
  case glorotUniform
  /// Normal with variance 2 / (fanIn + fanOut).
  case glorotNormal
  /// Uniform on ±√(6 / fanIn) (He et al., 2015).
  case heUniform
  /// Normal with variance 2 / fanIn.
  case heNormal
  /// Normal with a given standard deviation.
  case normal(deviation: Double = 0.02)
  /// Orthonormal rows or columns, whichever fit (Saxe et al., 2014), by QR of a normal matrix.
  case orthogonal
  /// All zero.
  case zeros
  /// All one.
  case ones
  /// All the same.
  case constant(value: Float)

  /// The name in config.json.
  public var name: String {
    switch self {
    case .glorotUniform: "glorot_uniform"
    case .glorotNormal: "glorot_normal"
    case .heUniform: "he_uniform"
    case .heNormal: "he_normal"
    case .normal: "normal"
    case .orthogonal: "orthogonal"
    case .zeros: "zeros"
    case .ones: "ones"
    case .constant: "constant"
    }
  }

  /// Checks the numbers.
  package func validate(place: String) throws(SpecError) {
    switch self {
    case .normal(let deviation):
      guard deviation >= 0 && deviation.isFinite else {
        throw SpecError(
          place, "the initialiser's deviation \(deviation) should be a number of at least 0")
      }
    case .constant(let value):
      guard value.isFinite else {
        throw SpecError(place, "the initialiser's value \(value) should be a finite number")
      }
    default: break
    }
  }

  /// The starting values of a tensor in PyTorch's layout.
  ///
  /// - Parameters:
  ///   - shape: PyTorch's shape, output (or, transposed, input) channels first
  ///   - stream: random numbers of this tensor alone
  package func values(shape: [Int], fanIn: Int, fanOut: Int, stream: RandomStream) -> [Float] {
    let count = shape.reduce(1, *)
    func uniform(_ limit: Double) -> [Float] {
      stream.uniform(count: count).map { Float((2 * Double($0) - 1) * limit) }
    }
    func normal(_ deviation: Double) -> [Float] {
      stream.gaussian(count: count).map { Float(Double($0) * deviation) }
    }
    switch self {
    case .glorotUniform: return uniform((6 / Double(fanIn + fanOut)).squareRoot())
    case .glorotNormal: return normal((2 / Double(fanIn + fanOut)).squareRoot())
    case .heUniform: return uniform((6 / Double(fanIn)).squareRoot())
    case .heNormal: return normal((2 / Double(fanIn)).squareRoot())
    case .normal(let deviation): return normal(deviation)
    case .zeros: return [Float](repeating: 0, count: count)
    case .ones: return [Float](repeating: 1, count: count)
    case .constant(let value): return [Float](repeating: value, count: count)
    case .orthogonal:
      let rows = shape.first ?? 1
      return orthogonalMatrix(rows: rows, columns: count / rows, stream: stream)
    }
  }
}

extension Initialiser: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case type, deviation, value

    // The fields that a type has.
    static func fields(of type: String) -> [Key] {
      switch type {
      case "normal": [.type, .deviation]
      case "constant": [.type, .value]
      default: [.type]
      }
    }
  }

  /// Those that a name alone describes.
  static let named: [Initialiser] = [
    .glorotUniform, .glorotNormal, .heUniform, .heNormal, .normal(), .orthogonal, .zeros, .ones,
  ]

  /// Reads a name, `"he_normal"`, or an object for one with a number, `{"type": "normal", "deviation": 0.1}`
  /// or `{"type": "constant", "value": -1}`. An unknown name is answered with the nearest.
  public init(from decoder: any Decoder) throws {
    let names = Initialiser.named.map(\.name)
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      guard let value = Initialiser.named.first(where: { $0.name == name }) else {
        let reason =
          name == "constant"
          ? #"the initialiser "constant" takes a value: {"type": "constant", "value": 0.5}"#
          : unknownName(name, what: "initialiser", valid: names + ["constant"])
        throw DecodingError.dataCorrupted(
          DecodingError.Context(codingPath: decoder.codingPath, debugDescription: reason))
      }
      self = value
      return
    }
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    let type = try values.decode(String.self, forKey: .type)
    switch type {
    case "normal":
      self = .normal(
        deviation: try values.decodeIfPresent(Double.self, forKey: .deviation) ?? 0.02)
    case "constant": self = .constant(value: try values.decode(Float.self, forKey: .value))
    default:
      guard let value = Initialiser.named.first(where: { $0.name == type }) else {
        throw DecodingError.dataCorruptedError(
          forKey: .type, in: values,
          debugDescription: unknownName(
            type, what: "initialiser", valid: names + ["constant"]))
      }
      self = value
    }
    try decoder.rejectUnknownKeys(allowed: Key.fields(of: type).map(\.rawValue))
  }

  /// Writes what `init(from:)` reads: a name where it says everything.
  public func encode(to encoder: any Encoder) throws {
    if Initialiser.named.contains(self) {
      var container = encoder.singleValueContainer()
      try container.encode(name)
      return
    }
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .type)
    switch self {
    case .normal(let deviation): try values.encode(deviation, forKey: .deviation)
    case .constant(let value): try values.encode(value, forKey: .value)
    default: break
    }
  }
}
