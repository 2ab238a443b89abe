// The same product of matrices by three loops, by the engine's blocked loops and by OpenBLAS, and what that makes
// of a training step. Build with -c release: without optimisation the loops would be slower still.

import Foundation
import Variational

@main struct NaiveVersusBLAS {
  /// C ← A · B by the textbook's three loops, in the order that runs along rows.
  static func textbookProduct(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Matrix<Float> {
    let (rows, inner, columns) = (a.rows, a.columns, b.columns)
    let (left, right) = (a.elements, b.elements)
    var product = [Float](repeating: 0, count: rows * columns)
    for i in 0..<rows {
      for k in 0..<inner {
        let scale = left[i * inner + k]
        for j in 0..<columns { product[i * columns + j] += scale * right[k * columns + j] }
      }
    }
    return Matrix(rows: rows, columns: columns, product)
  }

  /// Seconds of the fastest of some calls: others only add to it.
  static func seconds(_ calls: Int = 5, _ body: () throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<calls {
      let start = DispatchTime.now().uptimeNanoseconds
      try body()
      best = min(best, Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
    }
    return best
  }

  static func row(_ name: String, _ seconds: Double, _ operations: Double) {
    let speed = String(format: "%9.3f ms %9.2f GFLOP/s", seconds * 1e3, operations / seconds / 1e9)
    print(name.padding(toLength: 28, withPad: " ", startingAt: 0) + speed)
  }

  static func matrix(_ rows: Int, _ columns: Int) -> Matrix<Float> {
    Matrix(
      rows: rows, columns: columns, (0..<rows * columns).map { _ in Float.random(in: -1...1) })
  }

  static func main() throws {
    let pixels = (0..<128 * 784).map { _ in UInt8.random(in: 0...255) }
    let data = try DataSet(bytes: pixels, shape: Shape(height: 28, width: 28, channels: 1))
    let spec = try ModelSpec.preset("dense", for: data.shape)
    // From the first model on OpenBLAS works on one thread, as the loops do.
    _ = try Model(spec, threads: 1)

    // The first layer of the dense model: 128 images of 784 pixels to 400 units.
    let (m, k, n) = (128, 784, 400)
    let (a, b) = (matrix(m, k), matrix(k, n))
    let operations = 2 * Double(m) * Double(k) * Double(n)
    print("[\(m)×\(k)] · [\(k)×\(n)], \(Int(operations / 1e6)) million operations")
    var reference = Matrix<Float>(rows: m, columns: n)
    row("three loops", seconds { reference = textbookProduct(a, b) }, operations)
    for backend in MatrixBackend.allCases {
      var c = Matrix<Float>(rows: m, columns: n)
      row("\(backend)", seconds { c.setProduct(of: a, by: b, on: backend) }, operations)
      // Sums of 784 products of numbers below 1, in another order: each rounds by 2⁻²⁴ of a sum of about 10.
      let difference = zip(c.elements, reference.elements).map { abs($0 - $1) }.max() ?? 0
      precondition(difference < 1e-3, "the products differ by \(difference)")
    }

    // A whole step has other work too, which no faster product takes away.
    print("\nOne training step of the dense model, 128 random images, one thread")
    for backend in MatrixBackend.allCases {
      let trainer = try Trainer(try Model(spec, threads: 1, backend: backend), data: data)
      guard let batch = trainer.batches(epoch: 0).first(where: { _ in true }) else { continue }
      // Every weight takes part in one product forwards and, but for the first layer's, in two backwards.
      let products = 2 * 128 * Double(3 * trainer.model.parameterCount - 784 * 400)
      row("\(backend)", try seconds { _ = try trainer.step(batch) }, products)
    }
  }
}
