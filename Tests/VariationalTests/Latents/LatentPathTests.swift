import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct LatentPathTests {
  private static func length(_ row: [Float]) -> Double {
    row.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  @Test(arguments: LatentPath.allCases)
  func theEndsAreTheGivenOnes(_ path: LatentPath) throws {
    var generator = SeededGenerator(state: 2)
    for latents in [1, 2, 20] {
      let (a, b) = (generator.normals(latents).map(abs), generator.normals(latents).map(abs))
      for steps in [2, 3, 10] {
        let points = try path.points(from: a, to: b, steps: steps)
        #expect(points.rows == steps && points.row(0) == a && points.row(steps - 1) == b)
      }
    }
  }

  @Test func linearPointsAreEvenlySpaced() throws {
    let points = try LatentPath.linear.points(from: [0, 4], to: [8, 0], steps: 5)
    #expect(points.elements == [0, 4, 2, 3, 4, 2, 6, 1, 8, 0])
  }

  @Test func sphericalPointsByHand() throws {
    // A quarter circle in three steps of 30°, lengths 1, 2, 3, 4.
    let points = try LatentPath.spherical.points(from: [1, 0], to: [0, 4], steps: 4)
    for step in 0..<4 {
      let angle = Double(step) * .pi / 6
      let length = Double(step + 1)
      // One rounding to float of each coordinate.
      #expect(abs(Double(points[step, 0]) - length * cos(angle)) <= 0x1p-22)
      #expect(abs(Double(points[step, 1]) - length * sin(angle)) <= 0x1p-22)
    }
  }

  @Test func sphericalLengthsAndAnglesAreEven() throws {
    var generator = SeededGenerator(state: 3)
    let (a, b) = (generator.normals(30), generator.normals(30))
    let points = try LatentPath.spherical.points(from: a, to: b, steps: 9)
    let (first, last) = (Self.length(a), Self.length(b))
    var cosines: [Double] = []
    for step in 0..<9 {
      let t = Double(step) / 8
      let length = Self.length(points.row(step))
      // Thirty squares of floats, each rounded once.
      #expect(abs(length - ((1 - t) * first + t * last)) <= 0x1p-20)
      if step > 0 {
        let product = zip(points.row(step - 1), points.row(step)).reduce(0) {
          $0 + Double($1.0) * Double($1.1)
        }
        cosines.append(product / length / Self.length(points.row(step - 1)))
      }
    }
    for cosine in cosines { #expect(abs(cosine - cosines[0]) <= 0x1p-20) }
  }

  @Test func limitsOfTheSphericalPath() throws {
    // The same direction, and the origin: the straight line.
    let along = try LatentPath.spherical.points(from: [1, 1], to: [3, 3], steps: 3)
    #expect(along.row(1) == [2, 2])
    let origin = try LatentPath.spherical.points(from: [0, 0], to: [3, 1], steps: 3)
    #expect(origin.row(1) == [1.5, 0.5])
    #expect(
      sentence { try LatentPath.spherical.points(from: [1, -2], to: [-2, 4], steps: 3) }
        .contains("opposite"))
    #expect(try LatentPath.linear.points(from: [1], to: [-1], steps: 3).row(1) == [0])
    // Nearly the same direction: no division by a vanishing sine.
    let near = try LatentPath.spherical.points(from: [1, 0], to: [1, 1e-5], steps: 3)
    #expect(abs(near[1, 0] - 1) <= 0x1p-22 && abs(near[1, 1] - 0.5e-5) <= 1e-9)
  }
}
