extension PixelImage {
  /// The image with one channel, by its luma: Y′ = 0.299 R′ + 0.587 G′ + 0.114 B′, rounded.
  ///
  /// The factors are multiples of 2⁻¹⁶ that add up to 1, so that equal channels keep their value. It is
  /// also what a JPEG file holds as its Y, and what Pillow's mode "L" is.
  ///
  /// - SeeAlso: ITU-R BT.601, section 2.5.1.
  public func grey() -> PixelImage {
    guard channels >= 3 else { return self }
    let grey = [UInt8](unsafeUninitializedCapacity: width * height) { target, filled in
      pixels.withUnsafeBufferPointer { source in
        for index in 0..<width * height {
          let (red, green) = (
            UInt32(source[index * channels]), UInt32(source[index * channels + 1])
          )
          let blue = UInt32(source[index * channels + 2])
          let luma = (19_595 * red + 38_470 * green + 7_471 * blue + 32_768) >> 16
          target.initializeElement(at: index, to: UInt8(luma))
        }
      }
      filled = width * height
    }
    return PixelImage(width: width, height: height, channels: 1, pixels: grey)
  }

  /// The image with three channels; grey gives equal ones, and opacity is dropped.
  public func rgb() -> PixelImage {
    guard channels != 3 else { return self }
    let step = channels == 1 ? 0 : 1
    let colors = [UInt8](unsafeUninitializedCapacity: 3 * width * height) { target, filled in
      pixels.withUnsafeBufferPointer { source in
        for index in 0..<width * height {
          for channel in 0..<3 {
            target.initializeElement(
              at: 3 * index + channel, to: source[index * channels + step * channel])
          }
        }
      }
      filled = 3 * width * height
    }
    return PixelImage(width: width, height: height, channels: 3, pixels: colors)
  }
}
