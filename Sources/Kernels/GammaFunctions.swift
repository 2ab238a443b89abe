// Differences of ln Γ and of its derivative, sixteen lanes at a time.
//
// Densities of counts never need ln Γ alone but Γ(a + d)/Γ(a) with a count d, and there the two large
// logarithms cancel: at a = 10⁶ each is 1.3·10⁷, so their float difference would be wrong by whole nats.
// Both functions below therefore take the difference inside Stirling's series, after Γ(z + 1) = zΓ(z)
// has raised small arguments to at least 4, where four terms of the series are below half a unit in the
// last place of 1.

public import CVector

/// ln Γ(a + d) − ln Γ(a) for a > 0 and d ≥ 0; exactly 0 for d = 0.
///
/// With z = a or a + 4, whichever is the first of at least 4:
///
///     (z − ½)·ln(1 + d/z) + d·(ln(z + d) − 1) + R(z + d) − R(z),  R(z) = 1/12z − 1/360z³ + 1/1260z⁵ − …
///
/// - SeeAlso: Abramowitz and Stegun, 6.1.15 and 6.1.41.
@inlinable @inline(__always)
package func logGammaRatio(_ a: Lanes, adding d: Lanes) -> Lanes {
  let isSmall = a .< 4
  let z = a.replacing(with: a + 4, where: isSmall)
  let end = z + d
  // Π (a + d + i)/(a + i), i < 4; 1 where nothing was raised.
  let ratio: Lanes = risingProduct(a + d) / risingProduct(a)
  let raised = log(ratio.replacing(with: 1, where: .!isSmall))
  let remainder: Lanes = stirlingRemainder(end) - stirlingRemainder(z)
  let tail: Lanes = d * (log(end) - 1)
  let main = vector_fma(z - 0.5, log1p(d / z), tail)
  let result: Lanes = main + remainder - raised
  return result.replacing(with: 0, where: d .== 0)
}

/// ψ(a + d) − ψ(a) for a > 0 and d ≥ 0, ψ = (ln Γ)′; exactly 0 for d = 0.
///
/// ψ(z) = ln z − 1/2z − 1/12z² + 1/120z⁴ − 1/252z⁶ from z = 4 on, ψ(z + 1) = ψ(z) + 1/z below.
///
/// - SeeAlso: Abramowitz and Stegun, 6.3.5 and 6.3.18.
@inlinable @inline(__always)
package func digammaRatio(_ a: Lanes, adding d: Lanes) -> Lanes {
  let isSmall = a .< 4
  let z = a.replacing(with: a + 4, where: isSmall)
  let end = z + d
  var raised = Lanes(repeating: 0)
  for step in 0..<4 {
    let place = a + Float(step)
    let product: Lanes = place * (place + d)
    raised += d / product
  }
  raised = raised.replacing(with: 0, where: .!isSmall)
  let remainder: Lanes = digammaRemainder(end) - digammaRemainder(z)
  let difference: Lanes = log1p(d / z) + remainder + raised
  return difference.replacing(with: 0, where: d .== 0)
}

// x(x + 1)(x + 2)(x + 3)
@inlinable @inline(__always)
func risingProduct(_ x: Lanes) -> Lanes {
  var product = x
  for step in 1..<4 { product *= x + Float(step) }
  return product
}

@inlinable @inline(__always)
func stirlingRemainder(_ z: Lanes) -> Lanes {
  let inverse = 1 / z
  let square = inverse * inverse
  var p = Lanes(repeating: -1 / 1680)
  p = vector_fma(p, square, Lanes(repeating: 1 / 1260))
  p = vector_fma(p, square, Lanes(repeating: -1 / 360))
  p = vector_fma(p, square, Lanes(repeating: 1 / 12))
  return p * inverse
}

@inlinable @inline(__always)
func digammaRemainder(_ z: Lanes) -> Lanes {
  let inverse = 1 / z
  let square = inverse * inverse
  var p = Lanes(repeating: -1 / 252)
  p = vector_fma(p, square, Lanes(repeating: 1 / 120))
  p = vector_fma(p, square, Lanes(repeating: -1 / 12))
  return vector_fma(p, square, -0.5 * inverse)
}
