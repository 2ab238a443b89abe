import Foundation
import Measurement
import Variational

/// The peak memory of training, measured in a child process, since a process's peak never falls.
enum MemoryGrowth {
  /// Starts this program again, which trains on so many examples.
  ///
  /// - Returns: mebibytes; nil where the system doesn't tell.
  static func peakOfChild(examples: Int) throws -> Double? {
    let child = Process()
    child.executableURL = Bundle.main.executableURL
    child.arguments = ["--memory-of", "\(examples)"]
    let output = Pipe()
    child.standardOutput = output
    try child.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    child.waitUntilExit()
    return Double(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// Trains `dense` for a few steps and prints the peak resident memory, nothing if it is not known.
  static func reportPeak(examples: Int) throws {
    let spec = try Workload.spec("dense")
    let count = examples * spec.data.stored.count
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
      // Knuth's multiplicative hash: bytes without a pattern, without room for random floats.
      for index in 0..<count {
        buffer.initializeElement(
          at: index, to: UInt8(truncatingIfNeeded: (index &* 2_654_435_761) >> 24))
      }
      initialised = count
    }
    let data = try DataSet(bytes: bytes, shape: spec.data.stored, name: "bytes")
    let trainer = try Trainer(try Model(spec, seed: 1), data: data)
    for batch in trainer.batches(epoch: 0).prefix(8) { _ = try trainer.step(batch) }
    if let peak = peakMebibytes { print(peak) }
  }

  // Linux: the high-water mark of this address space. `getrusage` would count the parent's too, which
  // the child shared until it started this program.
  private static var peakMebibytes: Double? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else {
      return nil
    }
    for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
      return line.split(separator: " ").compactMap { Double($0) }.first.map { $0 / 1024 }
    }
    return nil
  }
}
