import Formats
import Foundation
import Testing

/// The path of a committed fixture.
func fixture(_ name: String) throws -> String {
  let folder = try #require(Bundle.module.resourceURL)
  return folder.appendingPathComponent("Fixtures/\(name)").path
}

/// The bytes of a committed fixture.
func fixtureBytes(_ name: String) throws -> [UInt8] {
  try FileBytes.read(try fixture(name))
}

/// Runs `body` with a fresh folder, which is gone afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("formats-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// The sentence with which a reader refuses, or what it gave instead.
func sentence<Value>(_ read: () throws(FormatError) -> Value) -> String {
  do throws(FormatError) {
    return "accepted: \(try read())"
  } catch {
    return error.description
  }
}

/// Checks that a file cut short anywhere is refused, under the name that was given.
func expectEveryTruncationThrows<Value>(
  _ bytes: [UInt8], _ read: ([UInt8]) throws(FormatError) -> Value,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  for count in bytes.indices {
    do throws(FormatError) {
      _ = try read(Array(bytes[..<count]))
      Issue.record("\(count) of \(bytes.count) bytes were accepted", sourceLocation: sourceLocation)
    } catch {
      #expect(error.file == "cut", sourceLocation: sourceLocation)
      #expect(!error.reason.isEmpty, sourceLocation: sourceLocation)
    }
  }
}

/// Reads thousands of damaged copies. A trap would end the process; both answers are right.
///
/// - Parameter repair: mends check sums, so that damage reaches what they would hide.
func surviveMutations<Value>(
  _ bytes: [UInt8], count: Int = 4000, seed: UInt64, repair: ([UInt8]) -> [UInt8] = { $0 },
  _ read: ([UInt8]) throws(FormatError) -> Value
) {
  var generator = SeededGenerator(state: seed)
  var refusals = 0
  for _ in 0..<count {
    let damaged = repair(mutated(bytes, &generator))
    do throws(FormatError) {
      _ = try read(damaged)
    } catch {
      refusals += 1
    }
  }
  #expect(refusals > 0)
}

private func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
  var bytes = bytes
  for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
    let index = Int.random(in: bytes.indices, using: &generator)
    switch UInt8.random(in: 0..<8, using: &generator) {
    case 0...2: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case 3: bytes[index] = .random(in: .min ... .max, using: &generator)
    case 4: bytes[index] = [0, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
    case 5: bytes[index] = bytes.randomElement(using: &generator) ?? 0
    case 6: bytes.insert(bytes[index], at: index)
    default: bytes.remove(at: index)
    }
  }
  return bytes
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
