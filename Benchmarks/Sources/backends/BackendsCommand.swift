import ArgumentParser
import Measurement
@_spi(Benchmarks) import Networks
import Variational

/// `backends`: plain loops and blocked loops beside OpenBLAS.
@main
struct BackendsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backends",
    abstract: "Times matrix products, layers and training steps on every matrix backend.",
    discussion: """
      Prints one JSON object a line, milliseconds as medians. "kind" is product (on one thread), layer \
      (a batch through one layer of a workload, forward and backward) or step (a whole training step).
      """)

  @Option(help: "Seconds for each product, layer pass or (ten times as many) step.")
  var seconds = 0.1

  @Option(help: "Threads of layers and steps; one for each processor unless given.")
  var threads: Int?

  func validate() throws {
    guard seconds > 0 && seconds <= 600 else {
      throw ValidationError("--seconds should lie between 0 and 600.")
    }
    if let threads, threads < 1 || threads > 256 {
      throw ValidationError("--threads should lie between 1 and 256.")
    }
  }

  func run() throws {
    // Holds OpenBLAS to one thread, as the engine does.
    let machine = MachineSummary(threads: threads)
    tell(machine.line)
    tell("products …")
    for product in LayerProduct.all { line(product).print() }
    for name in Workload.names {
      tell("layers of \(name) …")
      let spec = try Workload.spec(name)
      for (index, layer) in spec.weightedLayers.enumerated() {
        let probe = LayerPasses(
          layer: layer, isFirst: index == 0, batchSize: spec.training.batchSize,
          threads: machine.threads)
        try probe.line(workload: name, seconds: seconds).print()
      }
    }
    for name in Workload.names {
      tell("steps of \(name) …")
      var line = JSONLine()
      line.add("kind", "step")
      line.add("workload", name)
      for backend in MatrixBackend.allCases {
        let workload = try Workload(name, threads: machine.threads, backend: backend)
        line.add(
          "\(backend.rawValue)_ms",
          try medianMilliseconds(seconds: 10 * seconds, atLeast: 2, workload.train))
      }
      line.add(machine)
      line.print()
    }
  }

  private func line(_ product: LayerProduct) -> JSONLine {
    let (m, k, n) = (product.m, product.k, product.n)
    let (isLeft, isRight) = (
      product.storage == .leftTransposed, product.storage == .rightTransposed
    )
    let stream = RandomStream(seed: 1)
    let a = Matrix(
      rows: isLeft ? k : m, columns: isLeft ? m : k, stream.gaussian(count: m * k))
    let b = Matrix(
      rows: isRight ? n : k, columns: isRight ? k : n, stream.gaussian(count: k * n, step: 1))
    var c = Matrix<Float>(rows: m, columns: n)
    var line = JSONLine()
    line.add("kind", "product")
    line.add("product", product.name)
    line.add("gflop", product.operations / 1e9)
    for backend in MatrixBackend.allCases {
      // op(A) [m×k] · op(B) [k×n] → C [m×n], overwritten
      let time = medianMilliseconds(seconds: seconds) {
        c.setProduct(of: a, transposed: isLeft, by: b, transposed: isRight, on: backend)
      }
      line.add("\(backend.rawValue)_ms", time)
    }
    return line
  }
}

/// A batch through one layer, forward and backward, on every backend.
private struct LayerPasses {
  let layer: WeightedLayer
  /// Whether the layer sees the data, and so computes no input gradient.
  let isFirst: Bool
  let batchSize: Int
  let threads: Int

  func line(workload: String, seconds: Double) throws -> JSONLine {
    var line = JSONLine()
    line.add("kind", "layer")
    line.add("workload", workload)
    line.add("layer", layer.place)
    line.add("type", layer.spec.typeName)
    line.add("input", layer.input.description)
    line.add("output", layer.output.description)
    line.add("batch", batchSize)
    line.add("threads", threads)
    for backend in MatrixBackend.allCases {
      let probe = try LayerProbe(
        layer.spec, input: layer.input, batchSize: batchSize, needsInputGradient: !isFirst,
        threads: threads, backend: backend)
      line.add(
        "\(backend.rawValue)_forward_ms",
        medianMilliseconds(seconds: seconds, atLeast: 2, probe.forward))
      line.add(
        "\(backend.rawValue)_backward_ms",
        medianMilliseconds(seconds: seconds, atLeast: 2, probe.backward))
    }
    return line
  }
}
