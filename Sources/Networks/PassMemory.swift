// Memory of passes that never run at the same time.

import Kernels

/// What workspaces can share: the gradients on their way from layer to layer, and the workers' scratch.
///
/// An encoder's backward pass begins when the decoder's has ended, and nobody encodes in the middle of a
/// training step; so one such object serves all workspaces of a model, as long as only one thread calls.
package final class PassMemory: Sendable {
  private let arena: Arena
  // Two, exchanged from layer to layer.
  let gradients: [VectorView]
  // One a worker.
  let scratch: [VectorView]

  /// A network and the most examples that a backward pass through it has; 0 if there is none.
  package typealias Pass = (network: Network, examples: Int)

  /// Memory enough for any one of the passes at a time.
  package init(_ passes: [Pass], workers: Int) {
    let sizes = passes.map { pass in
      PassMemory.gradientCounts(pass.network).map { $0 * pass.examples }
    }
    let counts = (0..<2).map { side in Arena.aligned(sizes.map { $0[side] }.max() ?? 0) }
    let scratchCount = PassMemory.scratchCount(passes.map(\.network), workers: workers)
    let arena = Arena(count: counts[0] + counts[1] + workers * scratchCount)
    self.arena = arena
    gradients = [
      arena.vector(at: 0, count: counts[0]), arena.vector(at: counts[0], count: counts[1]),
    ]
    scratch = (0..<workers).map {
      arena.vector(at: counts[0] + counts[1] + $0 * scratchCount, count: scratchCount)
    }
  }

  /// Floats that such memory would hold; a number that `Int` may not.
  package static func floats(_ passes: [Pass], workers: Int) -> Double {
    let gradients = (0..<2).map { side in
      passes.map { Double(gradientCounts($0.network)[side]) * Double($0.examples) }.max() ?? 0
    }
    return gradients[0] + gradients[1]
      + Double(workers) * Double(scratchCount(passes.map(\.network), workers: workers))
  }

  // The widest gradients an example that fall to either side: layer i's input gradient to side i mod 2,
  // but for the first layer's, which the caller takes.
  private static func gradientCounts(_ network: Network) -> [Int] {
    (0..<2).map { side in
      network.layers.indices.filter { $0 > 0 && $0 % 2 == side }
        .map { network.layers[$0].inputShape.count }.max() ?? 0
    }
  }

  private static func scratchCount(_ networks: [Network], workers: Int) -> Int {
    Arena.aligned(
      networks.flatMap(\.layers).map { $0.scratchPerWorker(workers: workers) }.max() ?? 0)
  }
}
