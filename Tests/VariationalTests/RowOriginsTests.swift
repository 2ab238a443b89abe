import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct RowOriginsTests {
  private func texts(_ column: OriginColumn, _ count: Int) -> [String] {
    (0..<count).map { column[$0] }
  }

  @Test func rowsOfATableAreCalledByTheirLines() throws {
    // A quoted line break and an empty line: the fourth row begins on line 7.
    let text = "id,size,flag\n7,1.5,a\n007,2.5,b\n\"x\ny\",0.25,a\n\n1e3,3.25,b\n"
    var reading = TableReading()
    reading.changes = SchemaChanges(columns: ["id": .init(kind: .key)])
    let table = try TableFixture.table(text, reading)
    let schema = try TableSchema(inferredFrom: table, changes: reading.changes)
    #expect(schema.columns[0].kind == .key && schema.modelled.map(\.name) == ["size", "flag"])
    let set = try schema.dataSet(from: table)
    let columns = set.originColumns()
    #expect(columns.map(\.name) == ["line", "id"])
    #expect(columns[0].values == .numbers([2, 3, 4, 7]))
    // Keys are what the file says, not what a number of it would be.
    #expect(texts(columns[1], 4) == ["7", "007", "x\ny", "1e3"])
    // Parts of parts keep them.
    let part = set.subset([3, 1, 0]).subset([2, 0])
    #expect(part.originColumns()[0].values == .numbers([2, 7]))
    #expect(texts(part.originColumns()[1], 2) == ["7", "1e3"])
    #expect(part.place(of: 1) == "line 7")
  }

  @Test func aKeyThatIsCalledLikeAnotherColumnGetsAnotherName() throws {
    var reading = TableReading()
    reading.changes = SchemaChanges(columns: ["line": .init(kind: .key), "elbo": .init(kind: .key)])
    let table = try TableFixture.table("line,elbo,size\na,b,1.5\nc,d,2.5\n", reading)
    let set = try TableSchema(inferredFrom: table, changes: reading.changes).dataSet(from: table)
    #expect(
      set.originColumns(besides: ["example", "elbo"]).map(\.name)
        == ["line", "line_key", "elbo_key"])
  }

  @Test func anArraysExamplesAreCalledByTheirNumberWhereAPartIsTaken() throws {
    let set = try DataSet(floats: [0, 1, 2, 3], shape: Shape(features: 1), labels: [0, 1, 0, 1])
    #expect(set.originColumns().isEmpty && set.place(of: 2) == "example 2")
    #expect(set.prefix(3).originColumns().isEmpty)
    let odd = try set.selectingClasses(only: ["1"])
    #expect(odd.originColumns() == [OriginColumn(name: "index", values: .numbers([1, 3]))])
  }

  @Test func imagesAreCalledByTheirFilesAlsoWhereSomeAreLeftOut() throws {
    try withTemporaryFolder { folder in
      for (name, gray) in [("b/2.png", 20), ("b/1.png", 10), ("a/9.png", 90)] {
        let path = "\(folder)/\(name)"
        try FileManager.default.createDirectory(
          atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try PNG.write(
          PNGImage(
            width: 2, height: 2, channels: 1, pixels: [UInt8](repeating: UInt8(gray), count: 4)),
          to: path)
      }
      try AtomicFile.write([[1, 2, 3]], to: "\(folder)/b/0.png")
      var reading = DataReading()
      reading.images.onError = .skip
      for path in [folder, folder + "/"] {
        let set = try DataSource(path).load(.train, reading)
        #expect(
          set.originColumns()
            == [OriginColumn(name: "file", values: .texts(["a/9.png", "b/1.png", "b/2.png"]))])
        // The pixels are those of the file that the column names.
        #expect(DataSourceTests.values(set.subset([1])) == [Float](repeating: 10.0 / 255, count: 4))
      }
    }
  }

  @Test func aKeyIsKeptByAModelsDescription() throws {
    var column = TableSchema.Column(name: "id", kind: .key)
    column.note = nil
    let schema = TableSchema(columns: [column, .init(name: "x", kind: .real)], rows: 3)
    let again = try JSONDecoder().decode(
      TableSchema.self, from: try JSONEncoder().encode(schema))
    #expect(again == schema)
    try again.validate()
    // It may be left out of a later file.
    let set = try schema.dataSet(from: try TableFixture.table("x\n1.5\n2.5\n"))
    #expect(set.originColumns().map(\.name) == ["line"])
  }
}
