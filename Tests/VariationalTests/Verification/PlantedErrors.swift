// Data and a fit that the verification's own tests share.

import Kernels
import Testing

@testable import Variational

/// Rows of eight values: two strong factors, one weak one, noise.
func correlatedTable(_ count: Int = 1_000) throws -> DataSet {
  var generator = SeededGenerator(state: 21)
  let loadings = (0..<8).map { _ in
    [2.0, 1.2, 0.3].map { $0 * generator.normal() }
  }
  var values: [Float] = []
  for _ in 0..<count {
    let z = (0..<3).map { _ in generator.normal() }
    for loading in loadings {
      values.append(Float(zip(loading, z).reduce(0.5 * generator.normal()) { $0 + $1.0 * $1.1 }))
    }
  }
  return try DataSet(floats: values, shape: Shape(features: 8), name: "table")
}

/// The quick fit to that table, trained once.
enum TableFit {
  private static let outcome = Result {
    let data = try StandardisedData(try correlatedTable(), limit: 2_000)
    return Parameters(try LinearFit(data, isQuick: true, threads: 1))
  }

  // Models are no values; what was learned is.
  private struct Parameters: Sendable {
    let data: StandardisedData
    let optimum: ProbabilisticPCA
    let spec: ModelSpec
    let values: [Float]

    init(_ fit: LinearFit) {
      (data, optimum, spec) = (fit.data, fit.optimum, fit.model.spec)
      values = fit.model.parameters.vector.array
    }
  }

  /// A fit whose parameters a test may change.
  static func make() throws -> LinearFit {
    let found = try outcome.get()
    let model = try Model(found.spec, threads: 1)
    model.parameters.vector.assign(found.values)
    return LinearFit(data: found.data, optimum: found.optimum, model: model)
  }
}

/// The names of the checks that did not pass.
func failures(_ checks: [VerificationCheck]) -> [String] {
  checks.filter { !$0.passed }.map(\.name)
}

/// What is told of checks that ought to have passed.
func describe(_ checks: [VerificationCheck]) -> String {
  checks.filter { !$0.passed }.map {
    "\($0.name): \($0.got), \($0.expected) ± \($0.tolerance) (\($0.comparison))"
  }.joined(separator: "\n")
}
