import Foundation
import Kernels
import Networks
import Testing

@testable import Variational

/// Missing cells that a model learns of.
@Suite struct TableIndicatorTests {
  typealias Fixture = TableFixture

  // Ten rows: a has one missing cell in ten, b none, colour two.
  private static let text = """
    a,b,colour
    0.5,1.5,red
    ,2.5,blue
    1.5,0.5,
    2.5,4.5,green
    3.5,3.25,red
    0.25,2.75,
    1.25,1.75,blue
    4.5,1.25,red
    2.25,0.25,green
    3.75,4.25,red

    """

  @Test func columnsWithMissingCellsGetAnIndicator() throws {
    let schema = try Fixture.schema(Self.text)
    #expect(schema.columns.map(\.learnsMissing) == [true, false, true])
    let layout = try TableLayout(schema)
    #expect(layout.width == 7 && layout.valueWidth == 5)
    #expect(
      layout.indicators.map(\.column) == [0, 2] && layout.indicators.map(\.offset) == [5, 6])
    #expect(
      layout.parts.map(\.likelihood) == [
        .gaussian(.perDimension), .categorical(groups: [3]), .bernoulli,
      ])
    #expect(layout.parts.map(\.columns) == [2, 3, 2])
    let spec = try ModelSpec.table(schema)
    #expect(
      spec.featureNames == [
        "a", "b", "colour", "colour", "colour", "a (missing)", "colour (missing)",
      ])
  }

  @Test func oneInAHundredIsTheLimit() throws {
    func learns(missing: Int, of rows: Int, _ wish: Bool? = nil) throws -> Bool {
      let lines = (0..<rows).map {
        "\($0 < missing ? "" : "\(Double($0 * 37 % 101) + 0.5)"),\($0 % 7).5"
      }
      return try Fixture.schema(
        "x,y\n" + lines.joined(separator: "\n") + "\n",
        SchemaChanges(columns: wish.map { ["x": .init(learnsMissing: $0)] } ?? [:])
      ).columns[0].learnsMissing
    }
    #expect(try !learns(missing: 2, of: 200))
    #expect(try learns(missing: 3, of: 200))
    #expect(try learns(missing: 0, of: 200, true))
    #expect(try !learns(missing: 100, of: 200, false))
  }

  @Test func rowsHoldOnesWhereCellsAreMissing() throws {
    let schema = try Fixture.schema(Self.text)
    let data = try schema.dataSet(from: try Fixture.table(Self.text))
    let values = data.values()
    #expect((0..<10).map { values[$0, 5] } == [0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    #expect((0..<10).map { values[$0, 6] } == [0, 0, 1, 0, 0, 1, 0, 0, 0, 0])
    #expect(values[1, 0].isNaN && values[2, 2].isNaN && !values[0, 0].isNaN)
  }

  @Test func aCellThatIsLikelierMissingIsWrittenEmptyUnlessFilled() throws {
    let schema = try Fixture.schema(Self.text)
    let rows = Matrix<Float>(
      rows: 2, columns: 7, [0, 0, 0, 1, 0, 0.5, 0.1, 0, 0, 1, 0, 0, 0.49, 1])
    func lines(_ bytes: [UInt8]) -> [Substring] {
      String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
    // The means of a and b are 2.2222… and 2.25.
    #expect(lines(try schema.csv(rows))[1...] == [",2.25,green", "2.22,2.25,"])
    #expect(
      lines(try schema.csv(rows, isFilled: true))[1...] == ["2.22,2.25,green", "2.22,2.25,blue"])
    #expect(try schema.cells(rows) == [["", "2.25", "green"], ["2.22", "2.25", ""]])
  }

  @Test func oneValueOrNoneIsABinaryColumn() throws {
    let text =
      "flag,x\n" + (0..<40).map { "\($0 % 8 == 0 ? "yes" : ""),\($0 * 7 % 11).5\n" }.joined()
    let schema = try Fixture.schema(text)
    let flag = schema.columns[0]
    #expect(flag.kind == .binary && flag.categories == ["", "yes"] && !flag.learnsMissing)
    let data = try schema.dataSet(from: try Fixture.table(text))
    let values = data.values()
    #expect(data.shape.count == 2)
    let column = try TableLayout(schema).places.first { $0.column == 0 }?.offset
    let place = try #require(column)
    #expect((0..<40).allSatisfy { values[$0, place] == ($0 % 8 == 0 ? 1 : 0) })
    let back = try schema.csv(values)
    #expect(String(decoding: back, as: UTF8.self) == text)
    // Another value there is none that the column knows.
    #expect(
      Fixture.complaint { try schema.dataSet(from: try Fixture.table("flag,x\nno,1.5\n")) }
        .contains(
          "line 2, column \"flag\": unknown category \"no\""))
    // Switched off, it is a column of one value.
    let off = SchemaChanges(columns: ["flag": .init(learnsMissing: false)])
    #expect(try Fixture.schema(text, off).columns[0].kind == .ignore)
    // The same of numbers, and as a wish.
    let numbers = text.replacingOccurrences(of: "yes", with: "1.0")
    #expect(try Fixture.schema(numbers).columns[0].categories == ["", "1"])
    let numeric = try Fixture.schema(numbers)
    #expect(
      String(
        decoding: try numeric.csv(
          try numeric.dataSet(from: try Fixture.table(numbers)).values()), as: UTF8.self) == numbers
    )
  }

  // Rows of three kinds. In "far" ones two measurements are missing together nine times in ten, in others one
  // time in twenty, together or not.
  private static func measurements(rows: Int) -> String {
    var generator = SeededGenerator(state: 5)
    func uniform() -> Double { Double(generator.float(0...1)) }
    var text = "kind,height,weight,flag\n"
    for _ in 0..<rows {
      let kind = uniform()
      let isFar = kind < 0.25
      let both = uniform() < (isFar ? 0.9 : 0.05)
      let height = String(format: "%.1f", 150 + 30 * uniform())
      let weight = String(format: "%.2f", 2 + 5 * uniform() * uniform())
      let flag = uniform() < 0.08 ? "deleted" : ""
      text += "\(isFar ? "far" : kind < 0.6 ? "near" : "home"),\(both ? "" : height),"
      text += "\(both || uniform() < 0.02 ? "" : weight),\(flag)\n"
    }
    return text
  }

  private struct Shares {
    var missing = 0.0
    var together = 0.0
    var ofFar = 0.0
    var ofOthers = 0.0
    var flagged = 0.0

    /// The cells of each row, without the names.
    static func cells(_ text: String) -> [[Substring]] {
      text.split(separator: "\n").dropFirst().map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
    }

    init(_ text: String) {
      let rows = Shares.cells(text)
      func share(_ some: [[Substring]], _ isIt: ([Substring]) -> Bool) -> Double {
        Double(some.count(where: isIt)) / Double(max(some.count, 1))
      }
      missing = share(rows) { $0[1].isEmpty }
      together = share(rows) { $0[1].isEmpty && $0[2].isEmpty }
      ofFar = share(rows.filter { $0[0] == "far" }) { $0[1].isEmpty }
      ofOthers = share(rows.filter { $0[0] != "far" }) { $0[1].isEmpty }
      flagged = share(rows) { $0[3] == "deleted" }
    }
  }

  private static func trained(_ text: String) throws -> (Model, TableSchema, DataSet) {
    let table = try Fixture.table(text)
    let schema = try TableSchema(inferredFrom: table)
    var spec = try ModelSpec.table(schema)
    spec.training.epochs = 60
    let data = try schema.dataSet(from: table)
    let model = try Model(spec, seed: 3, threads: 1)
    let fit = try Fit(try Trainer(model, data: data))
    _ = try fit.run()
    return (model, schema, data)
  }

  @Test func samplesHaveMissingCellsInTheDatasProportionAndCompany() throws {
    let text = Self.measurements(rows: 2_000)
    let (model, schema, _) = try Self.trained(text)
    let bytes = try schema.csv(model.sample(6_000, seed: 2, drawingData: true))
    let sampled = String(decoding: bytes, as: UTF8.self)
    let (own, drawn) = (Shares(text), Shares(sampled))
    // A share of 0.26 of 2,000 rows has a standard error of 0.01; the model is not the data.
    #expect(abs(own.missing - drawn.missing) < 0.06, "\(own) \(drawn)")
    #expect(abs(own.together - drawn.together) < 0.06, "\(own) \(drawn)")
    #expect(drawn.ofFar > 0.75 && drawn.ofOthers < 0.15, "\(own) \(drawn)")
    #expect(abs(own.flagged - drawn.flagged) < 0.03, "\(own) \(drawn)")

    // No number that the columns could not hold, none at the bounds in heaps.
    let rows = sampled.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",", omittingEmptySubsequences: false)
    }
    for (place, name) in [(1, "height"), (2, "weight")] {
      let bounds = try #require(schema.columns.first { $0.name == name }?.bounds)
      let numbers = rows.compactMap { Double($0[place]) }
      #expect(numbers.allSatisfy(bounds.contains), "\(name)")
      let atBounds = numbers.count { $0 == bounds.lower || $0 == bounds.upper }
      #expect(Double(atBounds) < 0.02 * Double(numbers.count), "\(name) \(atBounds)")
    }
  }

  @Test func imputationFillsEveryCellWithinBounds() throws {
    let text = Self.measurements(rows: 600)
    let (model, schema, data) = try Self.trained(text)
    let settings = ImputationSettings(imputations: 2, burnIn: 5, spacing: 2)
    let result = try model.impute(data, settings)
    let ranges = TableRanges(schema)
    for draw in result.draws {
      for row in 0..<draw.rows {
        for range in ranges.ranges where result.isMissing[row * draw.columns + range.column] {
          #expect(!range.isOutside(draw[row, range.column]))
        }
        // What is known of the cells stays: the indicators say which were missing.
        for (number, indicator) in schema.indicators {
          #expect(
            draw[row, indicator] == (result.isMissing[row * draw.columns + number] ? 1 : 0))
        }
      }
    }
    let filled = String(decoding: try schema.csv(result.draws[0], isFilled: true), as: UTF8.self)
    let (before, after) = (text.split(separator: "\n"), filled.split(separator: "\n"))
    for (old, new) in zip(before, after) {
      let (old, new) = (
        old.split(separator: ",", omittingEmptySubsequences: false),
        new.split(separator: ",", omittingEmptySubsequences: false)
      )
      #expect(new[0] == old[0] && !new[1].isEmpty && !new[2].isEmpty && new[3] == old[3])
    }
  }

  @Test func theIndicatorsAreAPartOfTheDensity() throws {
    let (model, schema, data) = try Self.trained(Self.measurements(rows: 300))
    let attribution = try model.attribution(of: data)
    let names = model.spec.featureNames
    let columns = names.indices.filter { names[$0].hasSuffix("(missing)") }
    #expect(columns.count == 2 && schema.indicators.count == 2)
    for row in 0..<20 {
      for column in columns { #expect(attribution.contributions[row, column] > 0) }
    }
  }

  /// Before anything is learned missing cells have their share, also behind a part with two outputs a value.
  @Test func aNewModelBeginsWithTheDatasShares() throws {
    var text = "n,x,flag,wet\n"
    for row in 0..<400 {
      let x = row % 10 == 0 ? "" : "\(row * 37 % 101).5"
      text += "\(row * 7 % 13),\(x),\(row % 20 == 7 ? "yes" : ""),\(row % 2)\n"
    }
    let schema = try Fixture.schema(
      text,
      SchemaChanges(columns: [
        "n": .init(kind: .count, likelihood: "zero_inflated_negative_binomial")
      ]))
    let shares: [Double?] = [nil, 40.5 / 401, 380.5 / 401, nil]
    #expect(schema.columns.map(\.missingShare) == shares)
    let odds = schema.initialLogOdds()
    // Outputs: two of n, one of x, flag and wet, then the indicator of x.
    #expect(odds.keys.sorted() == [3, 5])
    #expect(abs((odds[3] ?? 0) - Float(log(20.5 / 380.5))) < 1e-6)
    #expect(abs((odds[5] ?? 0) - Float(log(40.5 / 360.5))) < 1e-6)
    let model = try Model(.table(schema), seed: 1, threads: 1)
    let sampled = Shares.cells(
      String(
        decoding: try schema.csv(model.sample(4_000, seed: 2, drawingData: true)), as: UTF8.self))
    let flagged = sampled.count { $0[2] == "yes" }
    let missing = sampled.count { $0[1].isEmpty }
    // 205 and 405 of 4,000; the untrained weights move the odds by a tenth or two.
    #expect((130...300).contains(flagged) && (260...600).contains(missing))
  }

  @Test func aMaskOverTheColumnsLeavesIndicatorsAlone() throws {
    let schema = try Fixture.schema(Self.text)
    let one = [true, false, false, true, false]
    let whole = try #require(schema.wholeMask(one, examples: 2))
    #expect(whole == one + [false, false] + one + [false, false])
    #expect(schema.wholeMask(one + one, examples: 2) == whole)
    #expect(schema.wholeMask(whole, examples: 2) == nil)
  }
}
