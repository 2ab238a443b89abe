import Foundation
import Kernels
import Networks

/// Counts whose variance exceeds their mean: a Poisson whose rate is Gamma-distributed with mean μ and
/// shape θ, so that the variance is μ + μ²/θ. The decoder gives η = ln μ; ln θ is learned for each dimension
/// (Lopez et al., "Deep generative modeling for single-cell transcriptomics", 2018, methods; Risso et al.,
/// 2018).
///
/// With t = η − ln θ, the log-odds of a success, μ/(θ + μ) = σ(t) and
///
///     ln p = ln Γ(x + θ) − ln Γ(θ) − ln x! − θ·softplus(t) + x·(t − softplus(t))
///
/// in which nothing overflows and the two ln Γ are subtracted before they are large (GammaFunctions.swift).
/// Scores: x·(1 − σ(t)) − θ·σ(t) of η; θ(ψ(x + θ) − ψ(θ) − softplus(t) + σ(t)) − x·(1 − σ(t)) of ln θ.
struct NegativeBinomialLikelihood: RowLikelihood {
  private let slot: ParameterSlot  // ln θ [D]

  init(dimensions: Int, name: String = "likelihood", layout: inout ParameterLayout) {
    slot = layout.addLogInverseDispersion(dimensions, name: name)
  }

  var learned: ParameterSlot? { slot }

  func logDensity(_ row: LikelihoodRow) -> Double {
    sumScores(
      row.x, row.output, ColumnValues(each: row.columns(of: slot)),
      writing: row.writingScore, own: row.ownScore
    ) { x, logMean, logTheta in
      let count = CountTerms(logMean: logMean, logTheta: logTheta)
      return (count.logDensity(x), count.meanScore(x), count.dispersionScore(x))
    }
  }

  func mean(_ output: MatrixView, parameters: ParameterViews) {
    mapLanes(output.vector, into: output.vector) { exp($0) }
  }

  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    let logTheta = slot.vector(in: parameters.values)
    for row in 0..<output.rows {
      for column in 0..<output.columns {
        var generator = PositionalGenerator(stream, row: firstRow + row, column: column)
        output[row, column] = Float(
          generator.negativeBinomial(
            logMean: Double(output[row, column]), logTheta: Double(logTheta[column])))
      }
    }
  }
}

extension ParameterLayout {
  /// ln θ, one for each dimension; θ starts at 1.
  mutating func addLogInverseDispersion(_ dimensions: Int, name: String) -> ParameterSlot {
    add("\(name).log_inverse_dispersion", shape: [dimensions], initialiser: .zeros)
  }
}

/// The negative binomial's terms that its zero-inflated form shares.
struct CountTerms {
  let theta: Lanes
  /// t = ln μ − ln θ
  let logOdds: Lanes
  /// softplus(t)
  let softplusOdds: Lanes
  /// σ(t) = μ/(θ + μ)
  let success: Lanes
  /// 1 − σ(t) = θ/(θ + μ)
  let failure: Lanes

  @inline(__always)
  init(logMean: Lanes, logTheta: Lanes) {
    theta = exp(logTheta)
    logOdds = logMean - logTheta
    softplusOdds = softplus(logOdds)
    success = sigmoid(logOdds)
    failure = sigmoid(-logOdds)
  }

  /// ln p(0)
  @inline(__always)
  var logZero: Lanes { -theta * softplusOdds }

  @inline(__always)
  func logDensity(_ x: Lanes) -> Lanes {
    let one = Lanes(repeating: 1)
    let coefficient: Lanes = logGammaRatio(theta, adding: x) - logGammaRatio(one, adding: x)
    let successes: Lanes = x * (logOdds - softplusOdds)
    return coefficient + logZero + successes
  }

  /// ∂ ln p / ∂ ln μ
  @inline(__always)
  func meanScore(_ x: Lanes) -> Lanes { x * failure - theta * success }

  /// ∂ ln p / ∂ ln θ
  @inline(__always)
  func dispersionScore(_ x: Lanes) -> Lanes {
    let slope: Lanes = digammaRatio(theta, adding: x) - softplusOdds + success
    return theta * slope - x * failure
  }
}
