// SAP: whether one latent predicts a factor much better than any other does.

public import Kernels

/// The separated attribute predictability.
///
///     SAP = 1/F Σₖ (S_jk − max_{i≠j} S_ik),   S_jk = Cov(z_j, vₖ)² / (Var z_j · Var vₖ)
///
/// S is R² of a linear regression of the factor on one latent: the score's form for factors whose levels are
/// ordered. A latent of no variance predicts nothing.
///
/// - SeeAlso: Kumar, Sattigeri and Balakrishnan (2018), "Variational inference of disentangled latent
///   concepts from unlabeled observations", section 3.
public struct SeparatedAttributePredictability: Sendable, Hashable, Codable {
  /// The mean over the factors, in [0, 1].
  public var score: Double
  /// The gap of each factor, [F].
  public var gaps: [Double]
  /// S_jk, [L][F].
  public var predictability: [[Double]]

  /// Scores codes against the factors that they were made from.
  ///
  /// - Parameters:
  ///   - codes: [N, L]
  ///   - factors: as many rows, at least one factor that varies
  /// - Complexity: O(N·L·F)
  public init(codes: Matrix<Float>, factors: FactorTable) {
    precondition(
      codes.rows == factors.count && factors.factors > 0, "SeparatedAttributePredictability: shapes"
    )
    let levels = factors.levels.map { $0.map(Double.init) }
    predictability = (0..<codes.columns).map { column in
      let code = codes.column(column).map(Double.init)
      return levels.map { squaredCorrelation(code, $0) }
    }
    gaps = (0..<factors.factors).map { [predictability] factor in
      topGap(predictability.map { $0[factor] })
    }
    score = gaps.reduce(0, +) / Double(gaps.count)
  }
}

/// Cov(a, b)²/(Var a · Var b); 0 where one does not vary.
func squaredCorrelation(_ a: [Double], _ b: [Double]) -> Double {
  let n = Double(a.count)
  let (meanA, meanB) = (a.reduce(0, +) / n, b.reduce(0, +) / n)
  var (ab, aa, bb) = (0.0, 0.0, 0.0)
  for (x, y) in zip(a, b) {
    ab += (x - meanA) * (y - meanB)
    aa += (x - meanA) * (x - meanA)
    bb += (y - meanB) * (y - meanB)
  }
  return aa > 0 && bb > 0 ? ab * ab / (aa * bb) : 0
}
