// Convolutions of kernel 3 and stride 2, and their transposes, in 25 products where plain taps take 36.
//
// Along one axis such a transposed convolution writes two interleaved rows of pixels from a coarse row x:
//
//     every other pixel by one tap:     s[g] = x[g]·w₁
//     the pixels between by two taps:   f[h] = x[h − 1]·w₂ + x[h]·w₀
//
// Two neighbours of the second kind share a product (Karatsuba's trick, Winograd's F(2, 2)): from
// a = x[h − 1], b = x[h], c = x[h + 1],
//
//     m₀ = (a − b)·w₂     m₁ = b·(w₀ + w₂)     m₂ = (c − b)·w₀
//     f[h] = m₀ + m₁      f[h + 1] = m₁ + m₂
//
// three products for four, and all coefficients are ±1, so that rounding stays what it was. With the
// two single taps a tile of two coarse and four fine pixels takes five products for six; in two
// dimensions 5² for 6². The products run over the channels: one GEMM for each of the 4 × 4 forms of the
// coarse pixels (b, the tile's other pixel, a − b, c − b, along either axis), as b meets two weights.
//
// The convolution and all gradients are the same bilinear algorithm read in other directions:
//
//     coarse pixels → forms      (`makeForms`)          adjoint: forms → coarse pixels     (`sumForms`)
//     products → fine pixels     (`sumProducts`)        adjoint: fine pixels → products    (`makeProducts`)
//     taps → weights of products (`makeWeights`)        adjoint: → gradients of taps       (`addTapGradients`)
//
// Source: S. Winograd, "Arithmetic Complexity of Computations" (1980), chapter IV; Lavin and Gray, "Fast
// Algorithms for Convolutional Neural Networks" (2016).

/// The tiles of a stride-two, three-by-three (transposed) convolution: two by two pixels of the coarse
/// image, four by four of the fine one.
package struct WinogradTiles: Sendable, Equatable {
  /// Rows and columns of tiles on an image.
  package let rows: Int
  package let columns: Int
  /// Channels of the coarse image: a convolution's outputs, a transposed one's inputs.
  package let coarseChannels: Int
  /// Channels of the fine image, twice as high and wide.
  package let fineChannels: Int
  /// Rows of padding before the fine image, 0 or 1, and columns.
  let top: Int
  let left: Int
  /// Where each of the 5 × 5 products lies; see `ProductPlace`.
  let places: [ProductPlace]

  /// Forms of the coarse pixels, 4 × 4.
  package static let forms = 16
  /// Products, 5 × 5.
  package static let products = 25
  // Floats between the matrices of two forms. Without them, matrices of a size divisible by 4 KiB would
  // fall on the same few sets of the cache, and a pass that writes all of them side by side would evict
  // its own lines.
  static let slack = 80

  /// A product's place among the blocks of its form: the GEMM of form g has `width` products side by side.
  struct ProductPlace: Sendable, Equatable {
    /// The form, 0 ..< 16.
    let form: Int
    /// Products of all forms before this one's.
    let first: Int
    /// Products of this form: 4, 2 or 1.
    let width: Int
    /// The product's number among them.
    let inner: Int
  }

  /// The tiles of a geometry that this algorithm can do; nil for any other.
  package init?(_ geometry: PatchGeometry, gridChannels: Int) {
    let g = geometry
    guard g.kernelHeight == 3, g.kernelWidth == 3, g.strideHeight == 2, g.strideWidth == 2,
      g.dilationHeight == 1, g.dilationWidth == 1, g.top <= 1, g.left <= 1,
      g.gridHeight % 2 == 0, g.gridWidth % 2 == 0, g.imageHeight == 2 * g.gridHeight,
      g.imageWidth == 2 * g.gridWidth, g.channels % 16 == 0, gridChannels % 16 == 0
    else { return nil }
    rows = g.gridHeight / 2
    columns = g.gridWidth / 2
    coarseChannels = gridChannels
    fineChannels = g.channels
    (top, left) = (g.top, g.left)
    // Along an axis: products 0 and 1 belong to form b (its single tap, its pair), 2 to the other pixel,
    // 3 to a − b, 4 to c − b.
    let forms = [0, 0, 1, 2, 3]
    let width = { (form: Int) in form == 0 ? 2 : 1 }
    places = (0..<25).map { product in
      let (y, x) = (forms[product / 5], forms[product % 5])
      let before = (0..<4 * y + x).reduce(0) { $0 + width($1 / 4) * width($1 % 4) }
      let inner = (product / 5 == 1 ? width(x) : 0) + (product % 5 == 1 ? 1 : 0)
      return ProductPlace(
        form: 4 * y + x, first: before, width: width(y) * width(x), inner: inner)
    }
  }

  /// Tiles of one image.
  package var count: Int { rows * columns }

  /// Floats of the memory for the forms of some tiles.
  package func formCount(tiles: Int) -> Int {
    WinogradTiles.forms * formStep(tiles: tiles)
  }

  /// Floats of the memory for the products of some tiles.
  package func productCount(tiles: Int) -> Int {
    WinogradTiles.products * tiles * fineChannels + WinogradTiles.forms * WinogradTiles.slack
  }

  // From one form's matrix to the next.
  func formStep(tiles: Int) -> Int { tiles * coarseChannels + WinogradTiles.slack }

  // Where the products of a form begin.
  func productStart(_ form: Int, first: Int, tiles: Int) -> Int {
    first * tiles * fineChannels + form * WinogradTiles.slack
  }

  /// The form's matrix [tiles, coarse channels] in the memory of all forms.
  package func form(_ index: Int, tiles: Int, in forms: VectorView) -> MatrixView {
    forms.slice(index * formStep(tiles: tiles), count: tiles * coarseChannels)
      .matrix(rows: tiles, columns: coarseChannels)
  }

  /// The matrix [tiles, width × fine channels] of a form's products in the memory of all of them.
  package func products(_ form: Int, tiles: Int, in products: VectorView) -> MatrixView {
    let (first, width) = extent(form)
    return
      products
      .slice(
        productStart(form, first: first, tiles: tiles), count: width * tiles * fineChannels
      )
      .matrix(rows: tiles, columns: width * fineChannels)
  }

  /// Products before a form's own, and their number.
  func extent(_ form: Int) -> (first: Int, width: Int) {
    let place = places.first { $0.form == form }!
    return (place.first, place.width)
  }
}
