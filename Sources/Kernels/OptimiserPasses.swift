// One pass over parameters, gradients and moments, sixteen at a time: the inner loops of the
// optimisers. What the numbers mean is said where the rules are, in Networks.

import CVector

/// The numbers of one Adam step, bias corrections already in them.
package struct AdamCoefficients: Sendable {
  package var firstDecay: Float
  package var secondDecay: Float
  /// learningRate / (1 − β₁ᵗ)
  package var stepSize: Float
  /// 1 / √(1 − β₂ᵗ)
  package var rootCorrection: Float
  package var epsilon: Float
  /// 1 − learningRate·weightDecay; 1 for plain Adam
  package var decay: Float
  /// What gradients are multiplied by first: the clipping factor.
  package var gradientScale: Float

  package init(
    firstDecay: Float, secondDecay: Float, stepSize: Float, rootCorrection: Float, epsilon: Float,
    decay: Float, gradientScale: Float
  ) {
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.stepSize = stepSize
    self.rootCorrection = rootCorrection
    self.epsilon = epsilon
    self.decay = decay
    self.gradientScale = gradientScale
  }
}

/// m ← β₁m + (1 − β₁)g; v ← β₂v + (1 − β₂)g²; p ← decay·p − stepSize·m / (√v·rootCorrection + ε).
package func adamPass(
  parameters: VectorView, gradients: VectorView, firstMoments: VectorView,
  secondMoments: VectorView, _ c: AdamCoefficients
) {
  precondition(
    parameters.count == gradients.count && parameters.count == firstMoments.count
      && parameters.count == secondMoments.count,
    "adamPass: \(parameters.count) parameters, \(gradients.count) gradients")
  let complement1 = Lanes(repeating: 1 - c.firstDecay)
  let complement2 = Lanes(repeating: 1 - c.secondDecay)
  @inline(__always) func update(
    _ p: Lanes, _ g: Lanes, _ m: Lanes, _ v: Lanes
  ) -> (Lanes, Lanes, Lanes) {
    let g = g * c.gradientScale
    let newM = vector_fma(complement1, g - m, m)
    let newV = vector_fma(complement2, g * g, v * c.secondDecay)
    let denominator = vector_fma(
      vector_sqrt(newV), Lanes(repeating: c.rootCorrection), Lanes(repeating: c.epsilon))
    return (vector_fma(p, Lanes(repeating: c.decay), -c.stepSize * newM / denominator), newM, newV)
  }
  var index = 0
  while index &+ 16 <= parameters.count {
    let (p, m, v) = update(
      parameters.lanes(at: index), gradients.lanes(at: index), firstMoments.lanes(at: index),
      secondMoments.lanes(at: index))
    parameters.setLanes(p, at: index)
    firstMoments.setLanes(m, at: index)
    secondMoments.setLanes(v, at: index)
    index &+= 16
  }
  let rest = parameters.count &- index
  if rest > 0 {
    let (p, m, v) = update(
      parameters.partialLanes(at: index, count: rest),
      gradients.partialLanes(at: index, count: rest),
      firstMoments.partialLanes(at: index, count: rest),
      secondMoments.partialLanes(at: index, count: rest))
    parameters.setPartialLanes(p, at: index, count: rest)
    firstMoments.setPartialLanes(m, at: index, count: rest)
    secondMoments.setPartialLanes(v, at: index, count: rest)
  }
}

/// b ← momentum·b + gradientScale·g + weightDecay·p; p ← p − learningRate·b.
package func momentumPass(
  parameters: VectorView, gradients: VectorView, velocities: VectorView, learningRate: Float,
  momentum: Float, weightDecay: Float, gradientScale: Float
) {
  mapLanes(velocities, gradients, parameters, into: velocities) {
    $0 * momentum + $1 * gradientScale + $2 * weightDecay
  }
  mapLanes(parameters, velocities, into: parameters) { $0 - $1 * learningRate }
}
