import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct DisentanglementTests {
  /// Every combination of three levels, four and five, `copies` times: [60·copies, 3].
  private static func grid(copies: Int) -> [[Int]] {
    (0..<copies).flatMap { _ in
      (0..<60).map { [$0 % 3, $0 / 3 % 4, $0 / 12] }
    }
  }

  private static func scores(_ codes: [[Double]], _ factors: [[Int]]) throws -> Disentanglement {
    try Disentanglement(
      codes: Matrix(codes.map { $0.map { Float($0) } }),
      factors: FactorTable(factors.flatMap { $0 }, factors: factors[0].count))
  }

  @Test func aCodeThatCopiesTheFactorsScoresOne() throws {
    let factors = Self.grid(copies: 11)
    let found = try Self.scores(factors.map { $0.map(Double.init) + [0] }, factors)
    #expect(abs(found.mutualInformationGap.score - 1) <= 1e-12)
    #expect(abs(found.separatedAttributePredictability.score - 1) <= 1e-12)
    #expect(found.factorVAEScore.score == 1)
    let dci = found.disentanglementCompleteness
    // The lasso leaves each other latent out, and shrinks its own by 0.01: 1 − 0.01² of the variance. Even
    // rows are not quite balanced, which the held-out rows see as a shift of a few thousandths.
    #expect(abs(try #require(dci.disentanglement) - 1) <= 1e-12)
    #expect(abs(try #require(dci.completeness) - 1) <= 1e-12)
    #expect(dci.informativeness > 0.999)
  }

  @Test func aRandomCodeScoresNextToNothing() throws {
    let factors = Self.grid(copies: 40)  // 2,400 examples
    var generator = SeededGenerator(state: 11)
    let found = try Self.scores(
      factors.map { _ in (0..<3).map { _ in generator.normal() } }, factors)
    // Under independence 2N·I is χ² with (20−1)(levels−1) ≤ 76 degrees: I ≤ 140/4800 at 1e-5, entropies
    // above one.
    #expect(found.mutualInformationGap.score <= 0.03)
    // A squared correlation exceeds 20/N with probability 1e-5.
    #expect(found.separatedAttributePredictability.score <= 20.0 / 2400)
    #expect(found.disentanglementCompleteness.informativeness <= 0.02)
    // A vote that knows nothing: one in three, 800 votes, four deviations of 0.017; the majority is chosen
    // among three and may gain as much.
    #expect(found.factorVAEScore.score <= 0.333 + 0.136)
  }

  @Test func aRotatedCodeLiesInBetween() throws {
    let factors = Self.grid(copies: 40).map { [$0[1], $0[2]] }
    // Standardised factors turned by 45°: each latent says half of each.
    let codes = factors.map { row -> [Double] in
      let (a, b) = ((Double(row[0]) - 1.5) / 1.118, (Double(row[1]) - 2) / 1.414)
      return [(a + b) / 2.0.squareRoot(), (a - b) / 2.0.squareRoot()]
    }
    let turned = try Self.scores(codes, factors)
    let straight = try Self.scores(factors.map { $0.map(Double.init) }, factors)
    #expect(turned.separatedAttributePredictability.score < 0.01)
    #expect(turned.mutualInformationGap.score < 0.1)
    let dci = turned.disentanglementCompleteness
    #expect(try #require(dci.disentanglement) < 0.01)
    #expect(try #require(dci.completeness) < 0.01)
    // All of it is there, in the wrong coordinates.
    #expect(dci.informativeness > 0.99)
    #expect(turned.factorVAEScore.score < 0.8 && straight.factorVAEScore.score == 1)
  }

  @Test func gapAndPredictabilityAgreeWithScikitLearn() throws {
    let fixture = try EvaluationFixture.load()
    let codes = Matrix(fixture.codes)
    let gap = MutualInformationGap(codes: codes, factors: fixture.table)
    for latent in 0..<4 {
      for factor in 0..<3 {
        // Sums of at most 160 logarithms in another order.
        #expect(abs(gap.information[latent][factor] - fixture.information[latent][factor]) <= 1e-12)
      }
    }
    for factor in 0..<3 { #expect(abs(gap.gaps[factor] - fixture.mig[factor]) <= 1e-12) }
    let sap = SeparatedAttributePredictability(codes: codes, factors: fixture.table)
    for factor in 0..<3 {
      #expect(abs(sap.gaps[factor] - fixture.sap[factor]) <= 1e-12)
      for latent in 0..<4 {
        #expect(
          abs(sap.predictability[latent][factor] - fixture.predictability[latent][factor]) <= 1e-12)
      }
    }
  }

  @Test func importanceAgreesWithScikitLearnsLasso() throws {
    let fixture = try EvaluationFixture.load()
    let found = DisentanglementCompleteness(
      codes: Matrix(fixture.codes), factors: fixture.table)
    for latent in 0..<4 {
      for factor in 0..<3 {
        // Our descent stops at changes of 1e-8, the matrix being nearly the identity.
        #expect(
          abs(found.importance[latent][factor] - abs(fixture.lasso[factor][latent])) <= 1e-7)
      }
    }
  }

  @Test func constantFactorsAreLeftOut() throws {
    let table = FactorTable([5, 1, 5, 2, 5, 2, 5, 9], factors: 2)
    #expect(table.factors == 1 && table.columns == [1])
    #expect(table.levels == [[0, 1, 1, 2]])
    // ¼, ½, ¼: 1.5 ln 2
    #expect(abs(table.entropy(0) - 1.5 * log(2)) <= 1e-15)
    let codes: Matrix<Float> = [[1], [2], [2], [9]]
    let found = try Disentanglement(codes: codes, factors: table)
    #expect(found.disentanglementCompleteness.disentanglement == nil)
    #expect(found.disentanglementCompleteness.completeness == nil)
    #expect(throws: DataError.self) {
      try Disentanglement(codes: codes, factors: FactorTable([1, 1, 1, 1], factors: 1))
    }
    #expect(throws: DataError.self) { try Disentanglement(codes: [[1], [2]], factors: table) }
  }

  @Test func aCollapsedCodeScoresNothing() throws {
    let factors = Self.grid(copies: 2)
    let found = try Self.scores(factors.map { _ in [0, 0] }, factors)
    #expect(found.mutualInformationGap.score == 0)
    #expect(found.separatedAttributePredictability.score == 0)
    #expect(found.factorVAEScore.score == 0)
    #expect(found.disentanglementCompleteness.disentanglement == 0)
    #expect(found.disentanglementCompleteness.completeness == 0)
    #expect(found.disentanglementCompleteness.informativeness == 0)
  }
}
