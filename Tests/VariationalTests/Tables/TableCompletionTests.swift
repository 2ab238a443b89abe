import Formats
import Foundation
import Kernels
import Networks
import Testing

@testable import Variational

@Suite struct TableCompletionTests {
  private static let changes = SchemaChanges(columns: [
    "id": .init(kind: .ignore), "note": .init(kind: .ignore), "plus": .init(kind: .real),
    "big": .init(kind: .real), "exact": .init(kind: .real), "colour": .init(kind: .categorical),
  ])

  // A file's rows, all of them or some, filled with what `number` gives.
  private func filled(
    _ text: String, named name: String = "t.csv", rows: [Int]? = nil, reading: TableReading,
    gzipped: Bool = false
  ) throws -> (csv: [UInt8], schema: TableSchema) {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      try AtomicFile.write([Array(text.utf8)], to: path)
      if gzipped {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/gzip")
        process.arguments = ["-n", path]
        try process.run()
        process.waitUntilExit()
      }
      let file = gzipped ? path + ".gz" : path
      let table = try Table.read(file, reading)
      let schema = try TableSchema(inferredFrom: table, changes: reading.changes)
      let all = try schema.dataSet(from: table)
      let data = rows.map { all.subset($0) } ?? all
      let values = data.values()
      let draw = Matrix(
        rows: data.count, columns: data.shape.count, values.elements.map { $0.isNaN ? 0 : $0 })
      let bytes = try #require(
        try schema.completedCSV(
          of: data, with: draw, isMissing: values.elements.map(\.isNaN), reading))
      return (bytes, schema)
    }
  }

  private func rows(_ bytes: [UInt8], _ delimiter: UInt8) throws -> [[String]] {
    try CSV.rows(of: bytes, delimiter: delimiter, file: "filled")
  }

  @Test(arguments: [false, true]) func cellsThatAreThereAreCopiedAsPandasReadsThem(_ packed: Bool)
    throws
  {
    let fixture = try CellFixture.read().completion
    var reading = TableReading()
    reading.changes = Self.changes
    let (bytes, schema) = try filled(fixture.file, reading: reading, gzipped: packed)
    let found = try rows(bytes, UInt8(ascii: ";"))
    #expect(found[0] == fixture.columns && found.count == fixture.cells.count + 1)
    let isModelled = fixture.columns.map { name in
      schema.columns.first { $0.name == name }?.isModelled ?? false
    }
    var filledCells = 0
    for (old, new) in zip(fixture.cells, found.dropFirst()) {
      for column in old.indices {
        let isFilled =
          old[column].isEmpty && isModelled[column] && fixture.columns[column] != "flag"
        if isFilled { filledCells += 1 }
        #expect(isFilled ? !new[column].isEmpty : new[column] == old[column], "\(new[column])")
      }
    }
    // big 1, exact 1, plus 1, colour 1, size 1: as many as pandas finds empty there.
    #expect(filledCells == 5)
  }

  @Test func someRowsAreWrittenInTheFilesOrder() throws {
    let fixture = try CellFixture.read().completion
    var reading = TableReading()
    reading.changes = Self.changes
    let (bytes, _) = try filled(fixture.file, rows: [1, 4], reading: reading)
    let found = try rows(bytes, UInt8(ascii: ";"))
    #expect(found.map { $0[0] } == ["id", "A-008", "A-011"])
  }

  @Test func aFileWithoutNamesStaysWithout() throws {
    var reading = TableReading()
    reading.hasHeader = false
    let (bytes, _) = try filled("1.50\tx\n\ty\n2.25\tx\n0.75\tz\n", reading: reading)
    #expect(String(decoding: bytes, as: UTF8.self) == "1.50\tx\n1.50\ty\n2.25\tx\n0.75\tz\n")
  }

  @Test func aFileThatChangedIsNamed() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/t.csv"
      let text = "a,b\n1.5,0.5\n,2.5\n2.5,3.5\n"
      try AtomicFile.write([Array(text.utf8)], to: path)
      let table = try Table.read(path)
      let schema = try TableSchema(inferredFrom: table)
      let data = try schema.dataSet(from: table)
      let draw = Matrix<Float>(
        rows: 3, columns: data.shape.count,
        Array(repeating: 0, count: 3 * data.shape.count))
      let missing = data.values().elements.map(\.isNaN)
      for changed in ["\n" + text, "a,b\n1.5,0.5\n"] {
        try AtomicFile.write([Array(changed.utf8)], to: path)
        #expect(
          TableFixture.complaint {
            try schema.completedCSV(of: data, with: draw, isMissing: missing, TableReading())
          } == "has other rows than the 3 that were read; was it changed meanwhile?")
      }
    }
  }

  @Test func dataOfNoTableHasNoCells() throws {
    let schema = try TableFixture.schema("a,b\n1.5,0.5\n0.5,2.5\n2.5,3.5\n")
    let data = try DataSet(floats: [1, 2], shape: .init(features: 2))
    let draw = Matrix<Float>(rows: 1, columns: 2, [1, 2])
    #expect(
      try schema.completedCSV(
        of: data, with: draw, isMissing: [false, false], TableReading()) == nil)
  }
}
