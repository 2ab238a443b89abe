// What a network consists of, as a value: written to config.json, compared, printed, compiled.

/// Zeros around an image (or rows and columns cropped from a transposed convolution's output).
public enum Padding: Sendable, Hashable {
  /// As TensorFlow's `same`: a convolution returns ⌈size / stride⌉, with the odd zero after; a
  /// transposed convolution returns size · stride.
  case same
  /// None.
  case valid
  /// So many rows and columns on each side.
  case explicit(top: Int, bottom: Int, left: Int, right: Int)
}

/// The largest networks that are compiled; beyond them sizes would leave the integers of BLAS.
enum NetworkLimits {
  static let layers = 4096
  /// Rows, columns or channels of an example.
  static let extent = 1 << 20
  /// Outputs of a dense layer.
  static let outputs = 1 << 24
  /// Kernel sizes, strides, dilations, and paddings of a convolution.
  static let reach = 1 << 12
  /// Values of one example between two layers.
  static let values = 1 << 28
}

/// The sizes of a convolution's kernel.
public struct ConvolutionSpec: Sendable, Hashable {
  /// Output channels.
  public var filters: Int
  /// Kernel height and width.
  public var kernel: [Int]
  /// Vertical and horizontal stride.
  public var stride: [Int]
  /// Padding or cropping.
  public var padding: Padding
  /// Vertical and horizontal distance between taps.
  public var dilation: [Int]
  /// Rows and columns added at the end of a transposed convolution's output, as in PyTorch.
  public var outputPadding: [Int]
  /// How the weights start; nil takes the model's.
  public var initialiser: Initialiser?

  /// A convolution with the usual defaults.
  public init(
    filters: Int, kernel: [Int] = [3, 3], stride: [Int] = [1, 1], padding: Padding = .same,
    dilation: [Int] = [1, 1], outputPadding: [Int] = [0, 0], initialiser: Initialiser? = nil
  ) {
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.outputPadding = outputPadding
    self.initialiser = initialiser
  }
}

/// One layer of a network.
///
/// The shapes below are of one example; n examples are processed at once.
public enum LayerSpec: Sendable, Hashable {
  /// Y = XW + b on flat features.
  case dense(outputs: Int, initialiser: Initialiser? = nil)
  /// Y = (XW + b) ⊙ σ(XV + c) on flat features (Dauphin et al., 2017; Tomczak and Welling, 2018).
  case gatedDense(outputs: Int, initialiser: Initialiser? = nil)
  /// Cross-correlation with a kernel, [height, width, channels] → [height′, width′, filters].
  case conv2D(ConvolutionSpec)
  /// The adjoint of a convolution's linear map, plus a bias.
  case convTranspose2D(ConvolutionSpec)
  /// Each channel to mean 0 and variance 1 over the batch, then an affine map (Ioffe and Szegedy, 2015).
  /// `momentum` is the weight of the newest batch in the running statistics, as in PyTorch.
  case batchNorm(epsilon: Float = 1e-5, momentum: Float = 0.1)
  /// max(x, 0)
  case relu
  /// x or slope·x
  case leakyReLU(slope: Float = 0.01)
  /// x or α(eˣ − 1)
  case elu(alpha: Float = 1)
  /// x·σ(x)
  case silu
  /// x·Φ(x)
  case gelu
  /// 1/(1 + e^−x)
  case sigmoid
  /// tanh x
  case tanh
  /// ln(1 + eˣ)
  case softplus
  /// Zeroes each value with probability `rate` in training and scales the rest by 1/(1 − rate).
  case dropout(rate: Float)
  /// An image as a vector, channel by channel (NCHW order, as PyTorch's flatten).
  case flatten
  /// A vector as an image: the inverse of `flatten`.
  case reshape(height: Int, width: Int, channels: Int)

  /// A convolution; see ``ConvolutionSpec``.
  public static func conv2D(
    filters: Int, kernel: Int = 3, stride: Int = 1, padding: Padding = .same
  ) -> LayerSpec {
    .conv2D(
      ConvolutionSpec(
        filters: filters, kernel: [kernel, kernel], stride: [stride, stride], padding: padding))
  }

  /// A transposed convolution; see ``ConvolutionSpec``.
  public static func convTranspose2D(
    filters: Int, kernel: Int = 3, stride: Int = 1, padding: Padding = .same
  ) -> LayerSpec {
    .convTranspose2D(
      ConvolutionSpec(
        filters: filters, kernel: [kernel, kernel], stride: [stride, stride], padding: padding))
  }

  /// The layer's name in config.json.
  public var typeName: String {
    switch self {
    case .dense: "dense"
    case .gatedDense: "gated_dense"
    case .conv2D: "conv2d"
    case .convTranspose2D: "conv_transpose2d"
    case .batchNorm: "batch_norm"
    case .relu: "relu"
    case .leakyReLU: "leaky_relu"
    case .elu: "elu"
    case .silu: "silu"
    case .gelu: "gelu"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .softplus: "softplus"
    case .dropout: "dropout"
    case .flatten: "flatten"
    case .reshape: "reshape"
    }
  }

  /// Every name that config.json may use.
  public static let typeNames = [
    "dense", "gated_dense", "conv2d", "conv_transpose2d", "batch_norm", "relu", "leaky_relu", "elu",
    "silu", "gelu", "sigmoid", "tanh", "softplus", "dropout", "flatten", "reshape",
  ]
}
