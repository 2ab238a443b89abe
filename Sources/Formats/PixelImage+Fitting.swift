// Photographs of any size as images of one size: the shorter side fits, the longer one is cut alike on both
// ends.

extension PixelImage {
  /// The image in another size: its largest centred part with the proportions asked for, resampled.
  ///
  /// Sizes are shrunk by averaging areas and grown by linear interpolation, each axis by itself; sums are
  /// exact and rounded once, halves upwards. The part is of whole pixels, so proportions can be off by half
  /// of one.
  ///
  /// - Parameters:
  ///   - height: rows wanted, 1 to 65,536; traps otherwise, as for the width
  ///   - width: columns wanted
  /// - Returns: [height, width, channels]; the image itself if it has that size
  /// - Complexity: O(pixels of both)
  public func fitted(height: Int, width: Int) -> PixelImage {
    precondition(
      1...65_536 ~= height && 1...65_536 ~= width,
      "PixelImage.fitted: \(height) × \(width) pixels wanted")
    if (height, width) == (self.height, self.width) { return self }
    let part = centredPart(height: height, width: width)
    return resampled(part, to: (height, width))
  }

  /// The largest part whose height is to its width as asked for, in its place.
  func centredPart(height: Int, width: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    var (rows, columns) = (self.height, self.width)
    // Rounded to the nearest whole pixel, halves upwards.
    if columns * height <= rows * width {
      rows = min(rows, max(1, (2 * columns * height + width) / (2 * width)))
    } else {
      columns = min(columns, max(1, (2 * rows * width + height) / (2 * height)))
    }
    let (top, left) = ((self.height - rows) / 2, (self.width - columns) / 2)
    return (top..<top + rows, left..<left + columns)
  }

  private func resampled(
    _ part: (rows: Range<Int>, columns: Range<Int>), to size: (height: Int, width: Int)
  ) -> PixelImage {
    let vertical = AxisResampling(from: part.rows.count, to: size.height)
    let horizontal = AxisResampling(from: part.columns.count, to: size.width)
    let line = size.width * channels
    let denominator = vertical.denominator * horizontal.denominator
    // Source rows resampled along x, two of them: neighbouring targets share rows. [2][width × channels]
    var lines = [[Int]](repeating: [Int](repeating: 0, count: line), count: 2)
    var held = [-1, -1]
    var sums = [Int](repeating: 0, count: line)
    var result: [UInt8] = []
    result.reserveCapacity(size.height * line)
    for y in 0..<size.height {
      for index in 0..<line { sums[index] = 0 }
      for tap in vertical.starts[y]..<vertical.starts[y + 1] {
        let row = vertical.firsts[y] + tap - vertical.starts[y]
        let slot = row & 1
        if held[slot] != row {
          resample(
            row: part.rows.lowerBound + row, from: part.columns.lowerBound, horizontal,
            into: &lines[slot])
          held[slot] = row
        }
        accumulate(lines[slot], times: vertical.weights[tap], into: &sums)
      }
      for sum in sums { result.append(UInt8((sum + denominator / 2) / denominator)) }
    }
    return PixelImage(width: size.width, height: size.height, channels: channels, pixels: result)
  }

  // target[x, c] ← Σ_k w[x, k] · pixel[row, left + first[x] + k, c]
  private func resample(
    row: Int, from left: Int, _ axis: AxisResampling, into target: inout [Int]
  ) {
    let start = (row * width + left) * channels
    pixels.withUnsafeBufferPointer { pixels in
      axis.weights.withUnsafeBufferPointer { weights in
        target.withUnsafeMutableBufferPointer { target in
          for x in axis.firsts.indices {
            let first = start + axis.firsts[x] * channels
            let taps = axis.starts[x]..<axis.starts[x + 1]
            for channel in 0..<channels {
              var sum = 0
              var position = first + channel
              for tap in taps {
                sum &+= weights[tap] &* Int(pixels[position])
                position += channels
              }
              target[x * channels + channel] = sum
            }
          }
        }
      }
    }
  }

  private func accumulate(_ line: [Int], times weight: Int, into sums: inout [Int]) {
    line.withUnsafeBufferPointer { line in
      sums.withUnsafeMutableBufferPointer { sums in
        for index in sums.indices { sums[index] &+= weight &* line[index] }
      }
    }
  }
}
