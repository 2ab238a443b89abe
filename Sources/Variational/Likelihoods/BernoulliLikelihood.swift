import CVector
import Kernels
import Networks

/// ln p = Σ x·l − softplus(l) with log-odds l from the decoder; score x − σ(l).
///
/// One exponential serves both.
struct BernoulliLikelihood: RowLikelihood {
  func logDensity(_ row: LikelihoodRow) -> Double {
    if !row.writingScore { return sumLanes(row.x, row.output) { x, l in x * l - softplus(l) } }
    return sumLanes(row.x, row.output, into: row.output) { x, l in
      let e = exp(-vector_abs(l))
      let positive = l.replacing(with: 0, where: l .< 0)
      let inverse = 1 / (1 + e)
      let probability = (e * inverse).replacing(with: inverse, where: l .>= 0)
      return (x * l - positive - log1p(e), x - probability)
    }
  }

  func mean(_ output: MatrixView, parameters: ParameterViews) {
    mapLanes(output.vector, into: output.vector) { sigmoid($0) }
  }

  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    mean(output, parameters: parameters)
    withNoise(like: output) { noise in
      stream.fillUniform(noise, step: 1, firstRow: firstRow)
      mapLanes(noise.vector, output.vector, into: output.vector) { u, p in
        Lanes(repeating: 0).replacing(with: 1, where: u .< p)
      }
    }
  }
}
