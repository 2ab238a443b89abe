// Sums of importance weights over a stream of samples, and their means over the examples.

import Foundation

/// ln Σ e^aᵢ and ln Σ e^2aᵢ over a stream of aᵢ, scaled by the largest so far.
struct LogSum: Sendable {
  private var largest = -Double.infinity
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ a: Double) {
    if a > largest {
      let factor = Foundation.exp(largest - a)
      sum = sum * factor + 1
      squares = squares * factor * factor + 1
      largest = a
    } else {
      let weight = Foundation.exp(a - largest)
      sum += weight
      squares += weight * weight
    }
  }

  /// ln of the mean of `count` terms.
  func logMean(of count: Int) -> Double {
    largest + Foundation.log(sum) - Foundation.log(Double(count))
  }

  /// (Σw)²/Σw²
  var effectiveSampleSize: Double { sum * sum / squares }

  /// max w/Σw; the scaled largest weight is one.
  var largestShare: Double { 1 / sum }

  /// The standard error of ln mean(w) by the delta method, √(Var(w)/S)/mean(w), in nats.
  ///
  /// With Var(w) = (Σw² − (Σw)²/S)/(S − 1) that is √((S/E − 1)/(S − 1)), E the effective sample size.
  ///
  /// - Returns: nil for one term, whose variance is unknown.
  func logMeanError(of count: Int) -> Double? {
    guard count > 1 else { return nil }
    let samples = Double(count)
    // E ≤ S but for rounding.
    return (max(0, samples / effectiveSampleSize - 1) / (samples - 1)).squareRoot()
  }
}

/// Means over the examples of what their weights say.
struct ImportanceEstimates: Sendable {
  private let samples: Int
  private var curve: [(samples: Int, mean: RunningMean)]
  private var errors = RunningMean()
  private var squaredErrors = 0.0
  private var sizes = RunningMean()
  private var smallestSize = Double.infinity
  private var shares = RunningMean()
  private var worstShare = 0.0

  /// Nothing yet; the curve has a point at each power of two and at the end.
  init(samples: Int) {
    self.samples = samples
    var points: [Int] = []
    var point = 1
    while point < samples {
      points.append(point)
      point *= 2
    }
    curve = (points + [samples]).map { ($0, RunningMean()) }
  }

  /// Notes a point of the curve, if `sample` samples are one.
  ///
  /// - Parameter sums: the weights of a chunk's examples up to here
  mutating func note(_ sums: [LogSum], after sample: Int) {
    guard let index = curve.firstIndex(where: { $0.samples == sample }) else { return }
    for sum in sums { curve[index].mean.add(sum.logMean(of: sample)) }
  }

  /// Adds a chunk's examples, whose samples are all drawn.
  mutating func finish(_ sums: [LogSum]) {
    for sum in sums {
      if let error = sum.logMeanError(of: samples) {
        errors.add(error)
        squaredErrors += error * error
      }
      let size = sum.effectiveSampleSize
      sizes.add(size)
      smallestSize = min(smallestSize, size)
      shares.add(sum.largestShare)
      worstShare = max(worstShare, sum.largestShare)
    }
  }

  func report(into result: inout Evaluation) {
    guard let last = curve.last, last.mean.count > 0 else { return }
    result.logLikelihood = last.mean.mean
    result.logLikelihoodStandardError = last.mean.toldError
    if errors.count > 0 {
      result.logLikelihoodSamplingError = squaredErrors.squareRoot() / Double(errors.count)
      result.exampleSamplingError = errors.mean
    }
    result.effectiveSampleSize = sizes.mean
    result.smallestEffectiveSampleSize = smallestSize
    result.largestWeightShare = shares.mean
    result.worstWeightShare = worstShare
    result.importanceSamples = samples
    result.importanceCurve = curve.map {
      ImportanceCurvePoint(
        samples: $0.samples, logLikelihood: $0.mean.mean, standardError: $0.mean.toldError)
    }
  }
}
