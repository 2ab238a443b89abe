// Elementary functions over sixteen floats at a time.
//
// Goals, in this order: right over the whole range (subnormals, infinities and NaN included), within
// a few units in the last place of the exact value, no branch and no table, so that a loop over them
// runs at the speed of the vector unit.
//
// The method is the usual one (Muller et al., "Handbook of Floating-Point Arithmetic", ch. 11):
// reduce the argument by an exact identity, evaluate a short polynomial, put the pieces together
// without cancellation. The tests compare each with the C library in 64 bits over the whole range.

public import CVector

/// Sixteen floats, the width all loops of the engine work in.
@usableFromInline package typealias Lanes = SIMD16<Float>

/// eˣ, within 2 units in the last place; 0 below −104, ∞ above 88.73.
///
/// x = n·ln 2 + r with |r| ≤ ½ ln 2, so eˣ = 2ⁿ·eʳ. The power is applied in two halves: each is a
/// normal number, and the product underflows gradually.
@inlinable @inline(__always)
package func exp(_ x: Lanes) -> Lanes {
  let bounded = x.replacing(with: -105, where: x .< -105).replacing(with: 89, where: x .> 89)
  let (n, r) = reduceByLogTwo(bounded)
  let (lower, upper) = powersOfTwo(n)
  let q = expm1Polynomial(r)
  return (q + 1) * lower * upper
}

/// eˣ − 1 without the cancellation near zero, within 2 units in the last place.
///
/// With eʳ = 1 + q: eˣ − 1 = 2ⁿ·q + (2ⁿ − 1), and the bracket is exact.
@inlinable @inline(__always)
package func expm1(_ x: Lanes) -> Lanes {
  let bounded = x.replacing(with: -20, where: x .< -20).replacing(with: 89, where: x .> 89)
  let (n, r) = reduceByLogTwo(bounded)
  let (lower, upper) = powersOfTwo(n)
  let q = expm1Polynomial(r)
  // 2ⁿ overflows for n = 128 though the sum may not: scale by the upper half last.
  let inverse = 1 / upper
  let result = vector_fma(q, lower, lower - inverse) * upper
  return result.replacing(with: x, where: vector_abs(x) .< 1e-10)
}

/// ln x, within 2 units in the last place; −∞ at 0, NaN below.
///
/// x = 2ᵉ·m with m in [√½, √2); ln m by a polynomial in m − 1.
@inlinable @inline(__always)
package func log(_ x: Lanes) -> Lanes {
  let smallestNormal = Float(1.17549435e-38)
  let isSubnormal = x .< smallestNormal
  let scaled = (x * 8_388_608).replacing(with: x, where: .!isSubnormal)
  let bits = unsafeBitCast(scaled, to: SIMD16<Int32>.self)
  // Adding the distance from √½ to 1 moves the mantissa's break from 1 to √½.
  let shifted = bits &+ (0x3F80_0000 - 0x3F35_04F3)
  let exponent = (shifted &>> 23) &- 127
  let mantissaBits = (shifted & 0x007F_FFFF) &+ 0x3F35_04F3
  let f = unsafeBitCast(mantissaBits, to: Lanes.self) - 1
  var e = vector_from_int(exponent)
  e = (e - 23).replacing(with: e, where: .!isSubnormal)

  // ln(1+f) = f − f²/2 + f³·p(f): coefficients of the minimax polynomial in the Cephes library.
  var p = Lanes(repeating: 7.0376836292e-2)
  p = vector_fma(p, f, Lanes(repeating: -1.1514610310e-1))
  p = vector_fma(p, f, Lanes(repeating: 1.1676998740e-1))
  p = vector_fma(p, f, Lanes(repeating: -1.2420140846e-1))
  p = vector_fma(p, f, Lanes(repeating: 1.4249322787e-1))
  p = vector_fma(p, f, Lanes(repeating: -1.6668057665e-1))
  p = vector_fma(p, f, Lanes(repeating: 2.0000714765e-1))
  p = vector_fma(p, f, Lanes(repeating: -2.4999993993e-1))
  p = vector_fma(p, f, Lanes(repeating: 3.3333331174e-1))
  let square = f * f
  var tail = p * square * f
  tail = vector_fma(e, Lanes(repeating: -2.12194440e-4), tail)
  tail = vector_fma(Lanes(repeating: -0.5), square, tail)
  var result = f + tail
  result = vector_fma(e, Lanes(repeating: 0.693359375), result)

  result = result.replacing(with: -Float.infinity, where: x .== 0)
  result = result.replacing(with: Float.nan, where: x .< 0)
  return result.replacing(with: x, where: .!(x .< Float.infinity))
}

/// ln(1 + x) without losing x when it is small, within 3 units in the last place.
///
/// With u = fl(1 + x): ln u + (x − (u − 1))/u puts back what the sum rounded away.
@inlinable @inline(__always)
package func log1p(_ x: Lanes) -> Lanes {
  let u = x + 1
  let correction = (x - (u - 1)) / u
  let result = log(u) + correction.replacing(with: 0, where: .!(vector_abs(correction) .< 1))
  return result.replacing(with: x, where: vector_abs(x) .< 1e-10)
}

/// ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|): no overflow on either side.
@inlinable @inline(__always)
package func softplus(_ x: Lanes) -> Lanes {
  let positive = x.replacing(with: 0, where: x .< 0)
  return positive + log1p(exp(-vector_abs(x)))
}

/// 1/(1 + e^−x); for negative x as e^x/(1 + e^x), so that both tails keep their precision.
@inlinable @inline(__always)
package func sigmoid(_ x: Lanes) -> Lanes {
  let e = exp(-vector_abs(x))
  let numerator = Lanes(repeating: 1).replacing(with: e, where: x .< 0)
  return numerator / (e + 1)
}

/// tanh x = −t/(t + 2) with t = e^−2|x| − 1, the sign put back.
@inlinable @inline(__always)
package func tanh(_ x: Lanes) -> Lanes {
  let t = expm1(-2 * vector_abs(x))
  let magnitude = -t / (t + 2)
  return (-magnitude).replacing(with: magnitude, where: x .>= 0).replacing(
    with: x, where: .!(vector_abs(x) .>= 1e-10))
}

/// Φ(x), the standard normal's cumulative distribution, to a relative 5e-6 down to x = −9.
///
/// Φ(x) = ½ erfc(−x/√2), with the Chebyshev fit of erfc in t = 1/(1 + a/2), a = |x|/√2, whose
/// relative error is below 1.2e-7 everywhere (Numerical Recipes, section 6.2, `erfcc`). The exponent,
/// −x²/2 and a little, is rounded twice by up to 2⁻¹⁹ (once with a fused product); squaring the rounded
/// a instead of x would double that.
@inlinable @inline(__always)
package func normalCumulative(_ x: Lanes) -> Lanes {
  let a = vector_abs(x) * 0.707106781
  let t = 1 / vector_fma(a, Lanes(repeating: 0.5), Lanes(repeating: 1))
  var p = Lanes(repeating: 0.17087277)
  p = vector_fma(p, t, Lanes(repeating: -0.82215223))
  p = vector_fma(p, t, Lanes(repeating: 1.48851587))
  p = vector_fma(p, t, Lanes(repeating: -1.13520398))
  p = vector_fma(p, t, Lanes(repeating: 0.27886807))
  p = vector_fma(p, t, Lanes(repeating: -0.18628806))
  p = vector_fma(p, t, Lanes(repeating: 0.09678418))
  p = vector_fma(p, t, Lanes(repeating: 0.37409196))
  p = vector_fma(p, t, Lanes(repeating: 1.00002368))
  p = vector_fma(p, t, Lanes(repeating: -1.26551223))
  let half = 0.5 * t * exp(vector_fma(-0.5 * x, x, p))
  return half.replacing(with: 1 - half, where: x .> 0)
}

/// (sin, cos) of 2π·turns for turns in [0, 1), within 2 units in the last place of 1.
///
/// The nearest quarter turn is taken off exactly; the polynomials see [−π/4, π/4].
@inlinable @inline(__always)
package func sineAndCosine(ofTurns turns: Lanes) -> (sine: Lanes, cosine: Lanes) {
  let quarters = turns * 4
  let magic = Float(12_582_912)  // 1.5·2²³: adding it rounds to the nearest integer
  let rounded = (quarters + magic) - magic
  let bits = unsafeBitCast(quarters + magic, to: SIMD16<UInt32>.self)
  let angle = (quarters - rounded) * 1.57079633
  let square = angle * angle

  var s = Lanes(repeating: -1.9515295891e-4)
  s = vector_fma(s, square, Lanes(repeating: 8.3321608736e-3))
  s = vector_fma(s, square, Lanes(repeating: -1.6666654611e-1))
  let sine = vector_fma(s * square, angle, angle)
  var c = Lanes(repeating: 2.443315711809948e-5)
  c = vector_fma(c, square, Lanes(repeating: -1.388731625493765e-3))
  c = vector_fma(c, square, Lanes(repeating: 4.166664568298827e-2))
  let cosine = vector_fma(
    c * square, square, vector_fma(Lanes(repeating: -0.5), square, Lanes(repeating: 1)))

  let isOdd = (bits & 1) .== 1
  let isSineNegative = (bits & 2) .== 2
  let isCosineNegative = ((bits &+ 1) & 2) .== 2
  let swappedSine = sine.replacing(with: cosine, where: isOdd)
  let swappedCosine = cosine.replacing(with: sine, where: isOdd)
  return (
    swappedSine.replacing(
      with: -swappedSine, where: isSineNegative),
    swappedCosine.replacing(
      with: -swappedCosine, where: isCosineNegative)
  )
}

// x = n·ln 2 + r. Adding 1.5·2²³ leaves n in the low bits of the sum; ln 2 is split in two so that
// n·(its upper part) is exact.
@inlinable @inline(__always)
func reduceByLogTwo(_ x: Lanes) -> (n: SIMD16<Int32>, r: Lanes) {
  let magic = Float(12_582_912)
  let shifted = vector_fma(x, Lanes(repeating: 1.44269504), Lanes(repeating: magic))
  let rounded = shifted - magic
  let n = unsafeBitCast(shifted, to: SIMD16<Int32>.self) &- 0x4B40_0000
  var r = vector_fma(rounded, Lanes(repeating: -0.693359375), x)
  r = vector_fma(rounded, Lanes(repeating: 2.12194440e-4), r)
  return (n, r)
}

// 2ⁿ as a product of two normal powers.
@inlinable @inline(__always)
func powersOfTwo(_ n: SIMD16<Int32>) -> (lower: Lanes, upper: Lanes) {
  let half = n &>> 1
  let rest = n &- half
  return (
    unsafeBitCast((rest &+ 127) &<< 23, to: Lanes.self),
    unsafeBitCast((half &+ 127) &<< 23, to: Lanes.self)
  )
}

// eʳ − 1 = r + r²·p(r) on |r| ≤ ½ ln 2; minimax coefficients as in the Cephes library.
@inlinable @inline(__always)
func expm1Polynomial(_ r: Lanes) -> Lanes {
  var p = Lanes(repeating: 1.9875691500e-4)
  p = vector_fma(p, r, Lanes(repeating: 1.3981999507e-3))
  p = vector_fma(p, r, Lanes(repeating: 8.3334519073e-3))
  p = vector_fma(p, r, Lanes(repeating: 4.1665795894e-2))
  p = vector_fma(p, r, Lanes(repeating: 1.6666665459e-1))
  p = vector_fma(p, r, Lanes(repeating: 5.0000001201e-1))
  return vector_fma(p * r, r, r)
}
