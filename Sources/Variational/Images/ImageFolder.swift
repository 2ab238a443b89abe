import Formats
import Foundation
import Kernels
import Networks

/// A folder of PNG and JPEG images, in the order of their names.
///
/// All images are looked at whatever happens, so that one run tells of every file that cannot be used.
struct ImageFolder {
  private let path: String
  private let reading: DataReading
  private let listing: ImageListing
  private let decoder: ImageDecoder

  private var unusable: [FormatError] = []
  private var wide = WideSamples()

  init(_ path: String, _ reading: DataReading) throws {
    if let full = reading.fullScale, !(full == full.rounded() && 1...65_535 ~= full) {
      throw DataError(
        path,
        "a full scale of \(ModelSummary.short(full)) is no sample of an image; it should be a whole number "
          + "from 1 to 65535")
    }
    self.path = path
    self.reading = reading
    listing = try ImageListing(path)
    decoder = ImageDecoder(reading: reading.images, fullScale: reading.fullScale)
  }

  /// Decodes all images.
  ///
  /// - Throws: `FormatError` or `DataError` that names the files that cannot be used.
  mutating func read() throws -> DataSet {
    let files = listing.files
    let pool = try WorkerPool(
      workers: min(reading.images.threads ?? WorkerPool.processors, files.count))
    let first = try firstUsable()
    let size = first.image.pixels.count
    var store = try PixelStore(
      bytes: Double(files.count) * Double(size), limit: reading.memoryLimit)
    var labels: [Int] = []
    var names: [String] = []
    // Enough for the workers not to wait for one another, and not more than some megabytes.
    let block = max(pool.workers, min(64 * pool.workers, (64 << 20) / size))
    for start in stride(from: 0, to: files.count, by: block) {
      let part = files[start..<min(start + block, files.count)]
      for (file, result) in zip(part, decoder.read(part.map(\.path), pool)) {
        switch result {
        case .success(let decoded):
          let image = decoded.image
          try check(image, of: file.path, against: first)
          labels.append(file.label)
          names.append(String(file.path.dropFirst(path.count + 1)))
          wide.add(decoded.largestWideSample)
          if reading.images.onError == .skip || unusable.isEmpty { try store.append(image) }
        case .failure(let error): unusable.append(error)
        }
      }
    }
    if reading.images.onError == .stop && !unusable.isEmpty { throw complaint(unusable) }
    let shape = Shape(
      height: first.image.height, width: first.image.width, channels: first.image.channels)
    let hasClasses = !listing.classNames.isEmpty
    var set = try store.dataSet(
      count: labels.count, shape: shape, labels: hasClasses ? labels : nil,
      classNames: listing.classNames, name: path)
    set.origins.place = .files(names)
    for label in listing.classNames { set.classPlaces[label] = "\(path)/\(label)" }
    set.notes = listing.notes + set.notes + omissions()
    set.wideSamples = wide
    return set
  }

  // The image that says what the others should be like.
  private func firstUsable() throws -> (path: String, image: PixelImage) {
    var failures: [FormatError] = []
    for file in listing.files {
      do throws(FormatError) {
        return (file.path, try decoder.read(file.path).image)
      } catch { failures.append(error) }
    }
    throw complaint(failures)
  }

  private func check(
    _ image: PixelImage, of file: String, against first: (path: String, image: PixelImage)
  ) throws(DataError) {
    let sameSize = (image.width, image.height) == (first.image.width, first.image.height)
    guard !sameSize || image.channels != first.image.channels else { return }
    let name = first.path.dropFirst(path.count + 1)
    let remedy = sameSize ? "--color" : "--image-size"
    throw DataError(
      file,
      "\(image.width)×\(image.height) pixels of \(image.channels) channels, but \(name) has "
        + "\(first.image.width)×\(first.image.height) of \(first.image.channels); "
        + "all images should be of one \(sameSize ? "kind" : "size") (\(remedy) makes them so)")
  }

  // One file keeps its own error; several are listed.
  private func complaint(_ errors: [FormatError]) -> any Error {
    let remedy =
      errors.count < listing.files.count ? "--on-error skip leaves such images out" : nil
    if errors.count == 1, let error = errors.first {
      return FormatError(
        file: error.file, offset: error.offset,
        reason: [error.reason, remedy].compactMap { $0 }.joined(separator: "; "))
    }
    var lines = errors.prefix(20).map { "\n  \($0)" }
    if errors.count > lines.count { lines.append("\n  and \(errors.count - lines.count) more") }
    return DataError(
      path,
      "\(errors.count) of its \(listing.files.count) images cannot be used"
        + (remedy.map { " (\($0))" } ?? "") + ":" + lines.joined())
  }

  private func omissions() -> [String] {
    guard !unusable.isEmpty else { return [] }
    return unusable.map { "left out: \($0)" } + [
      "\(path): \(unusable.count) of \(listing.files.count) images were left out"
    ]
  }
}
