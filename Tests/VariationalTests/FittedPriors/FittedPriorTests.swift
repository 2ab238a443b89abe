import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct FittedPriorTests {
  @Test func drawsComeFromThePosteriors() throws {
    var generator = SeededGenerator(state: 1)
    // One posterior many times: its draws have its moments.
    let rows = 20_000
    let encodings = Encodings(
      means: Matrix(rows: rows, columns: 2, (0..<rows).flatMap { _ in [3, -1] as [Float] }),
      logVariances: Matrix(
        rows: rows, columns: 2, (0..<rows).flatMap { _ in [-2, 1] as [Float] }))
    let draws = encodings.draws(seed: 4)
    expectMoments(draws, mean: [3, -1], covariance: .diagonal([exp(-2), exp(1)]))
    #expect(encodings.draws(seed: 4) == draws)
    #expect(encodings.draws(seed: 5) != draws)
    let plain = Encodings(
      means: Matrix(rows: 3, columns: 2, generator.normals(6)), logVariances: nil)
    #expect(plain.draws(seed: 4) == plain.means)
  }

  @Test func decodedDrawsAreTheSamples() throws {
    let model = try Model(.smallDense(), threads: 1)
    let prior = FittedPrior.gaussian(
      try GaussianPrior(mean: [1, 2], covariance: [[1, 0.5], [0.5, 1]]))
    #expect(
      model.sample(30, from: prior, seed: 6) == model.decode(prior.sample(count: 30, seed: 6)))
  }

  @Test func theStandardNormalIsTheModelsOwnWhereThatIsOne() throws {
    let model = try Model(.smallDense(), threads: 1)
    #expect(model.sampleFromStandardNormal(40, seed: 2) == model.sample(40, seed: 2))
    var spec = ModelSpec.smallDense()
    spec.prior = .mixture(components: 3)
    let learned = try Model(spec, threads: 1)
    #expect(learned.sampleFromStandardNormal(40, seed: 2) != learned.sample(40, seed: 2))
  }

  @Test func aPlainAutoencodersEncodingsAreFitted() throws {
    let model = try Model(ModelSpec.smallDense().asAutoencoder(), threads: 1)
    let data = try randomFloats(80, model.spec.data.stored, seed: 3)
    let encodings = try model.encode(data)
    let prior = try GaussianPrior(
      fitting: encodings.means, logVariances: encodings.logVariances)
    let moments = try LatentMoments(of: encodings.draws())
    #expect(prior.mean == moments.mean)
    #expect(prior.covariance == moments.covariance)
  }
}
