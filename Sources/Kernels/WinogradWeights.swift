// Taps to the weights of the products and, for the gradients, back; see WinogradTiles.swift.

/// Where taps and products lie in the memory of a layer's weights: a convolution multiplies
/// [pixels × fine] by [fine × coarse] blocks, one above the other; a transposed one [pixels × coarse] by
/// [coarse × fine] blocks side by side.
package struct WinogradWeights: Sendable, Equatable {
  package let tiles: WinogradTiles
  package let isTransposed: Bool

  package init(_ tiles: WinogradTiles, isTransposed: Bool) {
    self.tiles = tiles
    self.isTransposed = isTransposed
  }

  /// Floats of the products' weights.
  package var count: Int {
    WinogradTiles.products * tiles.coarseChannels * tiles.fineChannels
  }

  /// Rows of a block: what workers share.
  package var rows: Int { isTransposed ? tiles.coarseChannels : tiles.fineChannels }
  private var columns: Int { isTransposed ? tiles.fineChannels : tiles.coarseChannels }

  /// The weights of one form's products: [width × fine, coarse], or [coarse, width × fine] transposed.
  package func matrix(_ form: Int, in weights: VectorView) -> MatrixView {
    let (first, width) = tiles.extent(form)
    let block = rows * columns
    let part = weights.slice(first * block, count: width * block)
    return isTransposed
      ? part.matrix(rows: rows, columns: width * columns)
      : part.matrix(rows: width * rows, columns: columns)
  }

  // Row `row` of a product's block, as a distance from the start of the weights.
  @inline(__always)
  private func offset(ofProduct index: Int, row: Int) -> Int {
    let place = tiles.places[index]
    return isTransposed
      ? (place.first &* rows &+ row &* place.width &+ place.inner) &* columns
      : ((place.first &+ place.inner) &* rows &+ row) &* columns
  }

  // Row `row` of a tap's block in the layer's own weights.
  @inline(__always)
  private func offset(ofTap tap: Int, row: Int) -> Int {
    (isTransposed ? row &* 9 &+ tap : tap &* rows &+ row) &* columns
  }

  // The taps that product 0, …, 4 of an axis multiplies by: w₁, w₀ + w₂, w₁, w₂, w₀.
  private static let taps = [(1, 1), (0, 2), (1, 1), (2, 2), (0, 0)]

  /// Weights of the products from the taps, for some rows of every block.
  ///
  /// - Parameters:
  ///   - taps: the layer's weights, nine blocks
  ///   - weights: 25 blocks, the rows overwritten
  package func makeWeights(_ taps: VectorView, into weights: VectorView, rows range: Range<Int>) {
    for product in 0..<WinogradTiles.products {
      let (y, x) = (WinogradWeights.taps[product / 5], WinogradWeights.taps[product % 5])
      for row in range {
        let target = weights.slice(offset(ofProduct: product, row: row), count: columns)
        func tap(_ y: Int, _ x: Int) -> VectorView {
          taps.slice(offset(ofTap: 3 * y + x, row: row), count: columns)
        }
        switch (y.0 == y.1, x.0 == x.1) {
        case (true, true): target.copy(from: tap(y.0, x.0))
        case (true, false): mapLanes(tap(y.0, x.0), tap(y.0, x.1), into: target) { $0 + $1 }
        case (false, true): mapLanes(tap(y.0, x.0), tap(y.1, x.0), into: target) { $0 + $1 }
        case (false, false):
          mapLanes(tap(y.0, x.0), tap(y.0, x.1), into: target) { $0 + $1 }
          mapLanes(target, tap(y.1, x.0), tap(y.1, x.1), into: target) { $0 + ($1 + $2) }
        }
      }
    }
  }

  // The products of an axis whose weights contain tap 0, 1, 2.
  private static let uses = [(1, 4), (0, 2), (1, 3)]

  /// The adjoint: adds the gradients of the products' weights to those of the taps.
  ///
  /// - Parameters:
  ///   - gradients: of the products' weights, 25 blocks
  ///   - taps: gradients of the layer's weights, accumulated
  package func addTapGradients(
    _ gradients: VectorView, to taps: VectorView, rows range: Range<Int>
  ) {
    for tapY in 0..<3 {
      for tapX in 0..<3 {
        let (y, x) = (WinogradWeights.uses[tapY], WinogradWeights.uses[tapX])
        for row in range {
          func product(_ y: Int, _ x: Int) -> VectorView {
            gradients.slice(offset(ofProduct: 5 * y + x, row: row), count: columns)
          }
          let target = taps.slice(offset(ofTap: 3 * tapY + tapX, row: row), count: columns)
          mapLanes(product(y.0, x.0), product(y.0, x.1), target, into: target) { $2 + ($0 + $1) }
          mapLanes(product(y.1, x.0), product(y.1, x.1), target, into: target) { $2 + ($0 + $1) }
        }
      }
    }
  }
}
