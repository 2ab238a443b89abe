import Formats
import Foundation
import Kernels
import Networks

/// A folder of PNG images of one size, in the order of their names.
enum ImageFolder {
  static func read(_ path: String) throws -> DataSet {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    } catch { throw DataError(path, "the folder cannot be read: \(error.localizedDescription)") }
    let files = names.filter { $0.lowercased().hasSuffix(".png") }
    guard !files.isEmpty else {
      throw DataError(path, "the folder holds no PNG images and no IDX files")
    }
    var pixels: [UInt8] = []
    var first: (name: String, image: PNGImage)?
    for name in files {
      let file = "\(path)/\(name)"
      var image = try PNG.read(file)
      if image.channels == 4 { image = try PNG.read(file, as: .rgb) }
      if let first {
        guard
          (image.width, image.height, image.channels)
            == (first.image.width, first.image.height, first.image.channels)
        else {
          throw DataError(
            file,
            "\(image.width)×\(image.height) pixels of \(image.channels) channels, but \(first.name) has "
              + "\(first.image.width)×\(first.image.height) of \(first.image.channels); "
              + "all images should be of one size")
        }
      } else {
        first = (name, image)
        let bytes = Double(files.count) * Double(image.pixels.count)
        guard Memory.holds(floats: bytes / 4) else {
          throw DataError(
            path,
            "\(files.count) images like \(name) take \(Memory.text(floats: bytes / 4)) of "
              + "memory, more than is free")
        }
        pixels.reserveCapacity(files.count * image.pixels.count)
      }
      pixels += image.pixels
    }
    guard let image = first?.image else { throw DataError(path, "the folder holds no images") }
    return try DataSet(
      bytes: pixels,
      shape: Shape(height: image.height, width: image.width, channels: image.channels), name: path)
  }
}
