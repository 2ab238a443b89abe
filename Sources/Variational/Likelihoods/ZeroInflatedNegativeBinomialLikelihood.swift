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

  init(shape: Shape, name: String = "likelihood", layout: inout ParameterLayout) {
    slot = layout.addLogInverseDispersion(shape.count, name: name)
    pixels = shape.pixels
    channels = shape.channels
  }

  var learned: ParameterSlot? { slot }

  func logDensity(_ row: LikelihoodRow) -> Double {
    var total = 0.0
    for pixel in 0..<pixels { total += logDensity(row, pixel: pixel, 0..<channels) }
    return total
  }

  func logDensityOfObserved(_ row: LikelihoodRow) -> Double {
    if !row.x.hasMissing { return logDensity(row) }
    var total = 0.0
    for pixel in 0..<pixels {
      row.x.slice(pixel * channels, count: channels).forEachRun { range, isObserved in
        if isObserved {
          total += logDensity(row, pixel: pixel, range)
        } else if row.writingScore {
          let first = 2 * pixel * channels + range.lowerBound
          row.output.slice(first, count: range.count).fill(0)
          row.output.slice(first + channels, count: range.count).fill(0)
          row.ownScore.slice(pixel * channels + range.lowerBound, count: range.count).fill(0)
        }
      }
    }
    return total
  }

  // Of some channels of a pixel.
  private func logDensity(_ row: LikelihoodRow, pixel: Int, _ range: Range<Int>) -> Double {
    let data = pixel * channels + range.lowerBound
    let outputs = 2 * pixel * channels + range.lowerBound
    let own = row.ownScore.slice(
      row.writingScore ? data : 0, count: row.writingScore ? range.count : 0)
    return sumScores(
      row.x.slice(data, count: range.count), row.output.slice(outputs, count: range.count),
      row.output.slice(outputs + channels, count: range.count),
      slot.vector(in: row.parameters.values).slice(data, count: range.count),
      writing: row.writingScore, own: own
    ) { Self.terms($0, $1, $2, $3) }
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
