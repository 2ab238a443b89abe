import Testing

@testable import Pictures

@Suite struct ImageGridTests {
  @Test func anEmptyGridIsBackground() {
    let grid = ImageGrid(rows: 2, columns: 3, imageHeight: 4, imageWidth: 5, background: 9)
    #expect(grid.width == 2 + 5 + 2 + 5 + 2 + 5 + 2)
    #expect(grid.height == 2 + 4 + 2 + 4 + 2)
    #expect(grid.pixels == [UInt8](repeating: 9, count: grid.width * grid.height))
  }

  @Test func imagesLandAtTheirPlaces() {
    var grid = ImageGrid(
      rows: 2, columns: 2, imageHeight: 1, imageWidth: 2, gap: 1, margin: 1, background: 7)
    grid.place([1, 2] as [UInt8], row: 0, column: 0)
    grid.place([3, 4] as [UInt8], row: 1, column: 1)
    #expect(grid.width == 7 && grid.height == 5)
    #expect(
      grid.pixels == [
        7, 7, 7, 7, 7, 7, 7,
        7, 1, 2, 7, 7, 7, 7,
        7, 7, 7, 7, 7, 7, 7,
        7, 7, 7, 7, 3, 4, 7,
        7, 7, 7, 7, 7, 7, 7,
      ])
  }

  @Test func magnificationRepeatsPixels() {
    var grid = ImageGrid(
      rows: 1, columns: 1, imageHeight: 2, imageWidth: 2, gap: 0, margin: 0, scale: 2)
    grid.place([1, 2, 3, 4] as [UInt8], row: 0, column: 0)
    #expect(grid.pixels == [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
  }

  @Test func channelsStayInnermost() {
    var grid = ImageGrid(
      rows: 1, columns: 2, imageHeight: 1, imageWidth: 1, channels: 3, gap: 1, margin: 0,
      background: 0)
    grid.place([1, 2, 3] as [UInt8], row: 0, column: 0)
    grid.place([4, 5, 6] as [UInt8], row: 0, column: 1)
    #expect(grid.channels == 3)
    #expect(grid.pixels == [1, 2, 3, 0, 0, 0, 4, 5, 6])
  }

  @Test func bandsAreSetApart() {
    let grid = ImageGrid(
      rows: 5, columns: 1, imageHeight: 3, imageWidth: 1, gap: 1, margin: 2, scale: 2,
      rowsPerBand: 2, bandGap: 5)
    // 2, then images of 6 with 1 inside a band and 5 between bands.
    #expect((0..<5).map(grid.top) == [2, 9, 20, 27, 38])
    #expect(grid.height == 38 + 6 + 2)
  }

  @Test func aFullLastBandHasNoGapBelow() {
    let grid = ImageGrid(
      rows: 4, columns: 1, imageHeight: 1, imageWidth: 1, gap: 0, margin: 0, rowsPerBand: 2,
      bandGap: 3)
    #expect(grid.height == 7)
  }

  @Test func valuesAreClampedAndRounded() {
    let values: [Float] = [
      0, 1, 0.5, -1, 2, .nan, .infinity, -.infinity, 0.499 / 255, 0.501 / 255, 254.4 / 255,
      254.6 / 255,
    ]
    var grid = ImageGrid(
      rows: 1, columns: 1, imageHeight: 1, imageWidth: values.count, gap: 0, margin: 0)
    grid.place(values, row: 0, column: 0)
    #expect(grid.pixels == [0, 255, 128, 0, 255, 0, 255, 0, 0, 1, 254, 255])
  }

  @Test func aSliceIsAccepted() {
    let batch: [Float] = [0, 0, 1, 1]
    var grid = ImageGrid(
      rows: 1, columns: 1, imageHeight: 1, imageWidth: 2, gap: 0, margin: 0, background: 5)
    grid.place(batch[2...], row: 0, column: 0)
    #expect(grid.pixels == [255, 255])
  }

  @Test func wrongCountsTrap() async {
    await #expect(processExitsWith: .failure) {
      var grid = ImageGrid(rows: 1, columns: 1, imageHeight: 2, imageWidth: 2)
      grid.place([1, 2, 3] as [UInt8], row: 0, column: 0)
    }
    await #expect(processExitsWith: .failure) {
      _ = ImageGrid(rows: 1, columns: 1, imageHeight: 2, imageWidth: 2, channels: 2)
    }
    await #expect(processExitsWith: .failure) {
      var grid = ImageGrid(rows: 1, columns: 1, imageHeight: 1, imageWidth: 1)
      grid.place([1] as [UInt8], row: 1, column: 0)
    }
  }
}
