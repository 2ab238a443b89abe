// Files to pixels, several at a time.

import Formats
import Kernels
import Synchronization

/// Reads one image and makes it what the set wants.
struct ImageDecoder: Sendable {
  let reading: ImageReading

  /// Reads a PNG or JPEG file, whichever it is by its content; opacity is laid over white.
  func read(_ path: String) throws(FormatError) -> PixelImage {
    let bytes = try FileBytes.read(path)
    var image: PixelImage
    if bytes.starts(with: PNG.signature) {
      image = try PNG.decode(bytes, file: path)
      if image.channels == 4 { image = try PNG.decode(bytes, file: path, as: .rgb) }
    } else if bytes.starts(with: JPEG.signature) {
      image = try JPEG.decode(bytes, file: path)
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
    return reading.size.map { image.fitted(height: $0.height, width: $0.width) } ?? image
  }

  /// Reads several images, shared out among the workers of a pool.
  ///
  /// - Returns: one result a path, in the order of the paths
  func read(_ paths: [String], _ pool: WorkerPool) -> [Result<PixelImage, FormatError>] {
    let block = Block(decoder: self, paths: paths)
    pool.run(block) { block, _ in block.work() }
    return block.results.withLock { $0 }.compactMap { $0 }
  }

  // Images differ in size, so workers take the next one that nobody has.
  private final class Block: Sendable {
    let decoder: ImageDecoder
    let paths: [String]
    let next = Atomic<Int>(0)
    let results: Mutex<[Result<PixelImage, FormatError>?]>

    init(decoder: ImageDecoder, paths: [String]) {
      self.decoder = decoder
      self.paths = paths
      results = Mutex([Result<PixelImage, FormatError>?](repeating: nil, count: paths.count))
    }

    func work() {
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < paths.count else { return }
        let result: Result<PixelImage, FormatError>
        do throws(FormatError) {
          result = .success(try decoder.read(paths[index]))
        } catch { result = .failure(error) }
        results.withLock { $0[index] = result }
      }
    }
  }
}
