// Where every tensor lies in the flat arenas, and how its bytes on disk map to memory.

import Kernels

/// A tensor's place in an arena.
package struct ParameterSlot: Sendable, Equatable {
  package let offset: Int
  package let count: Int

  /// The tensor's elements.
  package func vector(in arena: VectorView) -> VectorView { arena.slice(offset, count: count) }

  /// The tensor as a matrix.
  package func matrix(in arena: VectorView, rows: Int, columns: Int) -> MatrixView {
    vector(in: arena).matrix(rows: rows, columns: columns)
  }
}

/// One named tensor: PyTorch's name and shape, our place and order of axes.
package struct TensorDescription: Sendable {
  /// PyTorch's name: `encoder.0.weight`.
  package let name: String
  /// PyTorch's shape.
  package let shape: [Int]
  /// Which of PyTorch's axes each axis in memory is: `[1, 0]` for a transposed matrix.
  package let axes: [Int]
  package let slot: ParameterSlot
  package let initialiser: Initialiser
  /// Added to what the initialiser gives.
  package let offset: Float
  package let fanIn: Int
  package let fanOut: Int

  /// Values in memory order from values in PyTorch's.
  package func memoryOrder(_ values: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    forEachPair { memory, torch in result[memory] = values[torch] }
    return result
  }

  /// Values in PyTorch's order from values in memory's.
  package func torchOrder(_ values: [Float]) -> [Float] {
    var result = [Float](repeating: 0, count: values.count)
    forEachPair { memory, torch in result[torch] = values[memory] }
    return result
  }

  private func forEachPair(_ body: (Int, Int) -> Void) {
    var torchStrides = [Int](repeating: 1, count: shape.count)
    for axis in stride(from: shape.count - 2, through: 0, by: -1) {
      torchStrides[axis] = torchStrides[axis + 1] * shape[axis + 1]
    }
    let sizes = axes.map { shape[$0] }
    let strides = axes.map { torchStrides[$0] }
    var index = [Int](repeating: 0, count: sizes.count)
    var torch = 0
    for memory in 0..<sizes.reduce(1, *) {
      body(memory, torch)
      var axis = sizes.count - 1
      while axis >= 0 {
        index[axis] += 1
        torch += strides[axis]
        if index[axis] < sizes[axis] { break }
        torch -= strides[axis] * sizes[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
}

/// The offset table of a model: trained tensors in one arena, running statistics in another.
package struct ParameterLayout: Sendable {
  /// Tensors that the optimiser sees.
  package private(set) var trained: [TensorDescription] = []
  /// Tensors that it doesn't: running means and variances.
  package private(set) var statistics: [TensorDescription] = []
  /// Floats in the trained arena, padding included.
  package private(set) var trainedCount = 0
  /// Floats in the statistics arena.
  package private(set) var statisticsCount = 0

  package init() {}

  /// The number of trained values, padding not counted.
  package var parameterCount: Int { trained.reduce(0) { $0 + $1.slot.count } }

  /// All tensors in the order of the layers.
  package var tensors: [TensorDescription] { trained + statistics }

  package mutating func add(
    _ name: String, shape: [Int], axes: [Int]? = nil, initialiser: Initialiser, fanIn: Int = 1,
    fanOut: Int = 1, offset: Float = 0, isTrained: Bool = true
  ) -> ParameterSlot {
    let count = shape.reduce(1, *)
    let slot = ParameterSlot(offset: isTrained ? trainedCount : statisticsCount, count: count)
    let tensor = TensorDescription(
      name: name, shape: shape, axes: axes ?? Array(0..<shape.count), slot: slot,
      initialiser: initialiser, offset: offset, fanIn: fanIn, fanOut: fanOut)
    // Every tensor starts on a cache line; the zeros between stay zero through every optimiser.
    if isTrained {
      trained.append(tensor)
      trainedCount += Arena.aligned(count)
    } else {
      statistics.append(tensor)
      statisticsCount += Arena.aligned(count)
    }
    return slot
  }

  /// Starting values of every tensor, the same for a seed whatever the memory layout.
  package func initialise(trained arena: VectorView, statistics: VectorView, seed: UInt64) {
    for (index, tensor) in trained.enumerated() {
      let stream = RandomStream(seed: seed, purpose: .initialisation, lane: index)
      let values = tensor.initialiser.values(
        shape: tensor.shape, fanIn: tensor.fanIn, fanOut: tensor.fanOut, stream: stream)
      let place = tensor.slot.vector(in: arena)
      place.assign(tensor.memoryOrder(values))
      if tensor.offset != 0 { mapLanes(place, into: place) { $0 + tensor.offset } }
    }
    for tensor in self.statistics {
      tensor.slot.vector(in: statistics).fill(tensor.initialiser == .ones ? 1 : 0)
    }
  }
}
