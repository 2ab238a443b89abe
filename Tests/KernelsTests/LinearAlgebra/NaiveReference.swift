// The slow, obvious twins of BLAS and LAPACK: plain loops in Double over plain arrays, sharing no
// code with what they judge.

import Kernels

/// A matrix in Double for checking: [rows × columns], row by row.
struct Reference {
  var rows: Int
  var columns: Int
  var values: [Double]

  init(rows: Int, columns: Int, _ values: [Double]) {
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  init<Scalar: BLASScalar>(_ matrix: Matrix<Scalar>) {
    self.init(rows: matrix.rows, columns: matrix.columns, matrix.elements.map { Double($0) })
  }

  static func diagonal<Scalar: BLASScalar>(_ elements: [Scalar]) -> Reference {
    var result = Reference(
      rows: elements.count, columns: elements.count,
      Array(repeating: 0, count: elements.count * elements.count))
    for i in elements.indices { result.values[i * elements.count + i] = Double(elements[i]) }
    return result
  }

  static func identity(_ size: Int) -> Reference {
    diagonal(Array(repeating: 1.0, count: size))
  }

  var transposed: Reference {
    var result = Reference(rows: columns, columns: rows, values)
    for i in 0..<rows {
      for j in 0..<columns { result.values[j * rows + i] = values[i * columns + j] }
    }
    return result
  }

  var magnitudes: Reference {
    Reference(rows: rows, columns: columns, values.map(\.magnitude))
  }

  /// √(Σ aᵢⱼ²), which bounds the spectral norm from above.
  var norm: Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  static func * (left: Reference, right: Reference) -> Reference {
    precondition(left.columns == right.rows)
    var result = Reference(
      rows: left.rows, columns: right.columns,
      Array(repeating: 0, count: left.rows * right.columns))
    for i in 0..<left.rows {
      for j in 0..<right.columns {
        var sum = 0.0
        for p in 0..<left.columns {
          sum += left.values[i * left.columns + p] * right.values[p * right.columns + j]
        }
        result.values[i * right.columns + j] = sum
      }
    }
    return result
  }

  static func - (left: Reference, right: Reference) -> Reference {
    precondition(left.rows == right.rows && left.columns == right.columns)
    return Reference(
      rows: left.rows, columns: left.columns, zip(left.values, right.values).map { $0 - $1 })
  }
}

/// γₙ = n·u / (1 − n·u), the bound of n roundings in a row with unit roundoff u = ε/2.
///
/// The rounded value of a sum of k products, in whatever order and with or without fused
/// operations, is within γₖ · Σ |aᵢ||bᵢ| of the exact one: Higham, *Accuracy and Stability of
/// Numerical Algorithms* (2002), section 3.1.
func roundingBound(_ roundings: Int, unit: Double) -> Double {
  let product = Double(roundings) * unit
  return product / (1 - product)
}

/// The bound for a result in `Scalar` compared with a reference that rounds as often in Double.
func roundingBound<Scalar: BLASScalar>(_ roundings: Int, _: Scalar.Type) -> Double {
  roundingBound(roundings, unit: Double(Scalar.ulpOfOne) / 2)
    + roundingBound(roundings, unit: Double.ulpOfOne / 2)
}

/// The largest relative residual of a backward stable factorisation of a matrix with this longer
/// side: 30 · n · ε, where 30 is the threshold of LAPACK's own test programs for
/// ‖A − factors‖ / (‖A‖ · n · ε).
func backwardErrorBound<Scalar: BLASScalar>(side: Int, _: Scalar.Type) -> Double {
  30 * Double(max(side, 1)) * Double(Scalar.ulpOfOne)
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers in every run.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  init(seed: Int) {
    state = UInt64(truncatingIfNeeded: seed)
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Multiples of 1/1024 in −1...1, exact in both precisions; their products never underflow.
  mutating func values(_ count: Int) -> [Double] {
    (0..<count).map { _ in Double(Int(next() % 2049) - 1024) / 1024 }
  }

  mutating func matrix<Scalar: BLASScalar>(
    _ rows: Int, _ columns: Int, _: Scalar.Type
  ) -> Matrix<Scalar> {
    Matrix(rows: rows, columns: columns, values(rows * columns).map { Scalar($0) })
  }

  /// B · Bᵀ / n + I: symmetric, eigenvalues at least one and at most about n/3 + 1.
  mutating func positiveDefinite<Scalar: BLASScalar>(
    _ size: Int, _: Scalar.Type
  ) -> Matrix<Scalar> {
    let b = Reference(rows: size, columns: size, values(size * size))
    let product = b * b.transposed
    var result = Matrix<Scalar>(rows: size, columns: size)
    for i in 0..<size {
      for j in 0..<size {
        let entry = product.values[i * size + j] / Double(size) + (i == j ? 1 : 0)
        result[i, j] = Scalar(entry)
      }
    }
    return result
  }
}
