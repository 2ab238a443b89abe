import CVector
import Kernels
import Networks

/// Grey levels x = k/255 as intervals of a logistic distribution with centre m from the decoder and ln s
/// given or learned (Salimans, Karpathy, Chen and Kingma, "PixelCNN++", 2017, section 2.1; one component).
///
/// With a = (x + ½w − m)/s, b = (x − ½w − m)/s, w = 1/255 and δ = a − b = w/s,
///
///     p(x) = σ(a) − σ(b) = σ(a)·σ(−b)·(1 − e^−δ)
///
/// which is a product, so that ln p = −softplus(−a) − softplus(b) + ln(1 − e^−δ) cancels nowhere. Level 0
/// takes the lower tail, ln σ(a), and level 1 the upper one, ln σ(−b).
///
/// Scores: (σ(b) − σ(−a))/s of m; b·σ(b) − a·σ(−a) − δ/(e^δ − 1) of ln s; without the terms of b at level
/// 0, those of a at level 1, and those of δ at both.
struct DiscretisedLogisticLikelihood: RowLikelihood {
  let scale: LearnedScale

  /// The distance of two grey levels.
  static let width: Float = 1 / 255

  var learned: ParameterSlot? { scale.slot }

  func logDensity(_ row: LikelihoodRow) -> Double {
    sumScores(
      row.x, row.output, scale.logarithms(row), writing: row.writingScore,
      own: row.ownScore
    ) { x, m, logScale in
      let precision = exp(-logScale)
      let distance = (x - m) * precision
      let width = Self.width * precision
      let a = vector_fma(Lanes(repeating: 0.5), width, distance)
      let b = vector_fma(Lanes(repeating: -0.5), width, distance)
      // A level's middle is half a width from the next: what lies nearer to an end is the end.
      let isLowest = x .< 0.5 * Self.width
      let isHighest = x .> 1 - 0.5 * Self.width
      let above = softplus(-a).replacing(with: 0, where: isHighest)
      let below = softplus(b).replacing(with: 0, where: isLowest)
      let atEnd = isLowest .| isHighest
      let inside = log(-expm1(-width)).replacing(with: 0, where: atEnd)
      let upper = sigmoid(-a).replacing(with: 0, where: isHighest)
      let lower = sigmoid(b).replacing(with: 0, where: isLowest)
      let narrowing = (width / expm1(width)).replacing(with: 0, where: atEnd)
      let term: Lanes = inside - above - below
      let score: Lanes = (lower - upper) * precision
      let own: Lanes = lower * b - upper * a - narrowing
      return (term, score, own)
    }
  }

  /// The exact mean, Σₖ P(x ≥ k/255)/255 over the levels from 1 to 255.
  func mean(_ output: MatrixView, parameters: ParameterViews) {
    for row in 0..<output.rows {
      let target = output.row(row)
      mapLanes(target, target, scale.logarithms(parameters), into: target) { m, _, logScale in
        let precision = exp(-logScale)
        var sum = Lanes(repeating: 0)
        for level in 1...255 {
          let threshold: Float = (Float(level) - 0.5) * Self.width
          sum += sigmoid((m - threshold) * precision)
        }
        return sum * Self.width
      }
    }
  }

  /// The nearest level to a draw of the logistic, m + s·ln(u/(1 − u)).
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    withNoise(like: output) { noise in
      stream.fillUniform(noise, step: 1, firstRow: firstRow)
      for row in 0..<output.rows {
        mapLanes(
          output.row(row), noise.row(row), scale.logarithms(parameters), into: output.row(row)
        ) { m, u, l in
          let inside = u + 0x1p-25
          let odds: Lanes = inside / (1 - inside)
          let drawn = vector_fma(exp(l), log(odds), m)
          let bounded = vector_min(
            vector_max(drawn, Lanes(repeating: 0)), Lanes(repeating: 1))
          // 1.5·2²³: adding it rounds to the nearest integer.
          let magic = Float(12_582_912)
          let level: Lanes = (bounded * 255 + magic) - magic
          return level / 255
        }
      }
    }
  }
}
