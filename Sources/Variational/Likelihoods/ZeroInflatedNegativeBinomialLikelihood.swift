import Foundation
import Kernels
import Networks

/// A negative binomial, or 0 with probability π = σ(λ) whatever it gives (Lopez et al., "Deep generative
/// modeling for single-cell transcriptomics", 2018, methods: dropout). The decoder gives ln μ and the
/// log-odds λ: for each pixel first all channels' ln μ, then all channels' λ; a table is one pixel.
///
/// With n₀ the negative binomial's ln p(0):
///
///     ln p(0) = ln(π + (1 − π)e^n₀) = softplus(n₀ − λ) − softplus(−λ)
///     ln p(x) = ln(1 − π) + ln NB(x) = −softplus(λ) + ln NB(x)    for x > 0
///
/// Scores: at 0, with w = σ(n₀ − λ) the probability that the zero is the negative binomial's, w times its
/// scores and σ(−λ) − w of λ; above 0 its scores and −σ(λ).
struct ZeroInflatedNegativeBinomialLikelihood: RowLikelihood {
  private let slot: ParameterSlot  // ln θ [D]
  private let pixels: Int
  private let channels: Int

  init(shape: Shape, layout: inout ParameterLayout) {
    slot = layout.addLogInverseDispersion(shape.count)
    pixels = shape.pixels
    channels = shape.channels
  }

  var learned: ParameterSlot? { slot }

  func logDensity(_ row: LikelihoodRow) -> Double {
    let logTheta = slot.vector(in: row.parameters.values)
    var total = 0.0
    for pixel in 0..<pixels {
      let (data, outputs) = (pixel * channels, 2 * pixel * channels)
      let x = row.x.slice(data, count: channels)
      let own = row.ownScore.slice(
        row.writingScore ? data : 0, count: row.writingScore ? channels : 0)
      total += sumScores(
        x, row.output.slice(outputs, count: channels),
        row.output.slice(outputs + channels, count: channels),
        logTheta.slice(data, count: channels), writing: row.writingScore, own: own
      ) { Self.terms($0, $1, $2, $3) }
    }
    return total
  }

  @inline(__always)
  private static func terms(
    _ x: Lanes, _ logMean: Lanes, _ logit: Lanes, _ logTheta: Lanes
  ) -> (term: Lanes, first: Lanes, second: Lanes, own: Lanes) {
    let count = CountTerms(logMean: logMean, logTheta: logTheta)
    let isZero = x .== 0
    let difference = count.logZero - logit
    let atZero = softplus(difference) - softplus(-logit)
    let aboveZero = count.logDensity(x) - softplus(logit)
    let weight = sigmoid(difference)
    let share = Lanes(repeating: 1).replacing(with: weight, where: isZero)
    return (
      aboveZero.replacing(with: atZero, where: isZero), share * count.meanScore(x),
      (-sigmoid(logit)).replacing(with: sigmoid(-logit) - weight, where: isZero),
      share * count.dispersionScore(x)
    )
  }

  /// (1 − π)·μ
  func mean(_ output: MatrixView, parameters: ParameterViews) {
    for row in 0..<output.rows {
      let target = output.row(row)
      // A pixel's means lie before what later pixels are read from.
      for pixel in 0..<pixels {
        let outputs = 2 * pixel * channels
        mapLanes(
          target.slice(outputs, count: channels), target.slice(outputs + channels, count: channels),
          into: target.slice(pixel * channels, count: channels)
        ) { logMean, logit in exp(logMean) * sigmoid(-logit) }
      }
    }
  }

  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    let logTheta = slot.vector(in: parameters.values)
    for row in 0..<output.rows {
      for column in 0..<pixels * channels {
        let place = column / channels * 2 * channels + column % channels
        let (logMean, logit) = (
          Double(output[row, place]), Double(output[row, place + channels])
        )
        var generator = PositionalGenerator(stream, row: firstRow + row, column: column)
        let isInflated = generator.uniform() < 1 / (1 + Foundation.exp(-logit))
        let count = generator.negativeBinomial(
          logMean: logMean, logTheta: Double(logTheta[column]))
        output[row, column] = isInflated ? 0 : Float(count)
      }
    }
  }
}
