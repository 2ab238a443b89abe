import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct DataSourceTests {
  // Every value of a set, as the model sees it.
  static func values(_ data: DataSet) -> [Float] {
    let batch = MatrixFixture(rows: data.count, columns: data.shape.count)
    data.gather(Array(0..<data.count)[...], padding: 0, into: batch.view)
    return batch.values
  }

  static func load(_ path: String) throws -> DataSet { try DataSource(path).load(.train) }

  @Test func namesAndPathsAreToldApart() {
    #expect(DataSource("fashion-mnist") == .fashionMNIST(directory: DataSet.fashionMNISTDirectory))
    #expect(DataSource("fashion-mnist", directory: "/d") == .fashionMNIST(directory: "/d"))
    #expect(DataSource("a.npy", directory: "/d") == .file("a.npy"))
    #expect(DataSource("fashion-mnist").hasParts && !DataSource("a.npy").hasParts)
  }

  static let bytes = (0..<24).map { UInt8($0 * 10) }

  @Test(arguments: [false, true])
  func idxFilesAreReadPlainAndGzipped(compressed: Bool) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/images-idx3-ubyte\(compressed ? ".gz" : "")"
      try IDX.write(
        NumericArray(Self.bytes, shape: [2, 3, 4]), to: path, compressed: compressed)
      let data = try Self.load(path)
      #expect(data.count == 2)
      #expect(data.shape == Shape(height: 3, width: 4, channels: 1))
      #expect(Self.values(data) == Self.bytes.map { Float($0) / 255 })
      #expect(data.labels == nil)
    }
  }

  @Test func npyFilesOfTwoThreeAndFourDimensionsAreRead() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/data.npy"
      let floats = (0..<24).map { Float($0) * 0.25 - 3 }
      for (shape, expected) in [
        ([4, 6], Shape(features: 6)), ([2, 3, 4], Shape(height: 3, width: 4, channels: 1)),
        ([2, 2, 2, 3], Shape(height: 2, width: 2, channels: 3)),
      ] {
        try NPY.write(NumericArray(floats, shape: shape), to: path)
        let data = try Self.load(path)
        #expect(data.shape == expected)
        #expect(data.count == shape[0])
        #expect(Self.values(data) == floats)
      }
      // Whole numbers other than bytes are taken as they are; bytes stand for x/255.
      try NPY.write(NumericArray((0..<6).map(Int64.init), shape: [2, 3]), to: path)
      #expect(Self.values(try Self.load(path)) == [0, 1, 2, 3, 4, 5])
      try NPY.write(NumericArray([UInt8(0), 51, 255, 102], shape: [2, 2]), to: path)
      #expect(Self.values(try Self.load(path)) == [0, 0.2, 1, 0.4])
    }
  }

  @Test func npyFilesThatAreNotDataAreRefused() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/data.npy"
      for (shape, rank) in [([24], 1), ([1, 2, 3, 2, 2], 5)] {
        try NPY.write(
          NumericArray((0..<24).map(Float.init), shape: shape), to: path)
        #expect(
          sentence { try Self.load(path) }
            == "\(path): an array of \(rank) dimensions \(shape) is not data; it should be "
            + "[examples, features], [examples, height, width] or "
            + "[examples, height, width, channels]")
      }
      try NPY.write(NumericArray([Float](), shape: [0, 3]), to: path)
      #expect(
        sentence { try Self.load(path) } == "\(path): the array's shape [0, 3] holds no examples")
      try NPY.write(NumericArray([Float(1), .nan, 3, 4], shape: [2, 2]), to: path)
      #expect(
        sentence { try Self.load(path) }
          == "\(path): example 0, value 1 is nan; every value should be a finite number")
      // A double that no float holds becomes infinite.
      try NPY.write(NumericArray([1e300, 0], shape: [1, 2]), to: path)
      #expect(throws: DataError.self) { try Self.load(path) }
    }
  }

  @Test(arguments: ["data", "images", "x", "whatever"])
  func npzFilesNameTheirArrays(_ name: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/data.npz"
      let images = NumericArray(Self.bytes, shape: [4, 6])
      try NPZ.write([(name, images)], to: path)
      #expect(Self.values(try Self.load(path)) == Self.bytes.map { Float($0) / 255 })
      for labelName in ["labels", "y"] where name != "whatever" {
        try NPZ.write(
          [(labelName, NumericArray([Int64(3), 0, 7, 3])), (name, images)], to: path,
          compressed: true)
        let data = try Self.load(path)
        #expect(data.labels == [3, 0, 7, 3])
        #expect(data.shape == Shape(features: 6))
      }
    }
  }

  @Test func npzFilesThatCannotBeUsedAreRefused() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/data.npz"
      let array = NumericArray(Self.bytes, shape: [4, 6])
      try NPZ.write([("a", array), ("b", array)], to: path)
      #expect(
        sentence { try Self.load(path) }
          == "\(path): holds the arrays [\"a\", \"b\"]; the data should be called \"data\", "
          + "\"images\" or \"x\", or be the only one")
      try NPZ.write([("x", array), ("y", NumericArray([Int64(1)]))], to: path)
      #expect(sentence { try Self.load(path) } == "\(path): 1 labels for 4 examples")
      for (label, text) in [(Float.nan, "nan"), (.infinity, "inf"), (1e30, "1e+30")] {
        try NPZ.write([("x", array), ("y", NumericArray([0, 1, label, 1]))], to: path)
        #expect(
          sentence { try Self.load(path) }
            == "\(path): label 2 is \(text); labels should be whole numbers from 0 to 65535")
      }
    }
  }

  @Test func whatIsNoFileOrNoFormatIsSaid() throws {
    #expect(
      sentence { try Self.load("/nonexistent/file.npy") }
        == "/nonexistent/file.npy: there is no such file; --data takes \"fashion-mnist\" or a file "
        + "in CSV, IDX, NPY or NPZ format")
    try withTemporaryFolder { folder in
      let path = "\(folder)/data.txt"
      try AtomicFile.write([Array("words\n".utf8)], to: path)
      #expect(
        sentence { try Self.load(path) }
          == "\(path): this is neither CSV nor IDX (plain or gzipped) nor NPY nor NPZ: it begins with the "
          + "bytes [119, 111, 114, 100, 115, 10]")
      try AtomicFile.write([[]], to: path)
      #expect(throws: (any Error).self) { try Self.load(path) }
    }
  }

  @Test func aFolderWithIDXFilesIsReadAsThose() throws {
    try withTemporaryFolder { folder in
      try IDX.write(
        NumericArray(Self.bytes, shape: [2, 3, 4]), to: "\(folder)/train-images-idx3-ubyte.gz",
        compressed: true)
      #expect(try Self.load(folder).count == 2)
    }
  }
}
