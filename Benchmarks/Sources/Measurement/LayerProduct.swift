// The matrix products of the three workloads' layers, as the engine calls them.
//
// A convolution multiplies the patches of a tile of images at a time: as many images as give at most
// 384 rows (64 positions each: six images), at least one (256 positions: 256 rows). The last layer of
// an image decoder, few output channels at stride one, multiplies W [taps·out × in] by the pixels of
// one 32×32 image, transposed.

/// op(A) [m×k] · op(B) [k×n] → C [m×n]
package struct LayerProduct: Sendable {
  /// Which factor is stored transposed.
  package enum Storage: Sendable {
    case plain
    case leftTransposed
    case rightTransposed
  }

  package let layer: String
  package let m: Int
  package let k: Int
  package let n: Int
  package let storage: Storage

  init(_ layer: String, _ m: Int, _ k: Int, _ n: Int, _ storage: Storage = .plain) {
    self.layer = layer
    self.m = m
    self.k = k
    self.n = n
    self.storage = storage
  }

  /// Floating-point operations: a multiplication and an addition for each term.
  package var operations: Double { 2 * Double(m) * Double(k) * Double(n) }

  /// The layer and the shapes of op(A) and op(B); ᵀ marks the factor that is stored the other way.
  package var name: String {
    let left = storage == .leftTransposed ? "ᵀ" : ""
    let right = storage == .rightTransposed ? "ᵀ" : ""
    return "\(layer), \(m)×\(k)\(left)·\(k)×\(n)\(right)"
  }

  /// Every product of the three workloads.
  package static let all = dense + fashion + faces

  // 784 → 400 → (20 ‖ 20), 20 → 400 → 784, batch of 128
  package static let dense = [
    // X [n×in] · W [in×out] → Y
    LayerProduct("dense encoder.1 forward", 128, 784, 400),
    LayerProduct("dense encoder.3 forward", 128, 400, 40),
    LayerProduct("dense decoder.0 forward", 128, 20, 400),
    LayerProduct("dense decoder.2 forward", 128, 400, 784),
    // Xᵀ [in×n] · dY [n×out] → dW
    LayerProduct("dense encoder.1 weights", 784, 128, 400, .leftTransposed),
    LayerProduct("dense decoder.2 weights", 400, 128, 784, .leftTransposed),
    // dY [n×out] · Wᵀ [out×in] → dX
    LayerProduct("dense decoder.2 input", 128, 784, 400, .rightTransposed),
  ]

  // 32×32×1, convolutions to 128 channels of 4×4, two latents, and back; batch of 100
  package static let fashion = [
    // P [pixels × taps·in] · W [taps·in × out] → Y, stride two
    LayerProduct("fashion encoder.0 forward", 256, 9, 32),  // 1 → 32 channels, 16×16 positions
    LayerProduct("fashion encoder.2 forward", 384, 288, 64),  // 32 → 64, 8×8
    LayerProduct("fashion encoder.4 forward", 384, 576, 128),  // 64 → 128, 4×4
    // X [n×in] · W [in×out] → Y
    LayerProduct("fashion encoder.7 forward", 100, 2048, 4),  // the head: means and log-variances
    LayerProduct("fashion decoder.0 forward", 100, 2, 2048),  // from two latents
    // X [pixels × in] · W [in × taps·out] → P, stride two, transposed
    LayerProduct("fashion decoder.2 forward", 384, 128, 1152),  // 128 → 128, 4×4
    LayerProduct("fashion decoder.4 forward", 384, 128, 576),  // 128 → 64, 8×8
    LayerProduct("fashion decoder.6 forward", 256, 64, 288),  // 64 → 32, 16×16
    // W [taps·out × in] · Xᵀ [in × pixels] → T, stride one
    LayerProduct("fashion decoder.8 forward", 9, 32, 1024, .rightTransposed),  // 32 → 1, 32×32
    // Pᵀ [taps·in × pixels] · dY [pixels × out] → dW
    LayerProduct("fashion encoder.0 weights", 9, 256, 32, .leftTransposed),
    LayerProduct("fashion encoder.4 weights", 576, 384, 128, .leftTransposed),
    // Xᵀ [in × pixels] · dP [pixels × taps·out] → dW
    LayerProduct("fashion decoder.4 weights", 128, 384, 576, .leftTransposed),
    LayerProduct("fashion decoder.6 weights", 64, 256, 288, .leftTransposed),
    // dT [taps·out × pixels] · X [pixels × in] → dW
    LayerProduct("fashion decoder.8 weights", 9, 1024, 32),
    // dY [pixels × out] · Wᵀ [out × taps·in] → dP
    LayerProduct("fashion encoder.4 input", 384, 128, 576, .rightTransposed),
    // dP [pixels × taps·out] · Wᵀ [taps·out × in] → dX
    LayerProduct("fashion decoder.4 input", 384, 576, 128, .rightTransposed),
    LayerProduct("fashion decoder.6 input", 256, 288, 64, .rightTransposed),
    // dTᵀ [pixels × taps·out] · W [taps·out × in] → dX
    LayerProduct("fashion decoder.8 input", 1024, 9, 32, .leftTransposed),
  ]

  // 32×32×3, four convolutions of 128 channels, 200 latents, and back; batch of 128
  package static let faces = [
    LayerProduct("faces encoder.0 forward", 256, 27, 128),  // 3 → 128, 16×16
    LayerProduct("faces encoder.3 forward", 384, 1152, 128),  // 128 → 128, 8×8; encoder.6 too
    LayerProduct("faces encoder.13 forward", 128, 512, 400),  // the head
    LayerProduct("faces decoder.0 forward", 128, 200, 512),  // from the latents
    LayerProduct("faces decoder.7 forward", 384, 128, 1152),  // 128 → 128, 4×4; decoder.10 too
    LayerProduct("faces decoder.13 forward", 256, 128, 1152),  // 128 → 128, 16×16
    LayerProduct("faces decoder.16 forward", 27, 128, 1024, .rightTransposed),  // 128 → 3, 32×32
    LayerProduct("faces encoder.3 weights", 1152, 384, 128, .leftTransposed),
    LayerProduct("faces decoder.13 weights", 128, 256, 1152, .leftTransposed),
    LayerProduct("faces decoder.16 weights", 27, 1024, 128),
    LayerProduct("faces encoder.3 input", 384, 128, 1152, .rightTransposed),
    LayerProduct("faces decoder.13 input", 256, 1152, 128, .rightTransposed),
    LayerProduct("faces decoder.16 input", 1024, 27, 128, .leftTransposed),
  ]

  /// Shapes on which three plain loops are done in a few milliseconds.
  package static let small = [
    LayerProduct("dense encoder.3 forward", 128, 400, 40),
    LayerProduct("fashion encoder.0 forward", 256, 9, 32),
    LayerProduct("fashion encoder.2 forward", 384, 288, 64),
    LayerProduct("fashion decoder.6 forward", 256, 64, 288),
  ]
}
