// The stored number that stands for 1, where it is not the largest that a sample's bits can hold: 1 in a mask of
// bytes 0 and 1, 4095 in a scan of 12 bits saved as 16.

import Formats
import Foundation

extension NumericArray {
  /// The values over a full scale: bytes as the nearest of 255 levels, others as floats.
  ///
  /// - Throws: `DataError` naming a value beyond the full scale.
  /// - Complexity: O(count), one copy.
  func scaled(toFullScale full: Double, path: String) throws(DataError) -> NumericArray {
    if elementType == .uint8 {
      if let largest = bytes.max(), Double(largest) > full {
        throw DataError(path, fullScale: full, exceededBy: Double(largest))
      }
      let levels = ByteLevels(full)
      return NumericArray(bytes.map { levels[$0] }, shape: shape)
    }
    let values = floats()
    if let beyond = values.first(where: { Double($0) > full }) {
      throw DataError(path, fullScale: full, exceededBy: Double(beyond))
    }
    return NumericArray(values.map { $0 / Float(full) }, shape: shape)
  }
}

extension DataError {
  fileprivate init(_ path: String, fullScale: Double, exceededBy value: Double) {
    self.init(
      path,
      "holds \(ModelSummary.short(value)), which is beyond the full scale of "
        + "\(ModelSummary.short(fullScale)); --full-scale takes the stored number that stands for 1"
    )
  }
}

/// What bytes become: round(255 · v/full).
struct ByteLevels {
  private let levels: [UInt8]

  init(_ full: Double) {
    levels = (0...255).map { UInt8(min(255, (255 * Double($0) / full).rounded())) }
  }

  subscript(byte: UInt8) -> UInt8 { levels[Int(byte)] }
}

extension PixelImage {
  /// The samples over a full scale, as the nearest of 255 levels.
  ///
  /// - Throws: `FormatError` naming a sample beyond the full scale.
  func scaled(toFullScale full: Double, file: String) throws(FormatError) -> PixelImage {
    guard full <= 255 else {
      throw FormatError(
        file: file,
        reason: "its samples of 8 bits cannot reach the full scale of \(ModelSummary.short(full))")
    }
    if let largest = pixels.max(), Double(largest) > full {
      throw FormatError(
        file: file, reason: PNG.beyondFullScale(Int(largest), ModelSummary.short(full)))
    }
    let levels = ByteLevels(full)
    return PixelImage(
      width: width, height: height, channels: channels, pixels: pixels.map { levels[$0] })
  }
}

extension DataSource {
  /// Whether this is a CSV file.
  ///
  /// - Throws: `FormatError` if it cannot be looked at.
  public var isTable: Bool {
    get throws {
      guard case .file(let path) = self else { return false }
      return try DataSource.isTable(path, TableReading())
    }
  }
}
