// Draws of counts, one position at a time.

import Foundation
import Kernels

extension PositionalGenerator {
  /// A Poisson count.
  ///
  /// Below a mean of 10 by going up the distribution function; above by Hörmann's transformed rejection
  /// ("The transformed rejection method for generating Poisson random variables", 1993, algorithm PTRS).
  /// A mean beyond 10¹⁵, where neighbouring counts are one float, is returned as it is.
  mutating func poisson(mean: Double) -> Double {
    if mean <= 0 { return 0 }
    guard mean < 1e15 else { return mean }
    if mean < 10 {
      var probability = Foundation.exp(-mean)
      var (count, rest) = (0.0, uniform())
      // Beyond 200 a mean of 10 has no probability left that Double can tell.
      while rest > probability && count < 200 {
        rest -= probability
        count += 1
        probability *= mean / count
      }
      return count
    }
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let quick = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let distance = 0.5 - abs(u)
      let count = ((2 * a / distance + b) * u + mean + 0.43).rounded(.down)
      if distance >= 0.07 && v <= quick { return count }
      if count < 0 || (distance < 0.013 && v > distance) { continue }
      let left = Foundation.log(v * inverseAlpha / (a / (distance * distance) + b))
      if left <= count * Foundation.log(mean) - mean - Foundation.lgamma(count + 1).0 {
        return count
      }
    }
  }

  /// ln of a Gamma variable of scale 1.
  ///
  /// Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); below a shape of 1 by
  /// their boost, G(a) = G(a + 1)·U^(1/a), as a logarithm because small shapes give numbers below the
  /// smallest double.
  mutating func logGammaVariable(shape: Double) -> Double {
    let boost = shape < 1 ? Foundation.log(uniform()) / shape : 0
    let d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      if Foundation.log(uniform()) < 0.5 * x * x + d - d * v + d * Foundation.log(v) {
        return Foundation.log(d * v) + boost
      }
    }
  }

  /// A negative binomial count: a Poisson with a Gamma rate of mean e^logMean and shape e^logTheta.
  mutating func negativeBinomial(logMean: Double, logTheta: Double) -> Double {
    // Beyond these bounds the Gamma is a constant, or its shape no double.
    let logShape = min(max(logTheta, -600), 40)
    let logRate =
      logMean - logShape + logGammaVariable(shape: Foundation.exp(logShape))
    return poisson(mean: Foundation.exp(logRate))
  }
}
