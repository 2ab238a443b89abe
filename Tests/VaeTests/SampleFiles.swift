import Formats
import Foundation
import Testing

/// Runs `body` with a fresh folder, which is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
    "vae-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// SplitMix64 (Steele, Lea and Flood, 2014), so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var word = state
    word = (word ^ word >> 30) &* 0xbf58_476d_1ce4_e5b9
    word = (word ^ word >> 27) &* 0x94d0_49bb_1331_11eb
    return word ^ word >> 31
  }
}

/// Small data and models, written where a test wants them.
enum SampleFiles {
  /// Images of one bright square each, as bytes.
  static func images(
    _ count: Int, height: Int, width: Int, channels: Int = 1
  ) -> NumericArray {
    var generator = SeededGenerator(state: 7)
    var bytes = [UInt8](repeating: 0, count: count * height * width * channels)
    for image in 0..<count {
      let top = Int.random(in: 0..<height - 3, using: &generator)
      let left = Int.random(in: 0..<width - 3, using: &generator)
      for y in top..<top + 4 {
        for x in (left * channels)..<(left + 4) * channels {
          bytes[(image * height + y) * width * channels + x] = .random(
            in: 128...255, using: &generator)
        }
      }
    }
    let shape = [count, height, width] + (channels == 1 ? [] : [channels])
    return NumericArray(elementType: .uint8, shape: shape, bytes: bytes)
  }

  /// Rows of numbers in [0, 1].
  static func rows(_ count: Int, _ columns: Int) -> NumericArray {
    var generator = SeededGenerator(state: 8)
    let values = (0..<count * columns).map { _ in Float.random(in: 0...1, using: &generator) }
    return NumericArray(values, shape: [count, columns])
  }

  /// A dense model of eight hidden units and two latents for 12×12 images, as JSON.
  ///
  /// - Parameter edit: pairs of texts, each first replaced by each second.
  static func description(_ edit: (String, String)...) -> String {
    var text = """
      {
        "name": "tiny",
        "data": {"height": 12, "width": 12, "channels": 1},
        "encoder": [
          {"type": "flatten"}, {"type": "dense", "outputs": 8}, {"type": "relu"},
          {"type": "batch_norm"}, {"type": "dense", "outputs": 4}
        ],
        "latent": {"dimensions": 2},
        "decoder": [
          {"type": "dense", "outputs": 8}, {"type": "relu"}, {"type": "dense", "outputs": 144},
          {"type": "reshape", "height": 12, "width": 12, "channels": 1}
        ],
        "likelihood": {"type": "bernoulli"},
        "training": {"epochs": 2, "batch_size": 16}
      }
      """
    for (old, new) in edit {
      precondition(text.contains(old), "SampleFiles.description: no \(old)")
      text = text.replacingOccurrences(of: old, with: new)
    }
    return text
  }

  /// A folder with `images.idx` (64 of 12×12), `rows.npy` (64 of 20) and a trained `model`, made once.
  static let shared: String = {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vae-shared-\(ProcessInfo.processInfo.processIdentifier)"
    ).path
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      try IDX.write(images(64, height: 12, width: 12), to: "\(folder)/images.idx")
      try NPY.write(rows(64, 20), to: "\(folder)/rows.npy")
      try description().write(toFile: "\(folder)/tiny.json", atomically: true, encoding: .utf8)
      let outcome = try Command.run([
        "train", "--data", "\(folder)/images.idx", "--config", "\(folder)/tiny.json", "--output",
        "\(folder)/model", "--threads", "1", "--no-pictures",
      ])
      precondition(outcome.status == 0, outcome.error)
    } catch { preconditionFailure("SampleFiles.shared: \(error)") }
    atexit { try? FileManager.default.removeItem(atPath: SampleFiles.shared) }
    return folder
  }()

  static var imagesFile: String { "\(shared)/images.idx" }
  static var rowsFile: String { "\(shared)/rows.npy" }
  static var configFile: String { "\(shared)/tiny.json" }
  static var modelFolder: String { "\(shared)/model" }

  /// A copy of the trained model that a test may damage.
  static func copyModel(to folder: String) throws -> String {
    let path = "\(folder)/model"
    try FileManager.default.copyItem(atPath: modelFolder, toPath: path)
    return path
  }
}

/// Writes bytes.
func write(_ bytes: [UInt8], to path: String) throws {
  try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// Writes a text.
func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

/// Every file below a folder with its bytes, to see that nothing has changed.
func contents(of folder: String) throws -> [String: Data] {
  var files: [String: Data] = [:]
  for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
    files[name] = FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data()
  }
  return files
}

/// The rows of a CSV file with a line of names, each by the columns' names.
func table(_ path: String) throws -> [[String: String]] {
  let rows = try CSV.rows(of: [UInt8](Data(contentsOf: URL(fileURLWithPath: path))), file: path)
  return rows.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(rows[0], $0)) }
}
