import Networks
import Testing

@testable import Variational

@Suite struct DataSetClassesTests {
  private static func data(named: Bool = true) throws -> DataSet {
    try DataSet(
      floats: (0..<6).map(Float.init), shape: Shape(features: 1), labels: [0, 1, 2, 1, 0, 2],
      classNames: named ? ["Shirt", "Bag", "Ankle boot"] : [], name: "set")
  }

  @Test func classesAreSelectedByNameAndNumber() throws {
    let data = try Self.data()
    func values(_ set: DataSet) -> [Float] { DataSourceTests.values(set) }
    #expect(values(try data.selectingClasses(only: ["bag"])) == [1, 3])
    #expect(values(try data.selectingClasses(only: ["2", "Bag"])) == [1, 2, 3, 5])
    #expect(values(try data.selectingClasses(excluding: ["ankle boot"])) == [0, 1, 3, 4])
    #expect(values(try data.selectingClasses(only: ["0", "1"], excluding: ["Bag"])) == [0, 4])
    #expect(try data.selectingClasses(excluding: ["1"]).labels == [0, 2, 0, 2])
    #expect(try data.selectingClasses().count == 6)
  }

  @Test func unknownClassesAreRefusedWithTheKnownOnes() throws {
    let data = try Self.data()
    #expect(
      sentence { try data.selectingClasses(only: ["Shir"]) }.contains("did you mean \"Shirt\""))
    #expect(sentence { try data.classNumber("3") }.contains("Ankle boot"))
    #expect(sentence { try Self.data(named: false).classNumber("7") }.contains("0, 1, 2"))
    #expect(
      sentence { try data.selectingClasses(only: ["Bag"], excluding: ["Bag"]) }
        .contains("no example is left"))
    let bare = try DataSet(floats: [1, 2], shape: Shape(features: 1), name: "bare")
    #expect(sentence { try bare.selectingClasses(excluding: ["1"]) }.contains("have no classes"))
    #expect(bare.examples(ofClasses: [0]).isEmpty)
  }
}
