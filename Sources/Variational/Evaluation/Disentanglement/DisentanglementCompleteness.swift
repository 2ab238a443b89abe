// DCI: whether each latent serves one factor, and each factor is served by one latent.

import Foundation
public import Kernels

/// Disentanglement, completeness and informativeness.
///
/// Each factor's level is predicted from all latents by a lasso with λ = 0.01 on standardised columns, fitted
/// on every other example; R_jk = |coefficient of latent j for factor k|.
///
///     disentanglement = Σ_j ρ_j (1 − H_F(R_j·/Σ)),  ρ_j = Σₖ R_jk / Σ R     completeness = Σₖ … likewise
///
/// with H_F the entropy to base F. Eastwood and Williams weigh latents by ρ and average factors with equal
/// weights; so does this. Informativeness is the mean R² on the other examples, not below zero.
///
/// - SeeAlso: Eastwood and Williams (2018), "A framework for the quantitative evaluation of disentangled
///   representations", section 2.
public struct DisentanglementCompleteness: Sendable, Hashable, Codable {
  /// In [0, 1]; nil for one factor, of which there is nothing to disentangle.
  public var disentanglement: Double?
  /// In [0, 1]; nil for one latent.
  public var completeness: Double?
  /// The mean R² on examples that the regression has not seen, in [0, 1].
  public var informativeness: Double
  /// R, [L][F].
  public var importance: [[Double]]

  /// Scores codes against the factors that they were made from.
  ///
  /// - Parameters:
  ///   - codes: [N, L], N at least four
  ///   - factors: as many rows, at least one factor that varies
  /// - Complexity: O(N·L²)
  public init(codes: Matrix<Float>, factors: FactorTable) {
    precondition(
      codes.rows == factors.count && factors.factors > 0 && codes.rows >= 4,
      "DisentanglementCompleteness: shapes")
    let levels = Matrix(factors.levels.map { $0.map(Double.init) }).transposed()  // [N, F]
    let values = codes.map(Double.init)
    let (fitted, held) = (values.everyOther(from: 0), values.everyOther(from: 1))
    let (targets, heldTargets) = (levels.everyOther(from: 0), levels.everyOther(from: 1))
    let (scaleCodes, scaleLevels) = (Standardisation(fitted), Standardisation(targets))
    let (x, y) = (scaleCodes(fitted), scaleLevels(targets))
    let n = Double(x.rows)
    // XᵀX/n [L×L] and XᵀY/n [L×F]
    let correlations = Matrix.symmetricProduct(of: x, transposed: true) / n
    let covariances = Matrix.product(x, transposed: true, by: y) / n
    let coefficients = (0..<y.columns).map {
      Lasso().coefficients(correlations: correlations, covariances: covariances.column($0))
    }  // [F][L]
    importance = (0..<x.columns).map { latent in coefficients.map { abs($0[latent]) } }
    // X [n×L] · B [L×F] → [n×F]
    let predicted = scaleCodes(held) * Matrix(coefficients).transposed()
    let truth = scaleLevels(heldTargets)
    informativeness =
      (0..<y.columns).reduce(0) {
        $0 + max(0, determination(predicted.column($1), truth.column($1)))
      } / Double(y.columns)
    let table = importance
    let total = table.reduce(0) { $0 + $1.reduce(0, +) }
    disentanglement =
      factors.factors < 2
      ? nil
      : total > 0
        ? table.reduce(0) { $0 + $1.reduce(0, +) / total * (1 - relativeEntropy($1)) } : 0
    completeness =
      x.columns < 2
      ? nil
      : coefficients.reduce(0) { $0 + 1 - relativeEntropy($1.map(abs)) }
        / Double(factors.factors)
  }
}

/// H(p)/ln n of n weights over their sum; 1 where all are zero.
private func relativeEntropy(_ weights: [Double]) -> Double {
  let total = weights.reduce(0, +)
  guard total > 0 else { return 1 }
  let entropy = weights.reduce(0) { sum, weight in
    weight > 0 ? sum - weight / total * Foundation.log(weight / total) : sum
  }
  return entropy / Foundation.log(Double(weights.count))
}

/// R² = 1 − Σ(y − ŷ)²/Σ(y − ȳ)²; 0 where y does not vary.
private func determination(_ predicted: [Double], _ truth: [Double]) -> Double {
  let mean = truth.reduce(0, +) / Double(truth.count)
  let total = truth.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  let residual = zip(predicted, truth).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return total > 0 ? 1 - residual / total : 0
}

extension Matrix<Double> {
  fileprivate func everyOther(from first: Int) -> Matrix {
    let indices = Swift.stride(from: first, to: rows, by: 2)
    return Matrix(indices.map { row($0) })
  }
}
