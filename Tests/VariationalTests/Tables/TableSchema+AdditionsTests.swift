import Formats
import Testing

@testable import Variational

@Suite struct TableSchemaAdditionsTests {
  private static let model = TableSchema(
    columns: [
      .init(name: "a", kind: .real), .init(name: "row", kind: .ignore),
      .init(name: "class", kind: .label),
    ], rows: 10)

  private func kinds(
    _ changes: [String: TableSchema.Kind], label: String? = nil, names: String = "a,b,c"
  ) throws -> [String: TableSchema.Kind] {
    let table = try TableFixture.table("\(names)\n1.5,x,y\n2.5,x,z\n")
    let schema = try Self.model.adding(
      SchemaChanges(columns: changes.mapValues { .init(kind: $0) }, source: "s.json"), label: label,
      for: table)
    return Dictionary(uniqueKeysWithValues: schema.columns.map { ($0.name, $0.kind) })
  }

  @Test func columnsBesideTheModelsBecomeWhatIsAsked() throws {
    #expect(
      try kinds(["b": .key, "c": .ignore, "row": .key])
        == ["a": .real, "row": .key, "class": .label, "b": .key, "c": .ignore])
    #expect(
      try kinds(["*": .ignore])
        == ["a": .real, "row": .ignore, "class": .label, "b": .ignore, "c": .ignore])
    // The schema file of the training may be given again.
    #expect(
      try kinds(["a": .real, "class": .label, "*": .real])
        == ["a": .real, "row": .ignore, "class": .label])
  }

  @Test func aNewLabelTakesTheOldOnesPlace() throws {
    #expect(
      try kinds([:], label: "c") == ["a": .real, "row": .ignore, "class": .ignore, "c": .label])
    #expect(try kinds(["b": .label])["class"] == .ignore)
    // A name that is no column is no label.
    #expect(try kinds([:], label: "truth.npy")["class"] == .label)
  }

  @Test func theModelsOwnColumnsStayWhatTheyAre() throws {
    for kind in [TableSchema.Kind.label, .key, .ignore, .count] {
      let text = TableFixture.complaint { try kinds(["a": kind]) }
      #expect(text.hasPrefix("s.json: column \"a\" is one of the model's (real)"), "\(text)")
    }
    let text = TableFixture.complaint { try kinds(["b": .real]) }
    #expect(text.contains("column \"b\" is not one of the model's"), "\(text)")
    #expect(TableFixture.complaint { try kinds([:], label: "a") }.contains("\"a\" is one of"))
  }

  @Test func aMisspeltColumnIsNamed() throws {
    let table = try TableFixture.table("a,kind\n1.5,x\n2.5,y\n")
    let changes = SchemaChanges(columns: ["knid": .init(kind: .label)], source: "s.json")
    #expect {
      try changes.check(against: table, and: Self.model)
    } throws: { "\($0)".contains("did you mean \"kind\"") }
    try SchemaChanges(columns: ["row": .init(kind: .key)]).check(against: table, and: Self.model)
  }
}
