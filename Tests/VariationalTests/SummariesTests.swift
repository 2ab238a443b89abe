import Foundation
import Testing

@testable import Variational

@Suite struct SummariesTests {
  @Test func modelSummaryNamesWhatTheModelIs() throws {
    let summary = ModelSummary(try Model(.fashion(), threads: 1))
    #expect(summary.name == "fashion")
    #expect(summary.parameters == 347_141)
    #expect(summary.data == "28×28×1, padded to 32×32×1")
    #expect(summary.likelihood == "Bernoulli on log-odds")
    #expect(summary.objective == "500 × mean cross-entropy + 1 × KL")
    #expect(abs(summary.effectiveBeta - 2.048) < 1e-12)
    #expect(summary.layers.first == "encoder, input 32×32×1")
    #expect(summary.layers.contains { $0.contains("conv2d") && $0.hasSuffix("320") })
    #expect(summary.rows.contains { $0.0 == "effective beta" && $0.1.hasPrefix("2.048") })
    // The layers' counts add up to the model's, where the likelihood learns nothing.
    let columns = summary.layers.map { $0.split(separator: " ") }
    let counts = columns.filter { $0.count == 4 }.compactMap { Int($0[3]) }
    #expect(counts.reduce(0, +) == summary.parameters)
  }

  @Test func likelihoodsAndObjectivesAreDescribed() throws {
    func summary(_ spec: ModelSpec) throws -> ModelSummary {
      ModelSummary(try Model(spec, threads: 1))
    }
    #expect(
      try summary(.smallDense(likelihood: .gaussian(.shared))).likelihood
        == "Gaussian, one learned variance")
    #expect(
      try summary(.smallDense(likelihood: .gaussian(.perDimension))).likelihood
        == "Gaussian, a learned variance for each dimension")
    #expect(try summary(.faces()).objective == "2000 × mean squared error + 1 × KL")
    #expect(
      try summary(.smallDense(objective: ObjectiveSpec(beta: 0.25))).objective
        == "−ln p(x|z) + 0.25 × KL")
    let autoencoder = try summary(ModelSpec.smallDense().asAutoencoder())
    #expect(!autoencoder.rows.contains { $0.0 == "effective beta" })
  }

  @Test func machineSummaryIsFilled() throws {
    let summary = MachineSummary(threads: 3)
    #expect(summary.threads == 3)
    #expect(summary.processors >= 1)
    #expect(!summary.kernels.isEmpty && !summary.openBLAS.isEmpty)
    let object = try #require(
      try JSONSerialization.jsonObject(with: try JSONEncoder().encode(summary)) as? [String: Any])
    #expect(object["vector_instructions"] is String && object["openblas"] is String)
    #expect(summary.rows.count == 6)
  }
}
