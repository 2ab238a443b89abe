import Foundation
import Kernels

@testable import Variational

/// Terms of a minibatch with values one can exponentiate, for pure functions of them.
struct RandomTerms {
  let (examples, samples): (Int, Int)
  var logLikelihoods: [Double]
  var logPriors: [Double]
  var logPosteriors: [Double]

  init(examples: Int, samples: Int, seed: UInt64 = 1, shift: Double = 0) {
    (self.examples, self.samples) = (examples, samples)
    var generator = SeededGenerator(state: seed)
    func values(_ range: ClosedRange<Float>) -> [Double] {
      (0..<examples * samples).map { _ in Double(generator.float(range)) }
    }
    logLikelihoods = values(-8 ... -4).map { $0 + shift }
    logPriors = values(-4 ... -1)
    logPosteriors = values(-2...1)
  }

  var terms: SampleTerms {
    func buffer(_ values: [Double]) -> TermBuffer {
      let result = TermBuffer(count: values.count)
      for (index, value) in values.enumerated() { result[index] = value }
      return result
    }
    return SampleTerms(
      examples: examples, samples: samples, logLikelihoods: buffer(logLikelihoods),
      logPriors: buffer(logPriors), logPosteriors: buffer(logPosteriors))
  }

  /// The same as the naive objective takes them.
  var naive: NaiveStep.Terms {
    func rows(_ values: [Double]) -> [[Double]] {
      stride(from: 0, to: values.count, by: samples).map { Array(values[$0..<$0 + samples]) }
    }
    var result = NaiveStep.Terms()
    result.logLikelihoods = rows(logLikelihoods)
    result.logPriors = rows(logPriors)
    result.logPosteriors = rows(logPosteriors)
    return result
  }

  /// ∂f/∂ every term: ln p(x|z), ln p(z), ln q. In 64 bits with h = 1e-5, good to about 1e-9.
  func differences(_ f: (NaiveStep.Terms) -> Double) -> [[Double]] {
    let lists: [WritableKeyPath<RandomTerms, [Double]>] = [
      \.logLikelihoods, \.logPriors, \.logPosteriors,
    ]
    return lists.map { list in
      logLikelihoods.indices.map { index in
        func value(_ h: Double) -> Double {
          var moved = self
          moved[keyPath: list][index] += h
          return f(moved.naive)
        }
        return (value(1e-5) - value(-1e-5)) / 2e-5
      }
    }
  }
}

extension TermBuffer {
  var array: [Double] { (0..<count).map { self[$0] } }
}

/// A log-weight whose reconstruction is `scale`·(−ln p).
func logWeight(scale: Double = 1, beta: Double = 1) -> LogWeight {
  let objective = ObjectiveSpec(reconstruction: .weightedMean(weight: 10 * scale))
  return LogWeight(
    reconstruction: ReconstructionScale(objective, likelihood: .bernoulli, dimensions: 10),
    beta: beta)
}
