// All sizes of a convolution in one validated value, for the layer, its gradient and its transpose.

/// A kernel's visits to an image.
///
/// The kernel stands at `gridHeight` × `gridWidth` positions; at position (gy, gx) its tap (ky, kx)
/// looks at pixel (gy·stride + ky·dilation − top, gx·stride + kx·dilation − left), or at a zero where
/// that lies outside. A convolution reads the image and writes the grid; a transposed convolution reads
/// the grid and writes the image.
package struct PatchGeometry: Sendable, Equatable {
  package let imageHeight: Int
  package let imageWidth: Int
  /// Channels of the image, the fastest index.
  package let channels: Int
  package let kernelHeight: Int
  package let kernelWidth: Int
  package let strideHeight: Int
  package let strideWidth: Int
  package let dilationHeight: Int
  package let dilationWidth: Int
  /// Rows of zeros above the image.
  package let top: Int
  /// Columns of zeros to the left of the image.
  package let left: Int
  package let gridHeight: Int
  package let gridWidth: Int

  // For every image row (column), the grid rows (columns) and taps that touch it: entries
  // starts[i] ..< starts[i + 1], each a pair (grid index, tap index).
  let rowStarts: [Int32]
  let rowVisits: [SIMD2<Int32>]
  let columnStarts: [Int32]
  let columnVisits: [SIMD2<Int32>]
  // The same as distances in a patch matrix of contiguous rows: the contribution of a vertical and a
  // horizontal visit to a pixel lies at the sum of theirs.
  let rowOffsets: [Int]
  let columnOffsets: [Int]

  /// Positions of the kernel on one image: rows of the patch matrix.
  package var positions: Int { gridHeight * gridWidth }

  /// Taps × channels: columns of the patch matrix.
  package var patchSize: Int { kernelHeight * kernelWidth * channels }

  /// Floats in one image.
  package var imageSize: Int { imageHeight * imageWidth * channels }

  /// Every size must be positive, padding not negative, and the grid not empty.
  package init(
    imageHeight: Int, imageWidth: Int, channels: Int, kernelHeight: Int, kernelWidth: Int,
    strideHeight: Int, strideWidth: Int, dilationHeight: Int, dilationWidth: Int, top: Int,
    left: Int, gridHeight: Int, gridWidth: Int
  ) {
    precondition(
      [
        imageHeight, imageWidth, channels, kernelHeight, kernelWidth, strideHeight, strideWidth,
        dilationHeight, dilationWidth, gridHeight, gridWidth,
      ].allSatisfy { $0 > 0 } && top >= 0 && left >= 0,
      """
      PatchGeometry: image \(imageHeight)×\(imageWidth)×\(channels), kernel \
      \(kernelHeight)×\(kernelWidth), grid \(gridHeight)×\(gridWidth)
      """)
    self.imageHeight = imageHeight
    self.imageWidth = imageWidth
    self.channels = channels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
    self.top = top
    self.left = left
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
    (rowStarts, rowVisits) = PatchGeometry.visits(
      size: imageHeight, grid: gridHeight, kernel: kernelHeight, stride: strideHeight,
      dilation: dilationHeight, before: top)
    (columnStarts, columnVisits) = PatchGeometry.visits(
      size: imageWidth, grid: gridWidth, kernel: kernelWidth, stride: strideWidth,
      dilation: dilationWidth, before: left)
    let tapRow = kernelWidth * channels
    let patch = kernelHeight * tapRow
    rowOffsets = rowVisits.map { Int($0.x) * gridWidth * patch + Int($0.y) * tapRow }
    columnOffsets = columnVisits.map { Int($0.x) * patch + Int($0.y) * channels }
  }

  private static func visits(
    size: Int, grid: Int, kernel: Int, stride: Int, dilation: Int, before: Int
  ) -> ([Int32], [SIMD2<Int32>]) {
    var starts: [Int32] = [0]
    var visits: [SIMD2<Int32>] = []
    for pixel in 0..<size {
      for tap in 0..<kernel {
        let (position, remainder) =
          (pixel + before - tap * dilation).quotientAndRemainder(dividingBy: stride)
        if remainder == 0 && position >= 0 && position < grid {
          visits.append(SIMD2(Int32(position), Int32(tap)))
        }
      }
      starts.append(Int32(visits.count))
    }
    return (starts, visits)
  }
}
