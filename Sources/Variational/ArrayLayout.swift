// Which dimension of an array of images holds the channels. The engine's images have them last; PyTorch's have
// them first, and an array does not say.

import Formats
import Networks

/// The order of the dimensions of an array of images.
public enum ArrayLayout: String, Sendable, Hashable, CaseIterable {
  /// [examples, height, width, channels], as TensorFlow, Pillow and OpenCV have images.
  case nhwc
  /// [examples, channels, height, width], as PyTorch has them.
  case nchw
}

extension DataReading {
  /// The layout of an array of the given shape: what was asked for, else the one that fits the model, else
  /// channels last.
  ///
  /// - Returns: the layout, and a sentence if the array looks as if it had another
  /// - Throws: `DataError` with that sentence, unless doubtful layouts are to be noted only.
  func layout(
    of sizes: [Int], path: String
  ) throws(DataError) -> (layout: ArrayLayout, doubt: String?) {
    guard sizes.count == 4 else { return (.nhwc, nil) }
    if let layout { return (layout, nil) }
    let channelsLast = [sizes[1], sizes[2], sizes[3]]
    let channelsFirst = [sizes[2], sizes[3], sizes[1]]
    if let expected = expectedShape.map({ [$0.height, $0.width, $0.channels] }) {
      if channelsLast == expected { return (.nhwc, nil) }
      if channelsFirst == expected {
        return (
          .nchw,
          "\(path): the array \(sizes) is read as [examples, channels, height, width], which is what fits the "
            + "model"
        )
      }
    }
    guard ArrayLayout.looksLikeChannelsFirst(sizes) else { return (.nhwc, nil) }
    let reason =
      "the array \(sizes) looks like [examples, channels, height, width] (NCHW, PyTorch's order), but images "
      + "are read as [examples, height, width, channels], here \(sizes[1])×\(sizes[2]) pixels of \(sizes[3]) "
      + "channels; --layout nchw reads it as \(sizes[2])×\(sizes[3]) pixels of \(sizes[1]) "
      + "channel\(sizes[1] == 1 ? "" : "s"), --layout nhwc as it stands"
    if refusesDoubtfulLayout { throw DataError(path, reason) }
    return (.nhwc, "\(path): \(reason)")
  }
}

extension ArrayLayout {
  /// Whether the second dimension is as small as the channels of images are and the last is not.
  static func looksLikeChannelsFirst(_ sizes: [Int]) -> Bool {
    sizes.count == 4 && 1...4 ~= sizes[1] && sizes[2] > 4 && sizes[3] > 4
  }
}

extension NumericArray {
  /// The same images with their channels last: [n, c, h, w] becomes [n, h, w, c].
  ///
  /// - Complexity: O(bytes), one copy.
  func withChannelsLast() -> NumericArray {
    precondition(shape.count == 4, "NumericArray.withChannelsLast: \(shape) is not [n, c, h, w]")
    let (channels, pixels, size) = (shape[1], shape[2] * shape[3], elementType.byteCount)
    let moved = [UInt8](unsafeUninitializedCapacity: bytes.count) { target, filled in
      bytes.withUnsafeBufferPointer { source in
        var place = 0
        for example in 0..<shape[0] {
          let start = example * channels * pixels * size
          for pixel in 0..<pixels {
            for channel in 0..<channels {
              let first = start + (channel * pixels + pixel) * size
              for byte in 0..<size {
                target.initializeElement(at: place, to: source[first + byte])
                place += 1
              }
            }
          }
        }
      }
      filled = bytes.count
    }
    return NumericArray(
      elementType: elementType, shape: [shape[0], shape[2], shape[3], shape[1]], bytes: moved)
  }
}
