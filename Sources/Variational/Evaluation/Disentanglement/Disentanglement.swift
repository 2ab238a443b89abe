// The disentanglement scores together.

public import Kernels

/// Four scores of codes against known factors.
public struct Disentanglement: Sendable, Hashable, Codable {
  /// The factors that vary.
  public var factors: Int
  /// Chen et al. (2018).
  public var mutualInformationGap: MutualInformationGap
  /// Kumar et al. (2018).
  public var separatedAttributePredictability: SeparatedAttributePredictability
  /// Eastwood and Williams (2018).
  public var disentanglementCompleteness: DisentanglementCompleteness
  /// Kim and Mnih (2018).
  public var factorVAEScore: FactorVAEScore

  enum CodingKeys: String, CodingKey {
    case factors
    case mutualInformationGap = "mig"
    case separatedAttributePredictability = "sap"
    case disentanglementCompleteness = "dci"
    case factorVAEScore = "factor_vae"
  }

  /// Scores codes against the factors that they were made from.
  ///
  /// - Parameters:
  ///   - codes: [N, L]
  ///   - factors: [N] rows
  ///   - name: what errors call the factors
  ///   - seed: what the FactorVAE score's votes are drawn from
  /// - Throws: `DataError` when the numbers of examples differ, there are fewer than four, or no factor
  ///   varies.
  public init(
    codes: Matrix<Float>, factors: FactorTable, named name: String = "factors", seed: UInt64 = 1
  ) throws(DataError) {
    guard factors.count == codes.rows else {
      throw DataError(
        name, "\(factors.count) rows of factors for \(codes.rows) examples; one row an example")
    }
    guard factors.factors > 0 else {
      throw DataError(name, "no factor takes more than one value, so there is nothing to score")
    }
    guard codes.rows >= 4 else {
      throw DataError(name, "\(codes.rows) examples are too few; at least 4 are needed")
    }
    self.factors = factors.factors
    mutualInformationGap = MutualInformationGap(codes: codes, factors: factors)
    separatedAttributePredictability = SeparatedAttributePredictability(
      codes: codes, factors: factors)
    disentanglementCompleteness = DisentanglementCompleteness(codes: codes, factors: factors)
    factorVAEScore = FactorVAEScore(codes: codes, factors: factors, seed: seed)
  }
}
