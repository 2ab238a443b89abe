import Kernels

/// A matrix with orthonormal rows (or columns, if there are more rows than columns), drawn evenly from
/// all such matrices, in row-major order.
///
/// The Q of a Gaussian matrix's QR factorisation, with the signs of R's diagonal put right (Mezzadri,
/// "How to generate random matrices from the classical compact groups", 2007).
func orthogonalMatrix(rows: Int, columns: Int, stream: RandomStream) -> [Float] {
  // With threads of its own, LAPACK would round in another order and a seed would give other weights.
  OpenBLAS.useOneThread()
  let (tall, narrow) = (max(rows, columns), min(rows, columns))
  let gaussian = Matrix<Float>(
    rows: tall, columns: narrow, stream.gaussian(count: tall * narrow))
  guard let factors = try? QRFactorization(of: gaussian) else {
    preconditionFailure("orthogonalMatrix: a Gaussian \(tall)×\(narrow) matrix has no QR factors")
  }
  var result = [Float](repeating: 0, count: rows * columns)
  for i in 0..<tall {
    for j in 0..<narrow {
      let value = factors.orthogonal[i, j] * (factors.upper[j, j] < 0 ? -1 : 1)
      result[rows >= columns ? i * columns + j : j * columns + i] = value
    }
  }
  return result
}
