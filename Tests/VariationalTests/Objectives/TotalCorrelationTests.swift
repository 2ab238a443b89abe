import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct TotalCorrelationTests {
  static func objective(
    stratified: Bool, _ alpha: Double = 1, beta: Double = 1, _ gamma: Double = 1
  ) -> TotalCorrelation {
    TotalCorrelation(
      reconstruction: logWeight(scale: 0.5).reconstruction,
      spec: TotalCorrelationSpec(
        isStratified: stratified, mutualInformation: alpha, dimensionWise: gamma), beta: beta)
  }

  @Test(arguments: [1, 2, 5, 64])
  func stratifiedWeightsOfTheWholeMinibatchSumToOne(examples: Int) {
    for population in [examples, examples + 1, 60_000] {
      for own in 0..<examples {
        let sum = (0..<examples).reduce(0.0) {
          $0
            + exp(
              Self.objective(stratified: true).logWeight(
                own: own, other: $1, examples: examples, population: population))
        }
        #expect(abs(sum - 1) <= 1e-12)
      }
    }
  }

  @Test func weightedWeightsAreThoseOfThePaper() {
    let weight = Self.objective(stratified: false).logWeight(
      own: 1, other: 2, examples: 8, population: 100)
    #expect(abs(weight + log(800)) <= 1e-14)
  }

  @Test func withOneWeightForAllItIsTheSampledEvidenceBound() {
    // α = β = γ: the aggregate posterior drops out.
    let terms = RandomTerms(examples: 3, samples: 2)
    let (joint, marginals) = (TermBuffer(count: 6), TermBuffer(count: 6))
    for row in 0..<6 {
      joint[row] = -Double(row)
      marginals[row] = -2 * Double(row)
    }
    let weights = TermWeights(rows: 6)
    let objective = Self.objective(stratified: true, 2, beta: 2, 2)
    let value = objective.weigh(
      terms.terms, joint: joint, marginals: marginals, into: weights)
    let naive = NaiveObjective(scale: 0.5, beta: 2)
    #expect(abs(value.loss - naive.multiple(terms.naive, groups: 2)) <= 1e-12)
    #expect(objective.jointWeight(rows: 6) == 0 && objective.marginalWeight(rows: 6) == 0)
    #expect(abs((value.penalty ?? 0) - 2.5) <= 1e-14)
    let slopes = terms.differences { naive.multiple($0, groups: 2) }
    for row in 0..<6 {
      #expect(abs(weights.likelihood[row] - slopes[0][row]) <= 1e-8)
      #expect(abs(weights.prior[row] - slopes[1][row]) <= 1e-8)
      #expect(abs(weights.posterior[row] - slopes[2][row]) <= 1e-8)
    }
  }

  // Densities and gradients of one row against 64-bit loops.
  @Test(arguments: [1, 3, 17, 40], [1, 2, 20, 33])
  func aggregateDensitiesAndGradientsMatchNaiveLoops(examples: Int, latents: Int) {
    var generator = SeededGenerator(state: UInt64(examples * 100 + latents))
    let head = (0..<examples).flatMap { _ in
      generator.floats(latents, -1...1) + generator.floats(latents, -1...0.5)
    }
    let z = generator.normals(latents)
    let logWeights = generator.floats(examples, -3...0)
    let heads = MatrixFixture(rows: examples, columns: 2 * latents, head)
    let memory = Arena(
      count: PairwiseGaussians.floats(examples: examples, latents: latents))
    let pairs = PairwiseGaussians(examples: examples, latents: latents, memory: memory.vector)
    pairs.set(0..<examples, head: heads.view)
    let scratchMemory = Arena(
      count: PairwiseGaussians.scratchFloats(examples: examples, latents: latents))
    let scratch = PairwiseGaussians.Scratch(
      examples: examples, latents: latents, memory: scratchMemory.vector)
    for index in 0..<examples { scratch.logWeights[index] = logWeights[index] }
    let (point, gradient) = (
      MatrixFixture(rows: 1, columns: latents, z), MatrixFixture(rows: 1, columns: latents)
    )
    let (jointWeight, marginalWeight) = (Float(0.7), Float(-1.3))
    let actual = pairs.row(
      point.arena.vector, jointWeight: jointWeight, marginalWeight: marginalWeight,
      latentGradient: gradient.arena.vector, scratch)

    func densities(_ z: [Double], _ head: [Double]) -> (Double, Double) {
      func term(_ j: Int, _ l: Int) -> Double {
        let base = j * 2 * latents
        return NaiveStep.logNormal([z[l]], [head[base + l]], [head[base + latents + l]])
      }
      func logSum(_ values: [Double]) -> Double {
        let largest = values.max()!
        return largest + log(values.reduce(0) { $0 + exp($1 - largest) })
      }
      let joint = logSum(
        (0..<examples).map { j in
          (0..<latents).reduce(Double(logWeights[j])) { $0 + term(j, $1) }
        })
      let marginals = (0..<latents).reduce(0.0) { total, l in
        total + logSum((0..<examples).map { Double(logWeights[$0]) + term($0, l) })
      }
      return (joint, marginals)
    }
    let (z64, head64) = (z.map(Double.init), head.map(Double.init))
    let expected = densities(z64, head64)
    // Sums of `latents` terms of up to 20 nats in float.
    let bound = Double(latents) * 20 * 8 * roundoff
    #expect(abs(actual.joint - expected.0) <= bound)
    #expect(abs(actual.marginals - expected.1) <= bound)
    func loss(_ z: [Double], _ head: [Double]) -> Double {
      let (joint, marginals) = densities(z, head)
      return Double(jointWeight) * joint + Double(marginalWeight) * marginals
    }
    // Scores of up to 10, weights good to `bound`.
    let allowed = 20 * bound
    for l in 0..<latents {
      var (ahead, behind) = (z64, z64)
      ahead[l] += 1e-5
      behind[l] -= 1e-5
      let slope = (loss(ahead, head64) - loss(behind, head64)) / 2e-5
      #expect(abs(Double(gradient.values[l]) - slope) <= allowed)
    }
    let columns = PairwiseGaussians.columns(latents)
    for j in 0..<examples {
      for part in 0..<2 {
        for l in 0..<latents {
          let index = j * 2 * latents + part * latents + l
          var (ahead, behind) = (head64, head64)
          ahead[index] += 1e-5
          behind[index] -= 1e-5
          let slope = (loss(z64, ahead) - loss(z64, behind)) / 2e-5
          let actual = Double(scratch.headGradient[j, part * columns + l])
          #expect(abs(actual - slope) <= allowed)
        }
      }
    }
  }
}
