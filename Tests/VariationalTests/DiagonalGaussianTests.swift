import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

@Suite struct DiagonalGaussianTests {
  // ½(μ² + e^ℓ − 1 − ℓ) in 64 bits.
  static func divergence(_ mean: Double, _ logVariance: Double) -> Double {
    0.5 * (mean * mean + Foundation.expm1(logVariance) - logVariance)
  }

  static func divergences(_ head: [Float], latents: Int) -> [Double] {
    let rows = head.count / (2 * latents)
    let matrix = MatrixFixture(rows: rows, columns: 2 * latents, head)
    let terms = TermBuffer(count: rows)
    DiagonalGaussian(latents: latents).divergence(matrix.view, into: terms)
    return (0..<rows).map { terms[$0] }
  }

  // A term is μ² (u), expm1 (2 ulp = 4u), a difference and a sum: 6u of the parts' magnitudes; sixteen
  // float sums of L/16 terms add (L/16)u, here at most 7.
  static func bound(_ head: ArraySlice<Float>, latents: Int) -> Double {
    let head = Array(head)
    return (0..<latents).reduce(0) { total, index in
      let (mean, logVariance) = (Double(head[index]), Double(head[latents + index]))
      return total + 0.5 * 13 * roundoff
        * (mean * mean + abs(Foundation.expm1(logVariance)) + abs(logVariance))
    }
  }

  @Test(arguments: [1, 2, 15, 16, 17, 100])
  func divergenceMatchesClosedForm(latents: Int) {
    var generator = SeededGenerator(state: 1)
    let rows = 7
    let head = (0..<rows).flatMap { _ in
      generator.floats(latents, -3...3) + generator.floats(latents, -6...4)
    }
    let actual = Self.divergences(head, latents: latents)
    for row in 0..<rows {
      let part = head[row * 2 * latents..<(row + 1) * 2 * latents]
      let expected = (0..<latents).reduce(0.0) { total, index in
        total
          + Self.divergence(
            Double(part[part.startIndex + index]), Double(part[part.startIndex + latents + index]))
      }
      #expect(abs(actual[row] - expected) <= Self.bound(part, latents: latents))
    }
  }

  @Test func divergenceNearThePriorKeepsItsDigits() {
    // With exp(ℓ) − 1 − ℓ the error would be u = 6e-8 whatever ℓ; expm1 leaves 4u·|ℓ| and the subtraction
    // a roundoff of the result.
    for logVariance in [1e-1, -1e-1, 1e-2, -1e-2, 1e-3, -1e-3, 1e-4, -1e-5, 1e-7] as [Float] {
      let l = Double(logVariance)
      let actual = Self.divergences([0, logVariance], latents: 1)[0]
      let expected = Self.divergence(0, l)
      #expect(abs(actual - expected) <= 0.5 * (4 * abs(l) + abs(expected)) * roundoff, "ℓ \(l)")
    }
    #expect(Self.divergences([0, 0], latents: 1) == [0])
  }

  @Test func divergenceMatchesMonteCarlo() {
    // KL = E_q[ln q(z) − ln p(z)] = E_q ½(z² − ε² − ℓ), estimated with 200,000 samples from the module's own
    // sampler and the engine's stream; within four of the estimate's standard errors.
    let head: [Float] = [0.7, -1.2, 0.1, -0.8, 0.6, -2.5]
    let (latents, count) = (3, 200_000)
    let posterior = DiagonalGaussian(latents: latents)
    let matrix = MatrixFixture(rows: 1, columns: 2 * latents, head)
    let noise = MatrixFixture(rows: count, columns: latents)
    RandomStream(seed: 17).fillGaussian(noise.view, step: 0, firstRow: 0)
    let z = MatrixFixture(rows: count, columns: latents)
    posterior.sample(matrix.view, noise: noise.view, samples: count, into: z.view)
    var (sum, squares) = (0.0, 0.0)
    let (samples, epsilons) = (z.values, noise.values)
    for row in 0..<count {
      var term = 0.0
      for index in 0..<latents {
        let (value, e) = (
          Double(samples[row * latents + index]), Double(epsilons[row * latents + index])
        )
        term += 0.5 * (value * value - e * e - Double(head[latents + index]))
      }
      sum += term
      squares += term * term
    }
    let mean = sum / Double(count)
    let error = ((squares / Double(count) - mean * mean) / Double(count)).squareRoot()
    #expect(abs(Self.divergences(head, latents: latents)[0] - mean) <= 4 * error)
    #expect(error < 0.01)
  }

  @Test(arguments: [1, 3])
  func samplesAreMeanPlusDeviationTimesNoise(samples: Int) {
    let (rows, latents) = (5, 18)
    var generator = SeededGenerator(state: 2)
    let head = generator.floats(rows * 2 * latents, -4...4)
    let noise = generator.normals(rows * samples * latents)
    let z = MatrixFixture(rows: rows * samples, columns: latents)
    let heads = MatrixFixture(rows: rows, columns: 2 * latents, head)
    let epsilon = MatrixFixture(rows: rows * samples, columns: latents, noise)
    DiagonalGaussian(latents: latents).sample(
      heads.view, noise: epsilon.view, samples: samples, into: z.view)
    for row in 0..<rows * samples {
      for index in 0..<latents {
        let base = row / samples * 2 * latents
        let mean = Double(head[base + index])
        let spread =
          Foundation.exp(0.5 * Double(head[base + latents + index]))
          * Double(noise[row * latents + index])
        // exp: 4u, its argument exact (halving); the fused product and sum round once.
        let allowed = roundoff * (5 * abs(spread) + abs(mean))
        #expect(abs(Double(z.values[row * latents + index]) - (mean + spread)) <= allowed)
      }
    }
  }

  // The loss whose gradient pullBack gives, in 64 bits from the raw head:
  // Σ over samples of c·z plus w·KL per row.
  private static func loss(
    _ raw: [Double], _ noise: [Double], _ coefficients: [Double], weights: [Double], latents: Int,
    samples: Int
  ) -> Double {
    var total = 0.0
    for (row, weight) in weights.enumerated() {
      for index in 0..<latents {
        let mean = raw[row * 2 * latents + index]
        let r = raw[row * 2 * latents + latents + index]
        let l = abs(r) <= 20 ? r : (r > 0 ? 1 : -1) * (20 + Foundation.log1p(abs(r) - 20))
        total += weight * divergence(mean, l)
        for sample in row * samples..<(row + 1) * samples {
          let z = mean + Foundation.exp(0.5 * l) * noise[sample * latents + index]
          total += coefficients[sample * latents + index] * z
        }
      }
    }
    return total
  }

  @Test(arguments: [1, 4], [1, 17])
  func pullBackMatchesDifferencesIn64Bits(samples: Int, latents: Int) {
    let rows = 3
    var generator = SeededGenerator(state: 3)
    var raw = generator.floats(rows * 2 * latents, -2...2)
    // Two values beyond the bound, on either side.
    raw[latents] = 21.5
    raw[2 * latents + latents] = -23
    let noise = generator.normals(rows * samples * latents)
    let coefficients = generator.floats(rows * samples * latents, -1...1)
    let weights: [Double] = [0.25, 1, 0]

    let posterior = DiagonalGaussian(latents: latents)
    let head = MatrixFixture(rows: rows, columns: 2 * latents, raw)
    let derivative = MatrixFixture(rows: rows, columns: latents)
    #expect(posterior.bound(head.view, derivative: derivative.view) == 2)
    let terms = TermBuffer(count: rows)
    for (row, weight) in weights.enumerated() { terms[row] = weight }
    let result = MatrixFixture(rows: rows, columns: 2 * latents)
    let epsilon = MatrixFixture(rows: rows * samples, columns: latents, noise)
    let dz = MatrixFixture(rows: rows * samples, columns: latents, coefficients)
    posterior.pullBack(
      head.view, derivative: derivative.view, noise: epsilon.view, latentGradient: dz.view,
      samples: samples, weights: terms, into: result.view)

    let point = raw.map(Double.init)
    func loss(_ index: Int, _ shift: Double) -> Double {
      var moved = point
      moved[index] += shift
      // Only the row's own terms move: the others would bury the difference under e²⁰.
      let row = index / (2 * latents)
      let values = Array(moved[row * 2 * latents..<(row + 1) * 2 * latents])
      let part = row * samples * latents..<(row + 1) * samples * latents
      return Self.loss(
        values, noise[part].map(Double.init), coefficients[part].map(Double.init),
        weights: [weights[row]], latents: latents, samples: samples)
    }
    for index in raw.indices {
      let h = 1e-5
      let slope = (loss(index, h) - loss(index, -h)) / (2 * h)
      // Magnitude of what is summed: K samples of ½e^{½ℓ}|ε|, and w·½|e^ℓ − 1|, each with some 10u; the
      // difference loses 2⁻⁵²/h of the row's loss, which e²⁰ dominates in the rows beyond the bound.
      let row = index / (2 * latents)
      let size = abs(loss(index, 0)) + 10
      let l = index % (2 * latents) >= latents ? Double(head.values[index]) : 0
      let terms =
        Double(samples) * 4 * Foundation.exp(0.5 * max(l, 0)) + weights[row]
        * Foundation.exp(max(l, 0))
        + 2
      let allowed = 16 * roundoff * terms + 4e-16 / h * size + h * h * terms
      #expect(abs(Double(result.values[index]) - slope) <= allowed, "index \(index)")
    }
  }

  @Test func boundIsTheIdentityInside() {
    let values: [Float] = [-20, -19.999, -1, -0.0, 0, 1e-30, 3, 19.5, 20]
    let head = MatrixFixture(
      rows: 1, columns: 2 * values.count, [Float](repeating: 7, count: values.count) + values)
    let derivative = MatrixFixture(rows: 1, columns: values.count)
    let saturated = DiagonalGaussian(latents: values.count).bound(
      head.view, derivative: derivative.view)
    #expect(saturated == 0)
    #expect(head.values == [Float](repeating: 7, count: values.count) + values)
    #expect(derivative.values.allSatisfy { $0 == 1 })
  }

  @Test func boundIsContinuouslyDifferentiableAndCounts() {
    let raw: [Float] = [
      20.001, -20.001, 20.5, -25, 100, -1e4, 1e30, -1e30, 5, .greatestFiniteMagnitude,
    ]
    let head = MatrixFixture(
      rows: 1, columns: 2 * raw.count, [Float](repeating: 0, count: raw.count) + raw)
    let derivative = MatrixFixture(rows: 1, columns: raw.count)
    let saturated = DiagonalGaussian(latents: raw.count).bound(
      head.view, derivative: derivative.view)
    #expect(saturated == raw.count - 1)
    let bounded = Array(head.values.suffix(raw.count))
    for (index, value) in raw.enumerated() where abs(value) < 1e6 && abs(value) > 20 {
      let excess = abs(Double(value)) - 20
      let expected = (value > 0 ? 1 : -1) * (20 + Foundation.log1p(excess))
      #expect(abs(Double(bounded[index]) - expected) <= spacing(expected))
      #expect(abs(Double(derivative.values[index]) - 1 / (1 + excess)) <= 4 * roundoff)
    }
    // At the bound value and slope meet the identity's: 1e-3 beyond, ℓ − r is −½·10⁻⁶, the slope 1 − 10⁻³.
    #expect(abs(Double(bounded[0]) - 20.001) <= 1e-6 + 2 * spacing(20))
    #expect(abs(Double(derivative.values[0]) - 0.999) <= 1e-5)
    #expect(derivative.values.allSatisfy { $0 > 0 })
    #expect(bounded.allSatisfy { $0.isFinite })
    // However wild: variances, samples and divergences stay numbers.
    let divergence = Self.divergences(head.values, latents: raw.count)[0]
    #expect(divergence.isFinite && divergence > 0)
    let z = MatrixFixture(rows: 1, columns: raw.count)
    let ones = MatrixFixture(rows: 1, columns: raw.count, [Float](repeating: 1, count: raw.count))
    DiagonalGaussian(latents: raw.count).sample(
      head.view, noise: ones.view, samples: 1, into: z.view)
    #expect(z.values.allSatisfy { $0.isFinite })
  }

  @Test func aRangeCutsOffAndStopsTheGradientOutside() {
    let raw: [Float] = [
      -6, -6.001, -100, -1e30, -5.999, 0, 1.999, 2, 2.001, 50, .greatestFiniteMagnitude,
    ]
    let expected: [Float] = [-6, -6, -6, -6, -5.999, 0, 1.999, 2, 2, 2, 2]
    let slopes: [Float] = [1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
    let head = MatrixFixture(
      rows: 1, columns: 2 * raw.count, [Float](repeating: 9, count: raw.count) + raw)
    let derivative = MatrixFixture(rows: 1, columns: raw.count)
    let posterior = DiagonalGaussian(latents: raw.count, range: -6...2)
    #expect(posterior.bound(head.view, derivative: derivative.view) == 6)
    #expect(Array(head.values.suffix(raw.count)) == expected)
    #expect(Array(head.values.prefix(raw.count)).allSatisfy { $0 == 9 })
    #expect(derivative.values == slopes)
  }

  @Test func boundIsMonotone() {
    let raw = (-400...400).map { Float($0) * 0.25 }
    let head = MatrixFixture(
      rows: 1, columns: 2 * raw.count, [Float](repeating: 0, count: raw.count) + raw)
    let derivative = MatrixFixture(rows: 1, columns: raw.count)
    _ = DiagonalGaussian(latents: raw.count).bound(head.view, derivative: derivative.view)
    let bounded = Array(head.values.suffix(raw.count))
    #expect(zip(bounded, bounded.dropFirst()).allSatisfy { $0 < $1 })
  }
}
