import Testing

@testable import Kernels

@Suite struct PatchGeometryTests {
  static let geometry = PatchGeometry(
    imageHeight: 5, imageWidth: 7, channels: 3, kernelHeight: 3, kernelWidth: 2, strideHeight: 2,
    strideWidth: 3, dilationHeight: 1, dilationWidth: 2, top: 1, left: 0, gridHeight: 3,
    gridWidth: 2)

  @Test func sizesAreProducts() {
    #expect(Self.geometry.positions == 6)
    #expect(Self.geometry.patchSize == 18)
    #expect(Self.geometry.imageSize == 105)
  }

  /// Rows: pixel = 2·position + tap − 1. By hand: row 0 is tap 1 of position 0; row 1 is tap 2 of position
  /// 0 and tap 0 of position 1; and so on.
  @Test func visitsInvertTheDefinition() {
    let g = Self.geometry
    let rows = (0..<5).map { row in
      g.rowVisits[Int(g.rowStarts[row])..<Int(g.rowStarts[row + 1])].map { [Int($0.x), Int($0.y)] }
    }
    #expect(rows == [[[0, 1]], [[1, 0], [0, 2]], [[1, 1]], [[2, 0], [1, 2]], [[2, 1]]])
    // Columns: pixel = 3·position + 2·tap; pixels 1, 4 and 6 are seen by none.
    let columns = (0..<7).map { column in
      g.columnVisits[Int(g.columnStarts[column])..<Int(g.columnStarts[column + 1])]
        .map { [Int($0.x), Int($0.y)] }
    }
    #expect(columns == [[[0, 0]], [], [[0, 1]], [[1, 0]], [], [[1, 1]], []])
  }

  @Test func sizesThatAreNotPositiveTrap() async {
    await #expect(processExitsWith: .failure) {
      _ = PatchGeometry(
        imageHeight: 5, imageWidth: 7, channels: 3, kernelHeight: 3, kernelWidth: 2,
        strideHeight: 0, strideWidth: 1, dilationHeight: 1, dilationWidth: 1, top: 0, left: 0,
        gridHeight: 3, gridWidth: 2)
    }
  }
}
