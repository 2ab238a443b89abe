import Formats
import Networks
import Testing

@testable import Variational

@Suite struct ArrayLayoutTests {
  /// [n, c, h, w] whose values tell their place, and the same as [n, h, w, c].
  private func arrays(
    _ n: Int, _ c: Int, _ h: Int, _ w: Int
  ) -> (first: NumericArray, last: NumericArray) {
    func value(_ i: Int, _ y: Int, _ x: Int, _ k: Int) -> Float {
      Float(((i * 50 + y) * 50 + x) * 50 + k)
    }
    var (first, last): ([Float], [Float]) = ([], [])
    for i in 0..<n {
      for k in 0..<c { for y in 0..<h { for x in 0..<w { first.append(value(i, y, x, k)) } } }
      for y in 0..<h { for x in 0..<w { for k in 0..<c { last.append(value(i, y, x, k)) } } }
    }
    return (NumericArray(first, shape: [n, c, h, w]), NumericArray(last, shape: [n, h, w, c]))
  }

  @Test(arguments: [1, 2, 3, 4])
  func channelsAreMovedBehindThePixels(channels: Int) {
    let (first, last) = arrays(2, channels, 6, 5)
    #expect(first.withChannelsLast() == last)
    // Elements of one byte and of eight.
    let bytes = NumericArray([UInt8]((0..<24).map { $0 }), shape: [1, 2, 3, 4])
    #expect(
      bytes.withChannelsLast()
        == NumericArray(
          [UInt8]((0..<12).flatMap { [UInt8($0), UInt8($0 + 12)] }), shape: [1, 3, 4, 2]))
    let wide = NumericArray((0..<4).map(Int64.init), shape: [1, 2, 1, 2])
    #expect(
      wide.withChannelsLast() == NumericArray([0, 2, 1, 3].map(Int64.init), shape: [1, 1, 2, 2]))
  }

  @Test(arguments: [[16, 3, 32, 32], [2, 1, 28, 28], [5, 4, 60, 80], [9, 2, 5, 6]])
  func arraysThatLookLikeChannelsFirstAreAskedAbout(_ sizes: [Int]) throws {
    let reading = DataReading()
    let refusal = sentence { try reading.layout(of: sizes, path: "x.npy").layout }
    #expect(refusal.hasPrefix("x.npy: the array \(sizes) looks like [examples, channels, height,"))
    #expect(refusal.contains("--layout nchw") && refusal.contains("--layout nhwc"))
    var tolerant = reading
    tolerant.refusesDoubtfulLayout = false
    let (layout, doubt) = try tolerant.layout(of: sizes, path: "x.npy")
    #expect(layout == .nhwc && doubt == refusal)
    // Whoever says it is not asked.
    for layout in ArrayLayout.allCases {
      var told = reading
      told.layout = layout
      let (chosen, note) = try told.layout(of: sizes, path: "x.npy")
      #expect(chosen == layout && note == nil)
    }
  }

  @Test(
    arguments: [
      [16, 32, 32, 3], [2, 28, 28, 1], [16, 784], [16, 28, 28], [5, 60, 80, 4], [2, 2, 2, 3],
      [4, 4, 4, 64], [10, 3, 4, 3],
    ])
  func otherArraysAreReadAsTheyStand(_ sizes: [Int]) throws {
    let (layout, doubt) = try DataReading().layout(of: sizes, path: "x.npy")
    #expect(layout == .nhwc && doubt == nil)
  }

  @Test func whatFitsTheModelDecides() throws {
    var reading = DataReading()
    reading.expectedShape = Shape(height: 32, width: 24, channels: 3)
    let (layout, note) = try reading.layout(of: [7, 3, 32, 24], path: "x.npy")
    #expect(layout == .nchw)
    #expect(note?.contains("is read as [examples, channels, height, width]") == true)
    // A model that was trained on it as it stands goes on so.
    reading.expectedShape = Shape(height: 3, width: 32, channels: 24)
    let (kept, none) = try reading.layout(of: [7, 3, 32, 24], path: "x.npy")
    #expect(kept == .nhwc && none == nil)
    // One that fits neither way is still asked about.
    reading.expectedShape = Shape(height: 28, width: 28, channels: 1)
    #expect(throws: DataError.self) { try reading.layout(of: [7, 3, 32, 24], path: "x.npy") }
  }

  @Test(arguments: ["npy", "npz", "idx", "mapped"])
  func filesAreReadInTheLayoutThatIsGiven(_ kind: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.\(kind)"
      let (first, last) = arrays(3, 3, 6, 5)
      switch kind {
      case "npz": try NPZ.write([("x", first)], to: path)
      case "idx": try IDX.write(first, to: path)
      default: try NPY.write(first, to: path)
      }
      var reading = DataReading()
      if kind == "mapped" { reading.memoryLimit = 0 }
      #expect(throws: DataError.self) { try DataSource(path).load(.train, reading) }
      reading.layout = .nchw
      let data = try DataSource(path).load(.train, reading)
      #expect(data.shape == Shape(height: 6, width: 5, channels: 3))
      #expect(DataSourceTests.values(data) == last.floats())
      reading.layout = .nhwc
      let asItStands = try DataSource(path).load(.train, reading)
      #expect(asItStands.shape == Shape(height: 3, width: 6, channels: 5))
      #expect(DataSourceTests.values(asItStands) == first.floats())
    }
  }
}
