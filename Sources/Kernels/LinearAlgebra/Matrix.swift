/// A dense matrix of Floats or Doubles, a value like an array.
///
/// ```swift
/// let a: Matrix<Double> = [[1, 2], [3, 4]]
/// let b = a * a.transposed()  // [[5, 11], [11, 25]]
/// ```
///
/// Goals, most important first:
///
/// 1. A mistake in the shapes traps and names the method and both shapes; what depends on the
///    numbers (a singular matrix, a NaN) throws a ``LAPACKError``.
/// 2. Products and factorisations cost what OpenBLAS and LAPACK cost.
/// 3. The code reads like the formula.
///
/// Elements stand row by row in one array, so a row is contiguous and copies share storage until
/// one of them changes. A matrix may have no rows or no columns; a sum over nothing is zero.
public struct Matrix<Scalar: BLASScalar>: Equatable, Sendable {
  /// The number of rows.
  public let rows: Int

  /// The number of columns.
  public let columns: Int

  /// The elements, row by row: [rows × columns].
  public var elements: [Scalar] { storage }

  @usableFromInline
  var storage: [Scalar]

  /// Creates a matrix from its elements, row by row.
  ///
  /// - Parameters:
  ///   - rows: The number of rows.
  ///   - columns: The number of columns.
  ///   - elements: [rows × columns]; any other count traps.
  @inlinable
  public init(rows: Int, columns: Int, _ elements: [Scalar]) {
    precondition(
      rows >= 0 && columns >= 0, "Matrix.init: \(rows)×\(columns) has a negative side")
    precondition(
      elements.count == rows * columns,
      "Matrix.init: \(elements.count) elements do not fill \(rows)×\(columns)")
    self.rows = rows
    self.columns = columns
    self.storage = elements
  }

  /// Creates a matrix with all elements the same.
  @inlinable
  public init(rows: Int, columns: Int, repeating value: Scalar = 0) {
    precondition(
      rows >= 0 && columns >= 0, "Matrix.init: \(rows)×\(columns) has a negative side")
    self.init(
      rows: rows, columns: columns, Array(repeating: value, count: rows * columns))
  }

  /// Creates a matrix from its rows, which must be of one length.
  @inlinable
  public init(_ rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    for (i, row) in rows.enumerated() {
      precondition(
        row.count == columns,
        "Matrix.init: row \(i) has \(row.count) elements, row 0 has \(columns)")
    }
    self.init(rows: rows.count, columns: columns, Array(rows.joined()))
  }

  /// The identity matrix [size×size].
  @inlinable
  public static func identity(_ size: Int) -> Matrix {
    diagonal(Array(repeating: 1, count: size))
  }

  /// The square matrix with these elements on its diagonal and zeros elsewhere.
  @inlinable
  public static func diagonal(_ elements: [Scalar]) -> Matrix {
    var result = Matrix(rows: elements.count, columns: elements.count)
    for i in elements.indices { result[i, i] = elements[i] }
    return result
  }
}

// MARK: - Elements

extension Matrix {
  /// The element in row `i` and column `j`, counted from zero.
  @inlinable
  public subscript(i: Int, j: Int) -> Scalar {
    get {
      checkIndices(i, j)
      return storage[i * columns + j]
    }
    set {
      checkIndices(i, j)
      storage[i * columns + j] = newValue
    }
  }

  @inlinable
  func checkIndices(_ i: Int, _ j: Int) {
    precondition(
      i >= 0 && i < rows && j >= 0 && j < columns,
      "Matrix.subscript: [\(i), \(j)] is outside \(shape)")
  }

  /// The shape in words, for messages: `3×4`.
  @usableFromInline
  var shape: String { "\(rows)×\(columns)" }

  /// Whether there are as many rows as columns.
  @inlinable
  public var isSquare: Bool { rows == columns }

  /// The elements of row `i`: [columns].
  @inlinable
  public func row(_ i: Int) -> [Scalar] {
    precondition(i >= 0 && i < rows, "Matrix.row: \(i) is outside \(shape)")
    return Array(storage[i * columns..<(i + 1) * columns])
  }

  /// The elements of column `j`: [rows].
  @inlinable
  public func column(_ j: Int) -> [Scalar] {
    precondition(j >= 0 && j < columns, "Matrix.column: \(j) is outside \(shape)")
    return (0..<rows).map { storage[$0 * columns + j] }
  }

  /// The elements with equal row and column: [min(rows, columns)].
  @inlinable
  public var diagonal: [Scalar] {
    (0..<min(rows, columns)).map { storage[$0 * columns + $0] }
  }

  /// The matrix where the given rows meet the given columns.
  public func submatrix(rows rowRange: Range<Int>, columns columnRange: Range<Int>) -> Matrix {
    precondition(
      rowRange.lowerBound >= 0 && rowRange.upperBound <= rows
        && columnRange.lowerBound >= 0 && columnRange.upperBound <= columns,
      "Matrix.submatrix: rows \(rowRange) and columns \(columnRange) are outside \(shape)")
    var elements: [Scalar] = []
    elements.reserveCapacity(rowRange.count * columnRange.count)
    for i in rowRange {
      let start = i * columns
      elements += storage[start + columnRange.lowerBound..<start + columnRange.upperBound]
    }
    return Matrix(rows: rowRange.count, columns: columnRange.count, elements)
  }

  /// The matrix with rows and columns exchanged: [columns×rows].
  ///
  /// Products take their factors transposed at no cost, so this is seldom needed before one.
  @inlinable
  public func transposed() -> Matrix {
    // Square tiles: a whole column would touch a new cache line for every element.
    let tile = 32
    let result = [Scalar](unsafeUninitializedCapacity: storage.count) { target, count in
      storage.withUnsafeBufferPointer { source in
        for top in stride(from: 0, to: rows, by: tile) {
          for left in stride(from: 0, to: columns, by: tile) {
            for i in top..<min(top + tile, rows) {
              for j in left..<min(left + tile, columns) {
                target.initializeElement(at: j * rows + i, to: source[i * columns + j])
              }
            }
          }
        }
      }
      count = storage.count
    }
    return Matrix(rows: columns, columns: rows, result)
  }

  /// The matrix of the same shape whose elements are `transform` of this one's.
  @inlinable
  public func map<Result: BLASScalar, Failure: Error>(
    _ transform: (Scalar) throws(Failure) -> Result
  ) throws(Failure) -> Matrix<Result> {
    Matrix<Result>(rows: rows, columns: columns, try storage.map(transform))
  }
}

// MARK: - Literals and text

extension Matrix: ExpressibleByArrayLiteral {
  /// Creates a matrix from its rows: `let a: Matrix<Float> = [[1, 2], [3, 4]]`.
  @inlinable
  public init(arrayLiteral rows: [Scalar]...) {
    self.init(rows)
  }
}

extension Matrix: CustomStringConvertible {
  /// The shape, then one row a line.
  public var description: String {
    (["Matrix \(shape)"] + (0..<rows).map { "\(row($0))" }).joined(separator: "\n")
  }
}
