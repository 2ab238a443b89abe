import Networks
import Testing

@Suite struct ShapeTests {
  @Test func countsAreProducts() {
    let shape = Shape(height: 28, width: 20, channels: 3)
    #expect(shape.pixels == 560 && shape.count == 1680 && !shape.isFlat)
    #expect(shape.description == "28×20×3")
    #expect(Shape(features: 784).description == "784" && Shape(features: 784).isFlat)
    #expect(Shape(features: 5) == Shape(height: 1, width: 1, channels: 5))
  }

  @Test func sizesThatAreNotPositiveTrap() async {
    await #expect(processExitsWith: .failure) { _ = Shape(height: 0, width: 2, channels: 2) }
  }

  @Test func errorsSayTheirPlace() {
    #expect(SpecError("encoder.3", "it does not fit").description == "encoder.3: it does not fit")
  }
}
