import CVector
import Kernels
import Networks

/// The Bernoulli's formula made a density on [0, 1] (Loaiza-Ganem and Cunningham, "The continuous Bernoulli:
/// fixing a pervasive error in variational autoencoders", 2019, section 3).
///
/// The paper's constant is C(p) = 2 artanh(1 − 2p)/(1 − 2p), undefined at p = ½. On log-odds l it is
/// l/tanh(l/2), and with the Bernoulli's softplus
///
///     ln p(x) = x·l − A(l),  A(l) = ln((eˡ − 1)/l) = max(l, 0) + ln((1 − e^−|l|)/|l|)
///
/// which is smooth at l = 0 and needs no case for p near ½: only e^−|l| − 1 has to be exact for small |l|,
/// and `expm1` is. Score: x − A′(l), with A′ the mean.
struct ContinuousBernoulliLikelihood: RowLikelihood {
  func logDensity(_ row: LikelihoodRow) -> Double {
    if !row.writingScore {
      return sumLanes(row.x, row.output) { x, l in x * l - logNormaliser(l) }
    }
    return sumLanes(row.x, row.output, into: row.output) { x, l in
      (x * l - logNormaliser(l), x - continuousBernoulliMean(l))
    }
  }

  func mean(_ output: MatrixView, parameters: ParameterViews) {
    mapLanes(output.vector, into: output.vector) { continuousBernoulliMean($0) }
  }

  /// By the inverse of the distribution function: for log-odds −a ≤ 0, x = −ln(1 − u(1 − e^−a))/a; for a
  /// the mirror image.
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    withNoise(like: output) { noise in
      stream.fillUniform(noise, step: 1, firstRow: firstRow)
      mapLanes(noise.vector, output.vector, into: output.vector) { u, l in
        let a = magnitude(l)
        let y = vector_min(-log1p(u * expm1(-a)) / a, Lanes(repeating: 1))
        return (1 - y).replacing(with: y, where: l .< 0)
      }
    }
  }
}

// |l|, kept from zero where only quotients of it are wanted: below 10⁻⁷ they are constant in Float.
@inline(__always)
private func magnitude(_ l: Lanes) -> Lanes {
  vector_max(vector_abs(l), Lanes(repeating: 1e-7))
}

// A(l).
@inline(__always)
private func logNormaliser(_ l: Lanes) -> Lanes {
  let a = magnitude(l)
  return l.replacing(with: 0, where: l .< 0) + log(-expm1(-a) / a)
}

// A′(l) = 1/(1 − e^−l) − 1/l; for |l| ≤ 1, where the two cancel, the series ½ + Σ B₂ₖ l²ᵏ⁻¹/(2k)! up to
// l⁹ (the next term is below 6·10⁻¹⁰).
@inline(__always)
private func continuousBernoulliMean(_ l: Lanes) -> Lanes {
  let a = magnitude(l)
  let s = a * a
  var series = Lanes(repeating: 1 / 47_900_160)
  series = vector_fma(series, s, Lanes(repeating: -1 / 1_209_600))
  series = vector_fma(series, s, Lanes(repeating: 1 / 30_240))
  series = vector_fma(series, s, Lanes(repeating: -1 / 720))
  series = vector_fma(series, s, Lanes(repeating: 1 / 12))
  // The mean at −a: 1/a − e^−a/(1 − e^−a).
  let complement = -expm1(-a)
  let closed = 1 / a - (1 - complement) / complement
  let below = closed.replacing(with: vector_fma(-series, a, Lanes(repeating: 0.5)), where: a .< 1)
  return (1 - below).replacing(with: below, where: l .< 0)
}
