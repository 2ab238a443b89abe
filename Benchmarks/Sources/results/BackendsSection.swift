/// Plain and blocked loops beside OpenBLAS: whole steps, layers, products.
struct BackendsSection {
  private static let backends = ["naive", "blocked", "openblas"]

  let results: ResultLines

  func text() throws -> String {
    """

    ### Training steps

    \(try steps())
    ### Layers

    One batch through one layer, as `LayerProbe` runs it: the engine's own layer by itself with random
    input and output gradient, no activation. Backward is the weights' and, but for a model's first
    layer, the input's gradient. Milliseconds forward / backward.

    \(try layers())
    ### Products

    One thread, the matrices in cache. GFLOP/s.

    \(try products())
    """
  }

  private func steps() throws -> String {
    var table = MarkdownTable([
      "workload", "naive ms", "blocked ms", "OpenBLAS ms", "naive ÷ OpenBLAS",
      "blocked ÷ OpenBLAS",
    ])
    for line in results.lines(where: "kind", is: "step") {
      let times = try BackendsSection.backends.map { try line.number("\($0)_ms") }
      table.add(
        [try line.text("workload")] + times.map(short)
          + [short(times[0] / times[2]), short(times[1] / times[2])])
    }
    return table.text
  }

  private func layers() throws -> String {
    var table = MarkdownTable(
      [
        "workload", "layer", "from → to", "batch", "naive", "blocked", "OpenBLAS",
        "naive ÷ OpenBLAS",
      ], texts: 3)
    for line in results.lines(where: "kind", is: "layer") {
      let times = try BackendsSection.backends.map {
        (try line.number("\($0)_forward_ms"), try line.number("\($0)_backward_ms"))
      }
      table.add(
        [
          try line.text("workload"), "\(try line.text("layer")) \(try line.text("type"))",
          "\(try line.text("input")) → \(try line.text("output"))",
          "\(Int(try line.number("batch")))",
        ] + times.map { "\(short($0.0)) / \(short($0.1))" }
          + ["\(short(times[0].0 / times[2].0)) / \(short(times[0].1 / times[2].1))"])
    }
    return table.text
  }

  private func products() throws -> String {
    var table = MarkdownTable([
      "product", "naive", "blocked", "OpenBLAS", "OpenBLAS ÷ naive", "OpenBLAS ÷ blocked",
    ])
    for line in results.lines(where: "kind", is: "product") {
      let operations = try line.number("gflop")
      let rates = try BackendsSection.backends.map {
        operations / (try line.number("\($0)_ms") / 1e3)
      }
      table.add(
        [try line.text("product")] + rates.map(short)
          + [short(rates[2] / rates[0]), short(rates[2] / rates[1])])
    }
    return table.text
  }
}
