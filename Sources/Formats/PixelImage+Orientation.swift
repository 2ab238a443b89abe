extension PixelImage {
  /// The image turned the way it was taken.
  ///
  /// - Parameter orientation: Exif's number: 1 upright, 2 mirrored left to right, 3 upside down, 4 mirrored
  ///   top to bottom, 5 mirrored at the falling diagonal, 6 to be turned clockwise, 7 mirrored at the
  ///   rising diagonal, 8 to be turned counter-clockwise.
  /// - SeeAlso: Exif 2.32, section 4.6.4, tag 0x0112.
  func upright(from orientation: Int) -> PixelImage {
    guard 2...8 ~= orientation else { return self }
    let exchangesAxes = orientation >= 5
    let (width, height) =
      exchangesAxes ? (self.height, self.width) : (self.width, self.height)
    // Where the first pixel comes from, and how far to go in the source for a step right or down.
    let (right, bottom) = (self.width - 1, (self.height - 1) * self.width)
    let (origin, stepRight, stepDown) =
      switch orientation {
      case 2: (right, -1, self.width)
      case 3: (right + bottom, -1, -self.width)
      case 4: (bottom, 1, -self.width)
      case 5: (0, self.width, 1)
      case 6: (bottom, -self.width, 1)
      case 7: (right + bottom, -self.width, -1)
      default: (right, self.width, -1)
      }
    let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { target, filled in
      pixels.withUnsafeBufferPointer { source in
        var position = 0
        for y in 0..<height {
          var pixel = (origin + y * stepDown) * channels
          for _ in 0..<width {
            for channel in 0..<channels {
              target.initializeElement(at: position, to: source[pixel + channel])
              position += 1
            }
            pixel += stepRight * channels
          }
        }
      }
      filled = pixels.count
    }
    return PixelImage(width: width, height: height, channels: channels, pixels: turned)
  }
}
