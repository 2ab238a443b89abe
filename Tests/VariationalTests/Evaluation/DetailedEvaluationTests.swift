import Formats
import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct DetailedEvaluationTests {
  @Test(arguments: [PriorSpec.standardNormal, .mixture(components: 3)])
  func examplesHaveTheSummaryAsTheirMean(_ prior: PriorSpec) throws {
    var spec = ModelSpec.smallDense(
      objective: ObjectiveSpec(beta: 3, reconstruction: .weightedMean(weight: 40)))
    spec.prior = prior
    let (model, data) = try InferenceTests.model(spec)
    let detail = try model.evaluateInDetail(data, importanceSamples: 4, seed: 6)
    #expect(detail.summary == (try model.evaluate(data, importanceSamples: 4, seed: 6)))
    #expect(detail.examples.count == data.count)
    func mean(_ value: (ExampleEvaluation) -> Double) -> Double {
      detail.examples.reduce(0) { $0 + value($1) } / Double(data.count)
    }
    // The same numbers summed in another order: some thousand roundings of values of order 100.
    let bound = 1e-10
    #expect(abs(mean(\.elbo) - detail.summary.elbo) <= bound)
    #expect(abs(mean(\.kl) - detail.summary.kl) <= bound)
    #expect(abs(mean(\.reconstruction) - detail.summary.reconstruction) <= bound)
    let estimate = try #require(detail.summary.logLikelihood)
    #expect(abs(mean { $0.importance?.logLikelihood ?? 0 } - estimate) <= bound)
  }

  @Test func anAutoencodersExamplesHaveNoDivergence() throws {
    let (model, data) = try InferenceTests.model(ModelSpec.smallDense().asAutoencoder())
    let detail = try model.evaluateInDetail(data)
    #expect(detail.examples.allSatisfy { $0.kl == 0 && $0.elbo == -$0.reconstruction })
    #expect(detail.latents.kl == nil && detail.latents.saturations == nil)
    #expect(detail.latents.reference == nil)
  }

  @Test func theTableHoldsEveryNumber() throws {
    let examples = [
      ExampleEvaluation(elbo: -1.25, reconstruction: 1, kl: 0.25),
      ExampleEvaluation(elbo: -0.1, reconstruction: 1e-20, kl: 0),
    ]
    let table = ExampleTable(examples)
    #expect(table.csv == "example,elbo,reconstruction,kl\n0,-1.25,1.0,0.25\n1,-0.1,1e-20,0.0\n")
    #expect(table.array.shape == [2, 3])
    #expect(
      table.array == NumericArray([-1.25, 1, 0.25, -0.1, 1e-20, 0] as [Double], shape: [2, 3]))
    let weighted = ExampleEvaluation(
      elbo: 1, reconstruction: 2, kl: 3,
      importance: .init(logLikelihood: 4, effectiveSampleSize: 5, largestWeightShare: 6))
    #expect(ExampleTable([weighted]).rows == [[1, 2, 3, 4, 5, 6]])
    #expect(ExampleTable([weighted]).columns.count == 6)
  }
}
