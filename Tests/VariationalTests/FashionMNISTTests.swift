import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct FashionMNISTTests {
  static let isInstalled = [
    "train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1",
  ]
  .allSatisfy {
    FileManager.default.fileExists(atPath: "\(DataSet.fashionMNISTDirectory)/\($0)-ubyte.gz")
  }

  @Test(
    .enabled(if: isInstalled, "Fashion-MNIST is not installed (Debian's dataset-fashion-mnist)"),
    arguments: [(DataSet.Part.train, 60_000), (.test, 10_000)])
  func installedSetHasItsPublishedCounts(_ part: DataSet.Part, _ count: Int) throws {
    let data = try DataSource("fashion-mnist").load(part)
    #expect(data.count == count)
    #expect(data.shape == Shape(height: 28, width: 28, channels: 1))
    #expect(data.name == "fashion-mnist (\(part.rawValue))")
    let labels = try #require(data.labels)
    // Ten classes of equal size (Xiao, Rasul and Vollgraf, section 2).
    for label in 0..<10 { #expect(labels.count { $0 == label } == count / 10) }
    #expect(data.classNames.count == 10)
    try data.check(against: .fashion())
  }

  @Test(
    .enabled(if: isInstalled, "Fashion-MNIST is not installed (Debian's dataset-fashion-mnist)"))
  func firstGarmentsAreAnAnkleBootAndATShirt() throws {
    let data = try DataSet.fashionMNIST(.train)
    #expect(
      data.labels?.prefix(3).map { data.classNames[$0] } == [
        "Ankle boot", "T-shirt/top", "T-shirt/top",
      ])
    // The mean of all training pixels, a published constant: 0.2860 (of x/255).
    guard case .bytes(let bytes) = data.storage else {
      Issue.record("pixels should stay bytes")
      return
    }
    let mean = Double(bytes.reduce(0) { $0 + Int($1) }) / Double(bytes.count) / 255
    #expect(abs(mean - 0.2860) < 5e-5)
  }

  @Test func anotherFolderWithPlainFilesServes() throws {
    try withTemporaryFolder { folder in
      try IDX.write(
        NumericArray([UInt8](repeating: 7, count: 2 * 28 * 28), shape: [2, 28, 28]),
        to: "\(folder)/t10k-images-idx3-ubyte")
      try IDX.write(NumericArray([UInt8(3), 9]), to: "\(folder)/t10k-labels-idx1-ubyte")
      let data = try DataSet.fashionMNIST(.test, directory: folder)
      #expect(data.labels == [3, 9])
      #expect(
        sentence { try DataSet.fashionMNIST(.train, directory: folder) }
          == "\(folder)/train-images-idx3-ubyte.gz: there is no such file; Debian's package "
          + "dataset-fashion-mnist installs it, and --data-directory names another folder")
      try IDX.write(
        NumericArray([UInt8(3), 9, 1]), to: "\(folder)/t10k-labels-idx1-ubyte")
      #expect(
        sentence { try DataSet.fashionMNIST(.test, directory: folder) }
          == "fashion-mnist (test): 3 labels for 2 examples")
      try IDX.write(
        NumericArray([Float(3), 9]), to: "\(folder)/t10k-labels-idx1-ubyte")
      #expect(
        sentence { try DataSet.fashionMNIST(.test, directory: folder) }
          == "\(folder)/t10k-labels-idx1-ubyte: labels should be a vector of bytes, "
          + "not float32 [2]")
    }
  }
}
