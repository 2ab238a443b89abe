import CVector
import Foundation
import Kernels
import Networks

/// ln p = −Σ |x − m|/b + ln 2b with the median m from the decoder and ln b given or learned.
///
/// Scores: sign(x − m)/b of m (0 where they meet), |x − m|/b − 1 of ln b.
struct LaplaceLikelihood: RowLikelihood {
  let scale: LearnedScale

  var learned: ParameterSlot? { scale.slot }

  func logDensity(_ row: LikelihoodRow) -> Double {
    let sum = sumScores(
      row.x, row.output, scale.logarithms(row), writing: row.writingScore,
      own: row.ownScore
    ) { x, m, logScale in
      let difference = x - m
      let precision = exp(-logScale)
      let distance = vector_abs(difference) * precision
      let score = precision.replacing(with: -precision, where: difference .< 0)
        .replacing(with: 0, where: difference .== 0)
      return (-distance - logScale, score, distance - 1)
    }
    return sum - Double(row.x.count) * Foundation.log(2.0)
  }

  func mean(_ output: MatrixView, parameters: ParameterViews) {}

  /// By the inverse of the distribution function: with v uniform on (−1, 1), m − b·sign(v)·ln(1 − |v|).
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    withNoise(like: output) { noise in
      stream.fillUniform(noise, step: 1, firstRow: firstRow)
      for row in 0..<output.rows {
        mapLanes(
          output.row(row), noise.row(row), scale.logarithms(parameters), into: output.row(row)
        ) { m, u, l in
          // Half a unit keeps both tails open: u is a multiple of 2⁻²⁴ below 1.
          let v = vector_fma(Lanes(repeating: 2), u, Lanes(repeating: 0x1p-24 - 1))
          let length = -log(1 - vector_abs(v))
          return vector_fma(exp(l), length.replacing(with: -length, where: v .< 0), m)
        }
      }
    }
  }
}
