// The mathematics of a new layer, written with the library's matrices and checked before it goes anywhere near the
// engine: forwards, backwards, and backwards against differences of forwards. The article "Writing a layer" says
// how it then becomes a layer of the engine.

import Foundation
import Variational

/// y = x + W₂ · tanh(W₁ x): what the layer adds to its input is learned, so that it begins as the identity.
struct Residual {
  var first: Matrix<Double>  // W₁ [inputs × hidden]
  var second: Matrix<Double>  // W₂ [hidden × inputs]

  /// Y = X + tanh(X W₁) W₂.
  ///
  /// - Parameter x: [n × inputs]
  /// - Returns: y [n × inputs], and what backwards needs besides x: the hidden values [n × hidden]
  func forward(_ x: Matrix<Double>) -> (y: Matrix<Double>, hidden: Matrix<Double>) {
    // X [n×in] · W₁ [in×hid]
    let hidden = (x * first).map { tanh($0) }
    // tanh(…) [n×hid] · W₂ [hid×in]
    return (x + hidden * second, hidden)
  }

  /// The gradients of ⟨dY, Y⟩.
  ///
  /// - Parameter dy: [n × inputs]
  /// - Returns: dX [n × inputs], dW₁ and dW₂ in their weights' shapes
  func backward(
    _ x: Matrix<Double>, hidden: Matrix<Double>, dy: Matrix<Double>
  ) -> (dx: Matrix<Double>, first: Matrix<Double>, second: Matrix<Double>) {
    // tanh(…)ᵀ [hid×n] · dY [n×in]
    let dSecond = hidden.transposed() * dy
    // tanh′(a) = 1 − tanh(a)², at dY [n×in] · W₂ᵀ [in×hid]
    let arriving = dy * second.transposed()
    let dInner = Matrix(
      rows: hidden.rows, columns: hidden.columns,
      zip(arriving.elements, hidden.elements).map { $0 * (1 - $1 * $1) })
    // Xᵀ [in×n] · dInner [n×hid];  dInner [n×hid] · W₁ᵀ [hid×in], beside the identity's dY
    return (dy + dInner * first.transposed(), x.transposed() * dInner, dSecond)
  }
}

@main struct WritingALayer {
  static func random(_ rows: Int, _ columns: Int) -> Matrix<Double> {
    Matrix(
      rows: rows, columns: columns, (0..<rows * columns).map { _ in Double.random(in: -1...1) })
  }

  static func inner(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
    zip(a.elements, b.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }

  static func main() {
    let layer = Residual(first: random(6, 4), second: random(4, 6))
    let (x, dy) = (random(5, 6), random(5, 6))
    let (dx, dFirst, dSecond) = layer.backward(x, hidden: layer.forward(x).hidden, dy: dy)
    let (toX, toFirst, toSecond) = (random(5, 6), random(6, 4), random(4, 6))

    // ⟨dY, Y⟩ when everything moves by h along the directions; its slope at 0 by central difference errs by h²
    // times a third derivative of about 100, and by 10⁻¹⁵ roundings of values of about 10, over 2h: 10⁻⁸ and 10⁻⁹.
    func value(_ h: Double) -> Double {
      let moved = Residual(first: layer.first + toFirst * h, second: layer.second + toSecond * h)
      return inner(dy, moved.forward(x + toX * h).y)
    }
    let h = 1e-5
    let difference = (value(h) - value(-h)) / (2 * h)
    let gradient = inner(dx, toX) + inner(dFirst, toFirst) + inner(dSecond, toSecond)
    print("slope by backward \(gradient), by difference \(difference)")
    precondition(abs(gradient - difference) < 1e-7, "the layer's backward is wrong")
    print("They agree: the layer is ready to be written for the engine.")
  }
}
