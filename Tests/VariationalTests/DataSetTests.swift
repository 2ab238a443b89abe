import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct DataSetTests {
  static let image = Shape(height: 3, width: 4, channels: 2)

  static func bytes(_ count: Int, labels: Bool = false) throws -> DataSet {
    var generator = SeededGenerator(state: 1)
    return try DataSet(
      bytes: generator.bytes(count * image.count), shape: image,
      labels: labels ? (0..<count).map { $0 % 3 } : nil)
  }

  @Test func everyByteIsTheNearestFloatToItsFraction() throws {
    let data = try DataSet(bytes: Array(0...255), shape: Shape(features: 256))
    let batch = MatrixFixture(rows: 1, columns: 256)
    data.gather([0], padding: 0, into: batch.view)
    #expect(batch.values == (0...255).map { Float(Double($0) / 255) })
  }

  @Test(arguments: [0, 1, 2], [false, true])
  func gatherMatchesNaivePadding(padding: Int, asFloats: Bool) throws {
    var generator = SeededGenerator(state: 2)
    let (count, shape) = (5, Self.image)
    let bytes = generator.bytes(count * shape.count)
    let floats = bytes.map { Float($0) / 255 }
    let data =
      asFloats
      ? try DataSet(floats: floats, shape: shape) : try DataSet(bytes: bytes, shape: shape)
    let (height, width) = (shape.height + 2 * padding, shape.width + 2 * padding)
    let indices = [4, 0, 0, 3]
    // Whatever was in the batch before is overwritten.
    let size = height * width * shape.channels
    let batch = MatrixFixture(
      rows: indices.count, columns: size, [Float](repeating: .nan, count: indices.count * size))
    data.gather(([9, 9] + indices)[2...], padding: ImagePadding(padding), into: batch.view)
    for (row, index) in indices.enumerated() {
      for y in 0..<height {
        for x in 0..<width {
          for c in 0..<shape.channels {
            let (sy, sx) = (y - padding, x - padding)
            let isInside = (0..<shape.height).contains(sy) && (0..<shape.width).contains(sx)
            let expected =
              isInside
              ? floats[index * shape.count + (sy * shape.width + sx) * shape.channels + c] : 0
            #expect(batch.view[row, (y * width + x) * shape.channels + c] == expected)
          }
        }
      }
    }
  }

  @Test func subsetsShareValuesAndNest() throws {
    let data = try Self.bytes(10, labels: true)
    let outer = data.subset([7, 2, 9, 2])
    let inner = outer.subset([3, 0])
    #expect(inner.count == 2)
    #expect(inner.labels == [2, 1])
    let (a, b) = (MatrixFixture(rows: 2, columns: 24), MatrixFixture(rows: 2, columns: 24))
    inner.gather([0, 1], padding: 0, into: a.view)
    data.gather([2, 7], padding: 0, into: b.view)
    #expect(a.values == b.values)
    let row = MatrixFixture(rows: 1, columns: 24)
    inner.copyExample(1, into: row.arena.vector)
    #expect(row.values == Array(b.values.suffix(24)))
    #expect(data.prefix(3).count == 3)
    #expect(data.prefix(100).count == 10)
  }

  @Test(arguments: [2, 3, 10, 101], [0.01, 0.1, 0.5, 0.99])
  func splitIsDisjointAndComplete(count: Int, fraction: Double) throws {
    let data = try DataSet(
      floats: (0..<count).map(Float.init), shape: Shape(features: 1), labels: Array(0..<count))
    let (rest, heldOut) = try data.split(holdingOut: fraction, seed: 5)
    let (a, b) = (try #require(rest.labels), try #require(heldOut.labels))
    #expect(Set(a).isDisjoint(with: b))
    #expect(Set(a + b) == Set(0..<count))
    #expect(rest.count >= 1 && heldOut.count >= 1)
    let wanted = min(max(1, Int((Double(count) * fraction).rounded())), count - 1)
    #expect(heldOut.count == wanted)
    // The order of the data is kept, and the seed decides.
    #expect(a == a.sorted() && b == b.sorted())
    #expect(try data.split(holdingOut: fraction, seed: 5).heldOut.labels == b)
  }

  @Test func theLastExamplesCanBeHeldOut() throws {
    let data = try DataSet(
      floats: (0..<7).map(Float.init), shape: Shape(features: 1), labels: Array(0..<7),
      name: "rows")
    let (rest, heldOut) = try data.split(holdingOutLast: 3)
    #expect(rest.labels == [0, 1, 2, 3] && heldOut.labels == [4, 5, 6])
    for count in [0, 7, 8] {
      #expect(
        sentence { try data.split(holdingOutLast: count) }
          == "rows: of its 7 examples \(count) cannot be held out for validation")
    }
  }

  @Test func splitDependsOnTheSeed() throws {
    let data = try DataSet(
      floats: (0..<100).map(Float.init), shape: Shape(features: 1), labels: Array(0..<100))
    let splits = try (0..<5).map { try data.split(holdingOut: 0.3, seed: $0).heldOut.labels }
    #expect(Set(splits.map { $0! }).count == 5)
  }

  @Test func oneExampleCannotBeSplit() throws {
    let data = try DataSet(floats: [1], shape: Shape(features: 1), name: "rows")
    #expect(
      sentence { try data.split(holdingOut: 0.5, seed: 1) }
        == "rows: one example cannot be split into training and validation")
  }

  @Test func sizesAreChecked() {
    let shape = Self.image
    #expect(
      sentence { try DataSet(bytes: [], shape: shape, name: "pictures") }
        == "pictures: there are no examples")
    #expect(
      sentence { try DataSet(bytes: [1, 2, 3], shape: shape, name: "pictures") }
        == "pictures: 3 values are not a whole number of examples of 3×4×2 = 24")
    #expect(
      sentence {
        try DataSet(floats: [1, 2], shape: Shape(features: 1), labels: [0], name: "rows")
      } == "rows: 1 labels for 2 examples")
    #expect(
      sentence {
        try DataSet(floats: [1, 2], shape: Shape(features: 1), labels: [0, -1], name: "rows")
      } == "rows: the label of example 1 is -1; classes are counted from 0")
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func valuesThatAreNotNumbersAreRefused(_ value: Float) {
    let floats: [Float] = [0, 1, 2, 3, value, 5]
    #expect(
      sentence { try DataSet(floats: floats, shape: Shape(features: 3), name: "rows") }
        == "rows: example 1, value 1 is \(value); every value should be a finite number")
  }

  @Test func shapesAreCheckedAgainstTheModel() throws {
    let data = try Self.bytes(2)
    #expect(
      sentence { try data.check(against: .dense()) }
        == "data: its examples are 3×4×2, but the model \"dense\" takes 28×28×1")
    // A flat model takes images of its size: a table is a table.
    try data.check(against: .dense(for: Shape(features: 24)))
    #expect(throws: DataError.self) { try data.check(against: .dense(for: Shape(features: 25))) }
    // An image model does not take rows.
    let rows = try randomBytes(1, Shape(features: 784))
    #expect(throws: DataError.self) { try rows.check(against: .dense()) }
  }

  @Test func rangesAreCheckedAgainstTheLikelihood() throws {
    let flat = Shape(features: 10)
    let wide = try DataSet(floats: (0..<10).map { Float($0) - 2 }, shape: flat, name: "rows")
    #expect(
      sentence { try wide.check(against: .smallDense()) }
        == "rows: values from -2.0 to 7.0 do not fit a Bernoulli likelihood, "
        + "which takes 0 to 1; scale the data (use (x + 2)/9), or use a Gaussian likelihood")
    try wide.check(against: .smallDense(likelihood: .gaussian(.shared)))
    let edges = try DataSet(floats: [0, 1, 0, 1, 0, 1, 0, 1, 0, 1], shape: flat)
    try edges.check(against: .smallDense())
  }

  @Test func aSubsetIsJudgedByItsOwnValues() throws {
    let flat = Shape(features: 2)
    let data = try DataSet(floats: [0, 1, 5, 5, 0.5, 0.5], shape: flat)
    let spec = ModelSpec.dense(for: flat, latents: 1)
    #expect(throws: DataError.self) { try data.check(against: spec) }
    try data.subset([0, 2]).check(against: spec)
  }
}
