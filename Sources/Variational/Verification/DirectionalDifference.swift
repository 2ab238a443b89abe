// Derivatives along a direction by central differences of the engine's own 32-bit forward pass.

import Kernels

/// A derivative with a bound of its error.
///
/// D(h) = (f(h) − f(−h))/2h at two steps. The error of D(h/2) has two parts.
///
/// - Truncation, c·h²/4 where f is smooth: a third of |D(h) − D(h/2)|, which is allowed in full.
/// - Rounding: f is off by some e at each point, so the quotient by 2e/h at most.
struct DirectionalDifference {
  let value: Double
  let tolerance: Double

  /// - Parameters:
  ///   - step: h, a power of two
  ///   - rounding: e, the error of one value of f
  ///   - f: the function at a distance along the direction
  init(step: Double, rounding: Double, _ f: (Double) -> Double) {
    func quotient(_ h: Double) -> Double { (f(h) - f(-h)) / (2 * h) }
    let (coarse, fine) = (quotient(step), quotient(step / 2))
    value = fine
    tolerance = abs(coarse - fine) + 2 * rounding / step + 1e-9
  }
}

/// Random signs from the engine's stream: a direction in which every coordinate counts.
func randomSigns(_ count: Int, seed: UInt64) -> [Float] {
  RandomStream(seed: seed).uniform(count: count).map { $0 < 0.5 ? -1 : 1 }
}
