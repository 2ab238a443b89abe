// Gradients of one size for every tensor, before the optimiser sees them.

import Kernels

/// What is done to the size of gradients before an optimiser uses them.
public enum GradientNormalisation: String, Sendable, Hashable, Codable, CaseIterable {
  /// Nothing.
  case none
  /// Each tensor's gradient is divided by its own norm, g ← g / (‖g‖ + 10⁻⁷) (Yu, Huang, Lin, Salakhutdinov and
  /// Carbonell, "Block-normalized gradient method", 2017): how far a tensor moves no longer depends on how
  /// steep the loss is there.
  case tensor

  /// Reads the name; an unknown one is answered with the nearest.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let value = GradientNormalisation(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: unknownName(
          name, what: "gradient normalisation",
          valid: GradientNormalisation.allCases.map(\.rawValue)))
    }
    self = value
  }
}

/// Divides the gradient of every tensor by its norm.
package final class TensorNormaliser: Sendable {
  /// What is added to a norm, so that a gradient of nothing but zeros stays zero.
  static let smallestNorm = 1e-7

  private let slots: [ParameterSlot]
  // Σg² of each tensor's part in a worker's share, [workers × tensors].
  private let squares: TermBuffer
  private let factors: TermBuffer  // [tensors]

  /// Plans for the trained tensors of a layout.
  package init(_ layout: ParameterLayout, workers: Int) {
    slots = layout.trained.map(\.slot)
    squares = TermBuffer(count: workers * slots.count)
    factors = TermBuffer(count: slots.count)
  }

  /// g ← g / (‖g‖ + 10⁻⁷) for every tensor; the same number of workers gives the same bits.
  ///
  /// - Complexity: two passes over the gradients, no allocation.
  package func normalise(_ gradients: VectorView, compute: Compute) {
    squares.fill(0)
    compute.forEachShare(of: gradients.count, multiple: 16, cost: 2, (self, gradients)) {
      context, share, worker in
      let (normaliser, gradients) = context
      for (index, slot) in normaliser.slots.enumerated() {
        guard let part = slot.part(of: gradients, in: share) else { continue }
        normaliser.squares[worker * normaliser.slots.count + index] = part.sumOfSquares
      }
    }
    for index in slots.indices {
      var sum = 0.0
      for worker in 0..<compute.workers { sum += squares[worker * slots.count + index] }
      factors[index] = 1 / (sum.squareRoot() + TensorNormaliser.smallestNorm)
    }
    compute.forEachShare(of: gradients.count, multiple: 16, cost: 2, (self, gradients)) {
      context, share, _ in
      let (normaliser, gradients) = context
      for (index, slot) in normaliser.slots.enumerated() {
        slot.part(of: gradients, in: share)?.scale(by: Float(normaliser.factors[index]))
      }
    }
  }
}

extension ParameterSlot {
  // The tensor's elements within a range of the arena; nil if there are none.
  fileprivate func part(of arena: VectorView, in range: Range<Int>) -> VectorView? {
    let (first, last) = (max(offset, range.lowerBound), min(offset + count, range.upperBound))
    return first < last ? arena.slice(first, count: last - first) : nil
  }
}
