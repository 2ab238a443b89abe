import Kernels

/// How a weight tensor starts. Biases start at zero.
///
/// `fanIn` and `fanOut` count the connections of one output and one input: rows and columns of a dense
/// layer, taps × channels of a convolution (Keras's definition).
public enum Initialiser: String, Sendable, Hashable, Codable, CaseIterable {
  /// Uniform on ±√(6 / (fanIn + fanOut)) (Glorot and Bengio, 2010); Keras's default.
  case glorotUniform = "glorot_uniform"
  /// Normal with variance 2 / (fanIn + fanOut).
  case glorotNormal = "glorot_normal"
  /// Uniform on ±√(6 / fanIn) (He et al., 2015).
  case heUniform = "he_uniform"
  /// Normal with variance 2 / fanIn.
  case heNormal = "he_normal"
  /// Normal with standard deviation 0.02.
  case normal = "normal"
  /// Orthonormal rows or columns, whichever fit (Saxe et al., 2014), by QR of a normal matrix.
  case orthogonal = "orthogonal"
  /// All zero.
  case zeros = "zeros"
  /// All one.
  case ones = "ones"

  /// Reads the name; an unknown one is answered with the nearest.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let value = Initialiser(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: unknownName(
          name, what: "initialiser", valid: Initialiser.allCases.map(\.rawValue)))
    }
    self = value
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
    case .normal: return normal(0.02)
    case .zeros: return [Float](repeating: 0, count: count)
    case .ones: return [Float](repeating: 1, count: count)
    case .orthogonal:
      let rows = shape.first ?? 1
      return orthogonalMatrix(rows: rows, columns: count / rows, stream: stream)
    }
  }
}
