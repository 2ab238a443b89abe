import Formats
import Foundation
import Kernels
import Networks
import TestSupport
import Testing

/// Every layer kind, forward and backward, against values that PyTorch computed in 64 bits
/// (Fixtures/make_layers.py).
@Suite struct PyTorchLayerTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let layer: LayerSpec
    let input: [Int]
    let batch: Int
    let training: Bool
    let output: [Int]
    let parameters: [String]
    var testDescription: String { name }
  }

  private struct Listing: Decodable { let cases: [Case] }

  static let tensors: SafeTensors = {
    do { return try SafeTensors.read(path("layers.safetensors")) } catch {
      fatalError("\(error)")
    }
  }()

  static let cases: [Case] = {
    do {
      let data = try Data(contentsOf: URL(fileURLWithPath: path("layers.json")))
      return try JSONDecoder().decode(Listing.self, from: data).cases
    } catch { fatalError("\(error)") }
  }()

  private static func path(_ name: String) -> String {
    Bundle.module.resourceURL!.appendingPathComponent("Fixtures/\(name)").path
  }

  private static func shape(_ sizes: [Int]) -> Shape {
    sizes.count == 3
      ? Shape(height: sizes[0], width: sizes[1], channels: sizes[2]) : Shape(features: sizes[0])
  }

  @Test(arguments: cases, [1, 2, 3])
  func forwardAndBackwardMatchPyTorch(_ test: Case, threads: Int) throws {
    func reference(_ suffix: String) throws -> [Float] {
      try Self.tensors.floats("\(test.name).\(suffix)")
    }
    let run = try LayerRun(
      [test.layer], input: Self.shape(test.input), batch: test.batch, threads: threads)
    #expect(run.network.outputShape == Self.shape(test.output))
    for name in test.parameters { try run.setTensor(name, reference(name)) }
    let before = test.parameters + ["running_mean", "running_var"]
    for name in before where Self.tensors.tensor("\(test.name).\(name)") != nil {
      try run.setTensor(name, reference(name))
    }

    let (x, dy) = (try reference("input"), try reference("output_gradient"))
    let result = run.run(x, outputGradient: dy, mode: test.training ? .training : .inference)

    // A float sum of n products differs from the exact one by at most about (n + 2)·u·Σ|terms|
    // (Higham, "Accuracy and stability", section 3.1). The largest n here is the number of values that
    // any output, gradient or moment sums over; the largest term is bounded by the factors' maxima.
    let weights = try test.parameters.flatMap { try reference($0) }
    let n = Double(max(x.count, dy.count) + 16)
    let scale =
      max(1, largestMagnitude(x)) * max(1, largestMagnitude(dy)) * max(1, largestMagnitude(weights))
    let bound = n * roundoff * scale * amplification(test, x)
    #expect(largestDifference(result.output, try reference("output")) <= bound)
    #expect(largestDifference(result.inputGradient, try reference("input_gradient")) <= bound)
    for name in test.parameters {
      let expected = try reference("\(name).gradient")
      #expect(largestDifference(run.gradient(name), expected) <= bound, "\(name)")
    }
    for name in ["running_mean", "running_var"]
    where Self.tensors.tensor("\(test.name).\(name).after") != nil {
      let expected = try reference("\(name).after")
      #expect(largestDifference(run.tensor(name), expected) <= bound, "\(name)")
    }
  }

  // Normalising divides by a channel's deviation, and the gradient does so again after subtracting
  // nearly equal numbers: with two examples the exact gradient all but vanishes.
  private func amplification(_ test: Case, _ x: [Float]) -> Double {
    guard case .batchNorm(let epsilon, _) = test.layer else { return 1 }
    let channels = test.input.last!
    return (0..<channels).reduce(1) { largest, channel in
      let values = stride(from: channel, to: x.count, by: channels).map { Double(x[$0]) }
      let mean = values.reduce(0, +) / Double(values.count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
      return max(largest, 1 / (variance + Double(epsilon)))
    }
  }

  @Test func everyLayerKindHasACase() {
    let kinds = Set(Self.cases.map(\.layer.typeName))
    #expect(kinds.isSuperset(of: LayerSpec.typeNames))
  }
}
