// Fixtures/evaluation.json, made by make_evaluation.py.

import Foundation
import Kernels
import Testing

@testable import Variational

struct EvaluationFixture: Decodable {
  let codes: [[Float]]  // [300][4]
  let factors: [[Int]]  // [300][3]
  let information: [[Double]]
  let mig: [Double]
  let predictability: [[Double]]
  let sap: [Double]
  let lasso: [[Double]]  // [3][4]
  let real: [[Double]]
  let samples: [[Double]]
  let precision: Double
  let recall: Double
  let kernelWidth: Double
  let discrepancy: Double

  enum CodingKeys: String, CodingKey {
    case codes, factors, information, mig, predictability, sap, lasso, real, samples, precision
    case recall
    case kernelWidth = "kernel_width"
    case discrepancy = "mmd_squared"
  }

  static func load() throws -> EvaluationFixture {
    let data = try Data(contentsOf: URL(fileURLWithPath: try fixture("evaluation.json")))
    return try JSONDecoder().decode(EvaluationFixture.self, from: data)
  }

  var table: FactorTable { FactorTable(factors.flatMap { $0 }, factors: 3) }
}
