import Formats
import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct TableCodecTests {
  typealias Fixture = TableFixture

  // wet, size, eggs, colour, note: one of each kind, not in the order of the matrix.
  static let text = """
    wet,size,eggs,colour,id,class
    no,10,0,blue,x1,b
    yes,30,7,"green, dark",x2,a
    no,,12,red,x3,a
    ,20.5,NA,,x4,b

    """
  // Without indicators of missing cells, which TableIndicatorTests look at.
  static let changes = SchemaChanges(columns: [
    "eggs": .init(kind: .count, learnsMissing: false),
    "size": .init(kind: .real, learnsMissing: false),
    "colour": .init(kind: .categorical, learnsMissing: false), "id": .init(kind: .ignore),
    "wet": .init(learnsMissing: false), "class": .init(kind: .label),
  ])

  private func schema() throws -> TableSchema { try Fixture.schema(Self.text, Self.changes) }

  private func values(_ data: DataSet) -> [[Float]] {
    let all = DataSourceTests.values(data)
    return (0..<data.count).map { Array(all[$0 * data.shape.count..<($0 + 1) * data.shape.count]) }
  }

  // Not a number equals itself here.
  private func expectEqual(
    _ got: [[Float]], _ expected: [[Float]], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      got.map { $0.map { $0.isNaN ? -999 : $0 } }
        == expected.map { $0.map { $0.isNaN ? -999 : $0 } },
      sourceLocation: sourceLocation)
  }

  @Test func columnsOfOneDistributionStandTogether() throws {
    let layout = try TableLayout(try schema())
    #expect(layout.width == 6)
    #expect(
      layout.places.map(\.column) == [0, 1, 2, 3] && layout.places.map(\.offset) == [0, 1, 2, 3])
    let other = try Fixture.schema("a,b,c\n0.5,u,2.5\n1.5,v,3.5\n2.5,w,4.25\n2.25,w,4.5\n")
    let grouped = try TableLayout(other)
    // a and c share a Gaussian's part, so that b's three columns come last.
    #expect(
      grouped.places.map(\.column) == [0, 2, 1] && grouped.places.map(\.offset) == [0, 1, 2])
    #expect(grouped.parts.map(\.columns) == [2, 3])
    #expect(
      grouped.parts.map(\.likelihood) == [.gaussian(.perDimension), .categorical(groups: [3])])
  }

  @Test func aChosenDistributionIsAPartOfItsOwn() throws {
    let schema = try Fixture.schema(
      "a,b,c\n0.5,7,2.5\n1.5,0,3.5\n2.5,3,4.25\n",
      SchemaChanges(columns: [
        "b": .init(kind: .count, likelihood: "poisson"),
        "c": .init(likelihood: "student_t_per_dimension"),
      ]))
    #expect(
      try TableLayout(schema).parts.map(\.likelihood) == [
        .gaussian(.perDimension), .poisson,
        .studentT(degreesOfFreedom: 5, scale: .perDimension),
      ])
  }

  @Test func rowsBecomeNumbers() throws {
    let schema = try schema()
    let data = try schema.dataSet(from: try Fixture.table(Self.text))
    // size: 10, 30, 20.5 with mean 20.1667 and variance (10.1667² + 9.8333² + 0.3333²)/3.
    let mean = 60.5 / 3
    let deviation = ((100 + 900 + 420.25) / 3 - mean * mean).squareRoot()
    func size(_ value: Double) -> Float { Float((value - mean) / deviation) }
    let found = values(data)
    let nan = Float.nan
    let expected: [[Float]] = [
      [0, size(10), 0, 1, 0, 0], [1, size(30), 7, 0, 1, 0], [0, nan, 12, 0, 0, 1],
      [nan, size(20.5), nan, nan, nan, nan],
    ]
    // The mean is summed in another order: 2⁻⁵⁰ of it in 64 bits, which rounds to the same or the next float.
    for (got, wanted) in zip(found, expected) {
      for (a, b) in zip(got, wanted) {
        #expect(a.isNaN == b.isNaN && (a.isNaN || abs(a - b) <= 1e-6), "\(got) \(wanted)")
      }
    }
    #expect(data.labels == [1, 0, 0, 1] && data.classNames == ["a", "b"])
  }

  @Test func columnsAreFoundByNameInAnyOrder() throws {
    let schema = try schema()
    let straight = try schema.dataSet(from: try Fixture.table(Self.text))
    let turned = """
      colour,eggs,size,wet
      blue,0,10,no
      "green, dark",7,30,yes
      red,12,,no
      ,,20.5,?

      """
    let other = try schema.dataSet(from: try Fixture.table(turned))
    expectEqual(values(other), values(straight))
    #expect(other.labels == nil)
  }

  @Test func columnsThatDifferAreNamed() throws {
    let schema = try schema()
    #expect(
      Fixture.complaint { try schema.dataSet(from: try Fixture.table("wet,size,eggs\nno,1,2\n")) }
        == "lacks the column \"colour\", which the model was trained with")
    #expect(
      Fixture.complaint {
        try schema.dataSet(from: try Fixture.table("wet,siez,eggs,colour,x\nno,1,2,red,1\n"))
      }
        == "lacks the column \"size\", which the model was trained with, and has the columns \"siez\", \"x\", "
        + "which the model does not know")
  }

  @Test(arguments: [
    (
      "no,1,2,purple",
      "line 2, column \"colour\": unknown category \"purple\"; it is one of blue, green, dark, red"
    ),
    (
      "no,1,2,Blue",
      "line 2, column \"colour\": unknown category \"Blue\"; did you mean \"blue\"? It is one of blue, "
        + "green, dark, red"
    ),
    ("33333,1,2,red", "line 2, column \"wet\": unknown category \"33333\"; it is one of no, yes"),
    (
      "no,x,2,red",
      "line 2, column \"size\": \"x\" is not a finite number, which a real column takes"
    ),
    (
      "no,1e999,2,red",
      "line 2, column \"size\": \"1e999\" is not a finite number, which a real column takes"
    ),
    (
      "no,1,2.5,red",
      "line 2, column \"eggs\": 2.5 is not a whole number from 0 to 16777216, which a count column takes"
    ),
    (
      "no,1,-1,red",
      "line 2, column \"eggs\": -1 is not a whole number from 0 to 16777216, which a count column takes"
    ),
  ])
  func cellsThatDoNotFitAreNamed(_ row: String, _ expected: String) throws {
    let schema = try schema()
    let text = "wet,size,eggs,colour\n\(row)\n"
    #expect(Fixture.complaint { try schema.dataSet(from: try Fixture.table(text)) } == expected)
  }

  @Test func aNumberFarBeyondTheDataIsNamed() throws {
    let schema = try schema()
    let text = "wet,size,eggs,colour\nno,1e300,2,red\n"
    #expect(
      Fixture.complaint { try schema.dataSet(from: try Fixture.table(text)) }.hasPrefix(
        "line 2, column \"size\": 1e+300 is too far from the mean"))
  }

  @Test func anUnknownLabelIsAFurtherClass() throws {
    let text = "wet,size,eggs,colour,class\nno,1,2,red,b\nno,1,2,red,new\nno,1,2,red,a\n"
    let data = try schema().dataSet(from: try Fixture.table(text))
    #expect(data.labels == [1, 2, 0] && data.classNames == ["a", "b", "new"])
    let unlabelled = "wet,size,eggs,colour,class\nno,1,2,red,b\nno,1,2,red,\n"
    #expect(try schema().dataSet(from: try Fixture.table(unlabelled)).labels == nil)
  }

  @Test func numbersBecomeTheSameRows() throws {
    let schema = try schema()
    let data = try schema.dataSet(from: try Fixture.table(Self.text))
    let bytes = try schema.csv(
      Matrix(rows: 4, columns: 6, DataSourceTests.values(data)))
    #expect(
      String(decoding: bytes, as: UTF8.self) == """
        wet,size,eggs,colour
        no,10,0,blue
        yes,30,7,"green, dark"
        no,,12,red
        ,20.5,,

        """)
  }

  @Test func meansBecomeTheLikeliestCells() throws {
    let schema = try schema()
    let rows = Matrix<Float>(
      rows: 2, columns: 6, [0.49, 0, 1.5, 0.2, 0.5, 0.3, 0.5, 1, -0.3, 0.4, 0.3, 0.3])
    let text = String(decoding: try schema.csv(rows), as: UTF8.self).split(separator: "\n")
    // The mean of size, 20.1667, with one digit; one deviation above it 28.3.
    #expect(text[1] == "no,20.2,2,\"green, dark\"" && text[2] == "yes,28.3,0,blue")
  }

  @Test func aTableComesBackFromAModelsNumbers() throws {
    let text = Fixture.mixed(rows: 200, missing: true)
    let table = try Fixture.table(text)
    let schema = try TableSchema(inferredFrom: table)
    #expect(schema.columns.map(\.kind) == [.real, .categorical, .binary, .count])
    let data = try schema.dataSet(from: table)
    let bytes = try schema.csv(
      Matrix(rows: 200, columns: data.shape.count, DataSourceTests.values(data)))
    let back = try CSV.rows(of: bytes, file: "back")
    let original = try CSV.rows(of: Array(text.utf8), file: "original")
    #expect(back == original.map { $0.map { $0 == "NA" ? "" : $0 } })
  }

  @Test func aConstantColumnIsWrittenAgain() throws {
    let schema = try Fixture.schema("a,unit,b\n1.5,kg,0.5\n2.5,kg,0.25\n0.5,kg,1.5\n")
    let rows = Matrix<Float>(rows: 1, columns: 2, [0, 0])
    #expect(String(decoding: try schema.csv(rows), as: UTF8.self) == "a,unit,b\n1.5,kg,0.75\n")
  }

  @Test(arguments: [
    (0.0, 0, "0"), (-0.4, 0, "0"), (-0.6, 0, "-1"), (1234.5678, 2, "1234.57"), (0.005, 3, "0.005"),
    (-0.04, 1, "0.0"), (99.96, 1, "100.0"), (1e17, 2, "100000000000000000.00"),
    (1e20, 0, "100000000000000000000"), (1e22, 0, "1e+22"),
  ])
  func realsGetTheColumnsDecimals(_ value: Double, _ decimals: Int, _ expected: String) {
    var column = TableSchema.Column(name: "x", kind: .real)
    (column.mean, column.decimals) = (value, decimals)
    #expect(column.cell([0]) == expected)
  }

  @Test func aSchemaComesBackFromJSON() throws {
    let schema = try schema()
    let bytes = try JSONEncoder().encode(schema)
    #expect(try JSONDecoder().decode(TableSchema.self, from: bytes) == schema)
  }

  @Test func aDamagedSchemaIsRefused() throws {
    func complaint(_ change: (inout TableSchema) -> Void) throws -> String {
      var damaged = try schema()
      change(&damaged)
      return sentence { try damaged.validate() }
    }
    #expect(try complaint { $0.columns[1].name = "wet" }.contains("two columns of this name"))
    #expect(try complaint { $0.columns[0].categories = ["a"] }.contains("2 categories, not 1"))
    #expect(try complaint { $0.columns[3].categories = ["a", "a"] }.contains("named twice"))
    #expect(try complaint { $0.columns[3].categories = [] }.contains("2 to 4096 categories, not 0"))
    #expect(try complaint { $0.columns[1].deviation = 0 }.contains("deviation positive"))
    #expect(try complaint { $0.columns[1].decimals = -1 }.contains("between 0 and 17"))
    #expect(try complaint { $0.columns[1].likelihood = "poison" }.contains("unknown likelihood"))
    #expect(
      try complaint { $0.columns[0].kind = .label }.contains("more than one column is the label"))
    #expect(try complaint { $0.columns = [] }.contains("none of its columns is for a model"))
  }
}
