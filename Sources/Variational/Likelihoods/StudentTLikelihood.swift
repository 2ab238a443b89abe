import CVector
import Foundation
import Kernels
import Networks

/// ln p = Σ c(ν) − ln s − ½(ν + 1)·ln(1 + r²/νs²), r = x − m, with the centre m from the decoder, the
/// degrees of freedom ν given and ln s given or learned; c(ν) = ln Γ(½(ν + 1)) − ln Γ(½ν) − ½ ln νπ.
///
/// Scores: (ν + 1)r/(νs² + r²) of m, (ν + 1)r²/(νs² + r²) − 1 of ln s.
///
/// - SeeAlso: Lange, Little and Taylor (1989), "Robust statistical modeling using the t distribution".
struct StudentTLikelihood: RowLikelihood {
  let degreesOfFreedom: Float
  let scale: LearnedScale

  var learned: ParameterSlot? { scale.slot }

  func logDensity(_ row: LikelihoodRow) -> Double {
    let freedom = degreesOfFreedom
    let sum = sumScores(
      row.x, row.output, scale.logarithms(row), writing: row.writingScore,
      own: row.ownScore
    ) { x, m, logScale in
      // In units of the scale nothing overflows before r/s itself does.
      let precision = exp(-logScale)
      let distance = (x - m) * precision
      let square = distance * distance
      let weight: Lanes = (freedom + 1) / (square + freedom)
      let half = Float(0.5) * (freedom + 1)
      let term: Lanes = -(half * log1p(square / freedom)) - logScale
      let score: Lanes = weight * distance * precision
      return (term, score, vector_fma(weight, square, Lanes(repeating: -1)))
    }
    return sum + Double(row.x.count) * StudentTLikelihood.logConstant(Double(freedom))
  }

  /// c(ν).
  static func logConstant(_ freedom: Double) -> Double {
    Foundation.lgamma(0.5 * (freedom + 1)).0 - Foundation.lgamma(0.5 * freedom).0
      - 0.5 * Foundation.log(freedom * Double.pi)
  }

  /// The centre, which is the mean for ν > 1 (there is none otherwise) and the median always.
  func mean(_ output: MatrixView, parameters: ParameterViews) {}

  /// Bailey's polar method (1994): √(ν(u^(−2/ν) − 1))·cos 2πv for uniform u and v.
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    let freedom = degreesOfFreedom
    withNoise(like: output) { noise in
      stream.fillUniform(noise, step: 1, firstRow: firstRow)
      withNoise(like: output) { angle in
        stream.fillUniform(angle, step: 2, firstRow: firstRow)
        mapLanes(noise.vector, angle.vector, into: noise.vector) { u, v in
          let exponent: Lanes = log(u + 0x1p-25) * (-2 / freedom)
          let radius = vector_sqrt(freedom * expm1(exponent))
          return vector_max(radius, Lanes(repeating: 0)) * sineAndCosine(ofTurns: v).cosine
        }
      }
      for row in 0..<output.rows {
        mapLanes(
          output.row(row), noise.row(row), scale.logarithms(parameters), into: output.row(row)
        ) { m, t, l in
          vector_fma(exp(l), t, m)
        }
      }
    }
  }
}
