// Files to pixels, several at a time.

import Formats
import Kernels
import Synchronization

/// An image as the set wants it.
struct DecodedImage: Sendable {
  var image: PixelImage
  /// The largest sample of a file with 16 bits, which became 8; nil for others.
  var largestWideSample: Int?
}

/// Reads one image and makes it what the set wants.
struct ImageDecoder: Sendable {
  let reading: ImageReading
  /// The stored sample that stands for 1, nil for the largest there can be.
  let fullScale: Double?

  /// Reads a PNG or JPEG file, whichever it is by its content; opacity is laid over white.
  func read(_ path: String) throws(FormatError) -> DecodedImage {
    let bytes = try FileBytes.read(path)
    var image: PixelImage
    var largestWideSample: Int?
    if bytes.starts(with: PNG.signature) {
      (image, largestWideSample) = try PNG.decodeWithDepth(
        bytes, file: path, as: .opaque, fullScale: fullScale.map { Int($0) })
      // Whoever gave a full scale knows of the bits.
      if fullScale != nil { largestWideSample = nil }
    } else if bytes.starts(with: JPEG.signature) {
      image = try JPEG.decode(bytes, file: path)
      if let fullScale { image = try image.scaled(toFullScale: fullScale, file: path) }
    } else {
      throw FormatError(
        file: path,
        reason: bytes.isEmpty
          ? "the file is empty"
          : "this is neither PNG nor JPEG: it begins with the bytes \(Array(bytes.prefix(4)))")
    }
    switch reading.colors {
    case .grey: image = image.grey()
    case .rgb: image = image.rgb()
    case nil: break
    }
    if let size = reading.size { image = image.fitted(height: size.height, width: size.width) }
    return DecodedImage(image: image, largestWideSample: largestWideSample)
  }

  /// Reads several images, shared out among the workers of a pool.
  ///
  /// - Returns: one result a path, in the order of the paths
  func read(_ paths: [String], _ pool: WorkerPool) -> [Result<DecodedImage, FormatError>] {
    let block = Block(decoder: self, paths: paths)
    pool.run(block) { block, _ in block.work() }
    return block.results.withLock { $0 }.compactMap { $0 }
  }

  // Images differ in size, so workers take the next one that nobody has.
  private final class Block: Sendable {
    let decoder: ImageDecoder
    let paths: [String]
    let next = Atomic<Int>(0)
    let results: Mutex<[Result<DecodedImage, FormatError>?]>

    init(decoder: ImageDecoder, paths: [String]) {
      self.decoder = decoder
      self.paths = paths
      results = Mutex([Result<DecodedImage, FormatError>?](repeating: nil, count: paths.count))
    }

    func work() {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < paths.count else { return }
        let result: Result<DecodedImage, FormatError>
        do throws(FormatError) {
          result = .success(try decoder.read(paths[index]))
        } catch { result = .failure(error) }
        results.withLock { $0[index] = result }
      }
    }
  }
}
