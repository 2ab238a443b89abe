import Networks
import Testing

@Suite struct LayerSpecTests {
  /// One of every case, some with fields that are not the defaults.
  static let all: [LayerSpec] = [
    .dense(outputs: 20), .dense(outputs: 3, initialiser: .orthogonal), .gatedDense(outputs: 4),
    .gatedDense(outputs: 4, initialiser: .heNormal), .conv2D(filters: 8),
    .conv2D(
      ConvolutionSpec(
        filters: 9, kernel: [2, 5], stride: [3, 1],
        padding: .explicit(top: 1, bottom: 2, left: 3, right: 4), dilation: [2, 1],
        initialiser: .normal())),
    .convTranspose2D(filters: 3, kernel: 4, stride: 2, padding: .valid),
    .convTranspose2D(ConvolutionSpec(filters: 9, stride: [2, 2], outputPadding: [1, 0])),
    .batchNorm(), .batchNorm(epsilon: 0.002, momentum: 0.3), .relu, .leakyReLU(),
    .leakyReLU(slope: 0.3), .elu(), .elu(alpha: 0.7), .silu, .gelu, .sigmoid, .tanh, .softplus,
    .dropout(rate: 0.1), .flatten, .reshape(height: 2, width: 3, channels: 4),
  ]

  @Test func everyNameIsListedOnce() {
    #expect(Set(Self.all.map(\.typeName)) == Set(LayerSpec.typeNames))
    #expect(Set(LayerSpec.typeNames).count == LayerSpec.typeNames.count)
  }

  @Test func shortFormsSetBothDirections() {
    #expect(
      LayerSpec.conv2D(filters: 8, kernel: 5, stride: 2, padding: .valid)
        == .conv2D(
          ConvolutionSpec(filters: 8, kernel: [5, 5], stride: [2, 2], padding: .valid)))
    #expect(LayerSpec.convTranspose2D(filters: 8) == .convTranspose2D(ConvolutionSpec(filters: 8)))
  }
}
