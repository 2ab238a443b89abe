// The encoder's last values as mean and bounded log-variance, as ONNX operators: the formulas of
// DiagonalGaussian.bound.

import Formats

extension DiagonalGaussian {
  /// Splits (mean ‖ log-variance), [N, 2L], and bounds the log-variance.
  ///
  /// - Returns: the names of μ and ℓ, [N, L] each.
  func append(
    _ head: String, to graph: inout ONNXGraph
  ) -> (mean: String, logVariance: String) {
    let sizes = graph.constant("head.sizes", [latents, latents])
    let parts = graph.apply(
      "Split", to: [head, sizes], ["axis": .int(1)], outputs: ["head.mean", "head.log_variance"])
    return (parts[0], range.map { cutOff(parts[1], $0, &graph) } ?? soft(parts[1], &graph))
  }

  private func cutOff(
    _ raw: String, _ range: ClosedRange<Float>, _ graph: inout ONNXGraph
  ) -> String {
    let lower = graph.constant("bound.lower", [range.lowerBound], shape: [])
    let upper = graph.constant("bound.upper", [range.upperBound], shape: [])
    return graph.apply("Clip", to: [raw, lower, upper], named: "bound.value")
  }

  // r up to ±20, beyond it ±min(20 + ln(1 + |r| − 20), 80).
  private func soft(_ raw: String, _ graph: inout ONNXGraph) -> String {
    func apply(_ operation: String, _ inputs: String..., named name: String) -> String {
      graph.apply(operation, to: inputs, named: "bound.\(name)")
    }
    let bound = graph.constant("bound.start", [DiagonalGaussian.bound], shape: [])
    let limit = graph.constant("bound.limit", [DiagonalGaussian.limit], shape: [])
    let one = graph.constant("bound.one", [1], shape: [])
    let size = apply("Abs", raw, named: "size")
    let excess = apply(
      "Relu", apply("Sub", size, bound, named: "beyond"), named: "excess")
    let growth = apply("Log", apply("Add", excess, one, named: "shifted"), named: "growth")
    let magnitude = apply(
      "Min", apply("Add", bound, growth, named: "grown"), limit, named: "magnitude")
    let bounded = apply(
      "Mul", apply("Sign", raw, named: "sign"), magnitude, named: "bounded")
    let isBeyond = apply("Greater", size, bound, named: "is_beyond")
    return apply("Where", isBeyond, bounded, raw, named: "value")
  }
}
