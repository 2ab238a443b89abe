import Formats
import Foundation
import Testing

@testable import Kernels
@testable import Networks
@testable import Variational

@Suite struct DataDigestTests {
  private let shape = Shape(height: 3, width: 2, channels: 1)

  private func bytes(_ change: (inout [UInt8]) -> Void = { _ in }) throws -> DataDigest {
    var values = (0..<60).map { UInt8($0) }
    change(&values)
    return try DataSet(bytes: values, shape: shape).digest
  }

  @Test func everyValueCounts() throws {
    let whole = try bytes()
    for index in 0..<60 {
      let other = try bytes { $0[index] ^= 0x80 }
      #expect(other.difference(from: whole) == "other values")
    }
    #expect(try bytes { $0.swapAt(0, 59) }.difference(from: whole) == "other values")
    #expect(try bytes().difference(from: whole) == nil)
  }

  @Test func theFirstDifferenceIsTold() throws {
    let bytes = [UInt8](repeating: 7, count: 24)
    func digest(_ labels: [Int]?, _ names: [String] = []) throws -> DataDigest {
      try DataSet(bytes: bytes, shape: shape, labels: labels, classNames: names).digest
    }
    let known = try digest([0, 1, 0, 1], ["cat", "dog"])
    #expect(
      try digest([0, 1, 0, 1], ["cat", "x"]).difference(from: known)
        == "a class 1 called \"x\", not \"dog\"")
    #expect(
      try digest([0, 1, 0, 1], ["cat"]).difference(from: known)
        == "names of 1 classes, not of 2")
    #expect(
      try digest([0, 1, 1, 1], ["cat", "dog"]).difference(from: known)
        == "other classes of the same examples")
    #expect(
      try digest(nil, ["cat", "dog"]).difference(from: known)
        == "no classes, which the others had")
    #expect(
      try DataSet(bytes: Array(bytes.dropLast(6)), shape: shape).digest
        .difference(from: try digest(nil)) == "3 examples, not 4")
    #expect(
      try DataSet(bytes: bytes, shape: Shape(features: 6)).digest.difference(from: try digest(nil))
        == "examples of 1×1×6, not 3×2×1")
  }

  @Test func aPartHasTheDigestOfItsExamples() throws {
    let values = (0..<60).map { UInt8($0) }
    let whole = try DataSet(bytes: values, shape: shape)
    let some = try DataSet(bytes: Array(values[6..<12] + values[48..<54]), shape: shape)
    #expect(whole.subset([1, 8]).digest == some.digest)
    #expect(whole.subset(Array(0..<10)).digest == whole.digest)
    #expect(whole.subset([8, 1]).digest != some.digest)
  }

  /// The same numbers, wherever they lie.
  @Test(arguments: ["<u1", "<f4", "<f8", ">f8", "<i2"])
  func mappedDataHaveTheDigestOfDataInMemory(type: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.npy"
      let width = Int(type.suffix(1)) ?? 1
      var content: [UInt8] = []
      for index in 0..<60 {
        let word: UInt64 =
          switch type.dropFirst() {
          case "f4": UInt64((Float(index) / 64).bitPattern)
          case "f8": (Double(index) / 64).bitPattern
          default: UInt64(index)
          }
        var bytes: [UInt8] = (0..<width).map { UInt8(truncatingIfNeeded: word >> (8 * UInt64($0))) }
        if type.hasPrefix(">") { bytes.reverse() }
        content += bytes
      }
      let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (10, 6), }"
      let text = header + String(repeating: " ", count: 117 - header.count) + "\n"
      let magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0]
      try AtomicFile.write([magic, Array(text.utf8), content], to: path)
      var mapping = DataReading()
      mapping.memoryLimit = 0
      let mapped = try DataSource(path).load(.train, mapping)
      guard case .mapped = mapped.storage else {
        Issue.record("\(type) was read into memory")
        return
      }
      let read = try DataSource(path).load(.train)
      #expect(mapped.digest == read.digest)
      #expect(mapped.subset([3, 4, 9]).digest == read.subset([3, 4, 9]).digest)
    }
  }
}
