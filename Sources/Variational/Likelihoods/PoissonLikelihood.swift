import Foundation
import Kernels
import Networks

/// ln p = Σ x·η − e^η − ln x! with the logarithm η of the rate from the decoder; score x − e^η.
struct PoissonLikelihood: RowLikelihood {
  func logDensity(_ row: LikelihoodRow) -> Double {
    let one = Lanes(repeating: 1)
    if !row.writingScore {
      return sumLanes(row.x, row.output) { x, eta in
        x * eta - exp(eta) - logGammaRatio(one, adding: x)
      }
    }
    return sumLanes(row.x, row.output, into: row.output) { x, eta in
      let rate = exp(eta)
      return (x * eta - rate - logGammaRatio(one, adding: x), x - rate)
    }
  }

  func mean(_ output: MatrixView, parameters: ParameterViews) {
    mapLanes(output.vector, into: output.vector) { exp($0) }
  }

  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    for row in 0..<output.rows {
      for column in 0..<output.columns {
        var generator = PositionalGenerator(stream, row: firstRow + row, column: column)
        output[row, column] = Float(
          generator.poisson(mean: Foundation.exp(Double(output[row, column]))))
      }
    }
  }
}
