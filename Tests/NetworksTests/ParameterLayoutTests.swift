import Kernels
import TestSupport
import Testing

@testable import Networks

@Suite struct ParameterLayoutTests {
  static func layout(_ specs: [LayerSpec], _ input: Shape) throws -> ParameterLayout {
    var layout = ParameterLayout()
    _ = try Network(
      specs, input: input, name: "net", initialiser: .glorotNormal, lane: 0, layout: &layout)
    return layout
  }

  @Test(arguments: NetworkCase.all)
  func ordersAreInverse(_ test: NetworkCase) throws {
    for tensor in try Self.layout(test.specs, test.input).tensors {
      let values = (0..<tensor.slot.count).map { Float($0) }
      #expect(tensor.shape.reduce(1, *) == tensor.slot.count)
      #expect(tensor.torchOrder(tensor.memoryOrder(values)) == values)
      #expect(tensor.memoryOrder(tensor.torchOrder(values)) == values)
      #expect(tensor.memoryOrder(values).sorted() == values)
    }
  }

  /// PyTorch's Linear [out, in] = [3, 2] lies in memory as [in, out].
  @Test func denseWeightsAreTransposed() throws {
    let tensor = try Self.layout([.dense(outputs: 3)], Shape(features: 2)).trained[0]
    #expect(tensor.name == "net.0.weight" && tensor.shape == [3, 2])
    #expect(tensor.memoryOrder([11, 12, 21, 22, 31, 32]) == [11, 21, 31, 12, 22, 32])
  }

  /// Memory's index as the kernels read it, from the indices of output, input and tap.
  @Test func convolutionWeightsLieAsTheProductsReadThem() throws {
    func check(
      _ spec: LayerSpec, channels: Int, isTransposed: Bool,
      _ index: (_ o: Int, _ i: Int, _ tap: Int, _ outputs: Int) -> Int
    ) throws {
      let shape = Shape(height: 6, width: 6, channels: channels)
      let tensor = try Self.layout([spec], shape).trained[0]
      let outputs = isTransposed ? tensor.shape[1] : tensor.shape[0]
      #expect((isTransposed ? tensor.shape[0] : tensor.shape[1]) == channels)
      let (kh, kw) = (tensor.shape[2], tensor.shape[3])
      let memory = tensor.memoryOrder((0..<tensor.slot.count).map { Float($0) })
      for o in 0..<outputs {
        for i in 0..<channels {
          for tapY in 0..<kh {
            for tapX in 0..<kw {
              let pair = isTransposed ? i * outputs + o : o * channels + i
              let torch = (pair * kh + tapY) * kw + tapX
              #expect(memory[index(o, i, tapY * kw + tapX, outputs)] == Float(torch))
            }
          }
        }
      }
    }
    let tall = { (filters: Int) in ConvolutionSpec(filters: filters, kernel: [2, 3]) }
    // Patches [pixels, taps·in] · W [taps·in, out]
    try check(.conv2D(tall(5)), channels: 4, isTransposed: false) { o, i, tap, outputs in
      (tap * 4 + i) * outputs + o
    }
    // X [pixels, in] · W [in, taps·out]
    try check(.convTranspose2D(tall(5)), channels: 4, isTransposed: true) { o, i, tap, outputs in
      (i * 6 + tap) * outputs + o
    }
    // W [taps·out, in] · Xᵀ
    try check(.conv2D(tall(2)), channels: 4, isTransposed: false) { o, i, tap, outputs in
      (tap * outputs + o) * 4 + i
    }
    try check(.convTranspose2D(tall(2)), channels: 4, isTransposed: true) { o, i, tap, outputs in
      (tap * outputs + o) * 4 + i
    }
  }

  @Test(arguments: NetworkCase.all)
  func slotsAreAlignedAndApart(_ test: NetworkCase) throws {
    let layout = try Self.layout(test.specs, test.input)
    for (tensors, count) in [
      (layout.trained, layout.trainedCount), (layout.statistics, layout.statisticsCount),
    ] {
      var end = 0
      for tensor in tensors {
        #expect(tensor.slot.offset % 16 == 0 && tensor.slot.offset >= end)
        end = tensor.slot.offset + tensor.slot.count
      }
      #expect(end <= count && count - end < 16)
    }
    #expect(layout.parameterCount == layout.trained.reduce(0) { $0 + $1.slot.count })
    #expect(Set(layout.tensors.map(\.name)).count == layout.tensors.count)
  }

  @Test func tensorsCarryPyTorchsNamesAndShapes() throws {
    let layout = try Self.layout(
      [
        .conv2D(filters: 6), .batchNorm(), .relu, .flatten, .gatedDense(outputs: 4),
        .dense(outputs: 2),
      ], Shape(height: 2, width: 2, channels: 3))
    let trained = layout.trained.map { "\($0.name) \($0.shape)" }
    #expect(
      trained == [
        "net.0.weight [6, 3, 3, 3]", "net.0.bias [6]", "net.1.weight [6]", "net.1.bias [6]",
        "net.4.h.weight [4, 24]", "net.4.h.bias [4]", "net.4.g.weight [4, 24]", "net.4.g.bias [4]",
        "net.5.weight [2, 4]", "net.5.bias [2]",
      ])
    let statistics = layout.statistics.map { "\($0.name) \($0.shape)" }
    #expect(statistics == ["net.1.running_mean [6]", "net.1.running_var [6]"])
    #expect(layout.parameterCount == 6 * 27 + 6 + 12 + 2 * (96 + 4) + 8 + 2)
    // Keras's fans: taps × channels.
    #expect(layout.trained[0].fanIn == 27 && layout.trained[0].fanOut == 54)
    #expect(layout.trained[4].fanIn == 24 && layout.trained[4].fanOut == 4)
  }

  /// Stride 1 with few filters is laid out for the shifted kernel, stride 2 for patches: the same values in
  /// PyTorch's order.
  @Test(arguments: [false, true])
  func startingValuesDoNotDependOnTheMemoryLayout(isTransposed: Bool) throws {
    func values(stride: Int) throws -> [[Float]] {
      let spec =
        isTransposed
        ? LayerSpec.convTranspose2D(filters: 3, stride: stride)
        : .conv2D(filters: 3, stride: stride)
      let layout = try Self.layout([spec], Shape(height: 4, width: 4, channels: 5))
      let (trained, statistics) = (
        Arena(count: layout.trainedCount), Arena(count: layout.statisticsCount)
      )
      layout.initialise(trained: trained.vector, statistics: statistics.vector, seed: 3)
      return [layout.trained[0].axes.map { Float($0) }]
        + layout.trained.map { $0.torchOrder($0.slot.vector(in: trained.vector).array) }
    }
    let (shifted, patches) = (try values(stride: 1), try values(stride: 2))
    #expect(shifted[0] != patches[0], "the two layouts should differ here")
    #expect(shifted[1...] == patches[1...])
  }

  @Test func initialValuesDependOnTheSeedAndTheTensor() throws {
    let specs: [LayerSpec] = [.dense(outputs: 8), .dense(outputs: 8), .batchNorm()]
    let a = try Harness(specs, input: Shape(features: 8), capacity: 1, seed: 1)
    let b = try Harness(specs, input: Shape(features: 8), capacity: 1, seed: 2)
    func tensor(_ harness: Harness, _ index: Int) -> [Float] {
      harness.layout.trained[index].slot.vector(in: harness.values.vector).array
    }
    #expect(tensor(a, 0) != tensor(b, 0))
    #expect(tensor(a, 0) != tensor(a, 2))
    #expect(tensor(a, 1).allSatisfy { $0 == 0 } && tensor(a, 5).allSatisfy { $0 == 0 })
    #expect(tensor(a, 4).allSatisfy { $0 == 1 })
    let statistics = a.layout.statistics.map { $0.slot.vector(in: a.statistics.vector).array }
    #expect(statistics[0].allSatisfy { $0 == 0 } && statistics[1].allSatisfy { $0 == 1 })
  }
}
