import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct TableInferenceTests {
  typealias Fixture = TableFixture

  private func repeated(_ cells: [String], _ times: Int) -> [String] {
    (0..<times).flatMap { _ in cells }
  }

  @Test func kindsFollowFromTheCells() throws {
    func kind(_ cells: [String]) throws -> TableSchema.Kind { try Fixture.column(cells).kind }
    #expect(try kind(["0.5", "1.5", "2.5"]) == .real)
    #expect(try kind(["-1", "0", "1", "2", "3", "4", "5"]) == .real)
    #expect(try kind(["0", "1", "1", "0"]) == .binary)
    #expect(try kind(["no", "yes", "", "no"]) == .binary)
    #expect(try kind(["a", "b", "c", "a"]) == .categorical)
    #expect(try kind(["1", "2", "3", "4", "5", "5"]) == .categorical)
    #expect(try kind(["0", "1", "2", "3", "7", "9", "0", "1"]) == .count)
    // Whole numbers that vary less than any count of their size.
    #expect(try kind((0..<40).map { "\(2000 + $0 * 7 % 20)" }) == .real)
    // Whole numbers too large for counts.
    #expect(try kind(["10001", "3", "5", "9", "400", "77"]) == .real)
    // 21 row numbers; the same with one missing are counts.
    #expect(try kind((0...20).map { "\($0)" }) == .ignore)
    #expect(try kind((0...20).map { $0 == 5 ? "" : "\($0)" }) == .count)
    #expect(try kind(["", "NA", "?"]) == .ignore)
    #expect(try kind(["3", "3", "3", "3"]) == .ignore)
    // One value or none is a value of two.
    #expect(try kind(["3", "3", "", "3"]) == .binary)
    #expect(try kind((0..<60).map { "name \($0)" }) == .ignore)
    // 51 texts, each of which comes back, are still too many.
    #expect(try kind(repeated((0..<51).map { "t\($0)" }, 4)) == .ignore)
    #expect(try kind(repeated((0..<50).map { "t\($0)" }, 4)) == .categorical)
    #expect(try kind(repeated(["1", "2", "3+"], 3)) == .categorical)
  }

  @Test func anIgnoredColumnSaysWhy() throws {
    #expect(try Fixture.column(["", "NA", "?"]).note == "has no value in any row")
    let constant = try Fixture.column(["3.50", "3.5", "3.5", "3.5"])
    #expect(constant.note == "has one value only" && constant.constant == "3.5")
    #expect(try Fixture.column((0...20).map { "\($0)" }).note == "numbers the rows")
  }

  @Test func aTextAmongNumbersIsNamedByItsLine() throws {
    let cells = (0..<60).map { $0 == 41 ? "12,5 kg" : "\(Double($0) / 7)" }
    let text = "mass;b\n" + cells.map { "\($0);1.5" }.joined(separator: "\n") + "\n"
    #expect(
      Fixture.complaint { try Fixture.schema(text) }
        == "line 43, column \"mass\": \"12,5 kg\" is not a finite number, but most cells of the column are "
        + "numbers; correct it, list it under \"missing\" in a --schema file, or make the column "
        + "\"categorical\" or \"ignore\" there")
  }

  @Test func categoriesHaveAnOrderOfTheirOwn() throws {
    #expect(try Fixture.column(["b", "a", "c", "b"]).categories == ["a", "b", "c"])
    #expect(try Fixture.column(["10", "2", "3", "10.0"]).categories == ["2", "3", "10"])
    #expect(try Fixture.column(["yes", "no", "yes"]).categories == ["no", "yes"])
    #expect(try Fixture.column(["1", "2", "3+"]).categories == ["1", "2", "3+"])
  }

  @Test func meanAndDeviationAreThoseOfTheTrainingRows() throws {
    let text = "x,y\n1,1.5\n3,2.5\n,0.5\n100,9.5\n"
    var changes = SchemaChanges()
    changes.columns["x"] = SchemaChanges.Column(kind: .real)
    let schema = try Fixture.schema(text, changes, statisticsFrom: [0, 1, 2])
    // x: 1 and 3. y: 1.5, 2.5, 0.5 with variance 2/3.
    #expect(schema.columns[0].mean == 2 && schema.columns[0].deviation == 1)
    #expect(schema.columns[1].mean == 1.5)
    #expect(abs(schema.columns[1].deviation - (2.0 / 3).squareRoot()) < 1e-15)
    #expect(schema.columns.map(\.decimals) == [0, 1] && schema.rows == 4)
    // Without spread among the training rows a value is only moved.
    #expect(try Fixture.schema(text, changes, statisticsFrom: [0]).columns[0].deviation == 1)
  }

  @Test func aSchemaFileChangesOnlyWhatItNames() throws {
    let text = "a,b,c,d\n1,x,0.5,007\n2,y,1.5,010\n3,z,0.5,003\n1,x,2.5,007\n"
    let plain = try Fixture.schema(text)
    #expect(plain.columns.map(\.kind) == [.categorical, .categorical, .real, .categorical])
    let changes = SchemaChanges(columns: [
      "a": .init(kind: .count, likelihood: "poisson"),
      "b": .init(categories: ["z", "y", "x"]), "d": .init(kind: .real),
    ])
    let changed = try Fixture.schema(text, changes)
    #expect(changed.columns.map(\.kind) == [.count, .categorical, .real, .real])
    #expect(changed.columns[0].likelihood == "poisson")
    #expect(changed.columns[1].categories == ["z", "y", "x"])
    // 7, 10, 3, 7: codes are numbers to who wants them so.
    #expect(abs(changed.columns[3].mean - 6.75) < 1e-14)
    #expect(changed.columns[2] == plain.columns[2])
    let others = SchemaChanges(columns: ["*": .init(kind: .real), "b": .init(kind: .ignore)])
    #expect(try Fixture.schema(text, others).columns.map(\.kind) == [.real, .ignore, .real, .real])
  }

  @Test func wishesThatCannotBeAreRefused() throws {
    let text = "age,sex\n1.5,m\n2.5,f\n"
    func complaint(_ name: String, _ wish: SchemaChanges.Column) -> String {
      Fixture.complaint { try Fixture.schema(text, SchemaChanges(columns: [name: wish])) }
    }
    #expect(
      complaint("aeg", .init(kind: .real)).contains(
        "did you mean \"age\"? It is one of age, sex"))
    #expect(
      complaint("sex", .init(kind: .real))
        == "line 2, column \"sex\": \"m\" is not a finite number, which a real column takes")
    #expect(
      complaint("age", .init(kind: .real, likelihood: "gausian")).contains(
        "unknown likelihood of a real column \"gausian\"; did you mean \"gaussian\"?"))
    #expect(
      complaint("age", .init(kind: .binary, categories: ["1"])).contains(
        "a binary column has 2 categories, not 1"))
    #expect(
      complaint("sex", .init(kind: .ignore, likelihood: "bernoulli")).contains(
        "has no likelihood"))
    let nothing = Fixture.complaint {
      try Fixture.schema(
        text, SchemaChanges(columns: ["age": .init(kind: .ignore), "sex": .init(kind: .label)]))
    }
    #expect(nothing.contains("none of its columns is for a model"))
  }

  @Test func aSchemaFileIsReadStrictly() throws {
    func read(_ text: String) -> String {
      Fixture.complaint {
        try withTemporaryFolder { folder in
          try AtomicFile.write([Array(text.utf8)], to: "\(folder)/t.csv")
          return try SchemaChanges.read("\(folder)/t.csv").columns
        }
      }
    }
    #expect(read("").contains("is empty"))
    #expect(read("{]").contains("not valid JSON"))
    #expect(read("{\"colums\": {}}").contains("did you mean \"columns\"?"))
    #expect(read("{\"columns\": {\"a\": {\"knd\": 1}}}").contains("did you mean \"kind\"?"))
    #expect(
      read("{\"columns\": {\"a\": {\"kind\": \"reel\"}}}").contains(
        "unknown kind of column \"reel\"; did you mean \"real\"?"))
    #expect(read("{\"columns\": {\"a\": \"cuont\"}}").contains("did you mean \"count\"?"))
    #expect(read("{\"columns\": []}").contains("at columns: should be"))
    #expect(read("{\"columns\": {\"a\": \"count\"}}").contains("accepted"))
  }
}
