// Each latent swept while the others rest.

import Foundation
public import Kernels

/// Latents to decode, one row of steps for each latent that is swept, most active first.
public struct LatentTraversal: Sendable {
  /// How the latents' activity was told.
  public enum Measure: String, Sendable, Hashable, Codable {
    /// The mean divergence of the dimension over data, nats.
    case divergence = "kl"
    /// The variance of the code over data, for a plain autoencoder.
    case codeVariance = "code_variance"
    /// The root of the mean square change of the decoded values from one end of the sweep to the other.
    case decodedChange = "decoded_change"
  }

  /// Which latents, most active first.
  public let dimensions: [Int]
  /// The activity of each of `dimensions`.
  public let activity: [Double]
  /// What the activity is.
  public let measure: Measure
  /// Where each step lies, in standard deviations from the centre of the sweep, [steps].
  public let positions: [Double]
  /// z, [dimensions × steps, L], the steps of a latent one after the other.
  public let latents: Matrix<Float>

  /// The number of steps.
  public var steps: Int { positions.count }
}

/// Where latents are swept: the centre and the length of a step in each dimension.
public struct LatentScale: Sendable, Hashable {
  /// [L]
  public var mean: [Double]
  /// [L], standard deviations
  public var deviation: [Double]
}

extension Model {
  /// Sweeps each latent over a range of the prior's standard deviations while the others stay where they are.
  ///
  /// The latent that is swept takes the values m + k·s, k from −range to range, m and s its mean and standard
  /// deviation under the prior (over the data's codes for a plain autoencoder, which has none). The others are at
  /// the prior's mean, or at the code of an example. Which latents matter is told by the data if there are any: the
  /// mean divergence of each from the prior; otherwise by how much the decoded example changes.
  ///
  /// - Parameters:
  ///   - data: what activity is measured on; nil for the decoder alone
  ///   - base: z around which latents are swept, [L]; nil for the prior's mean
  ///   - range: standard deviations to either side, positive
  ///   - steps: at least 2
  ///   - count: how many latents, the most active ones; nil for all
  ///   - told: the class that a conditional model is told where the decoder alone says what is active; others
  ///     take 0
  /// - Throws: `DataError` when the data does not fit the model.
  public func traverse(
    data: DataSet? = nil, around base: [Float]? = nil, range: Double = 3, steps: Int = 11,
    count: Int? = nil, class told: Int = 0
  ) throws(DataError) -> LatentTraversal {
    let latents = spec.latents
    precondition(
      steps >= 2 && range > 0 && (base?.count ?? latents) == latents,
      "Model.traverse: \(steps) steps over ±\(range) around \(base?.count ?? latents) latents")
    var statistics: LatentStatistics?
    if let data { statistics = try evaluateInDetail(data).latents }
    let scale = latentScale(statistics)
    let rest = base ?? scale.mean.map { Float($0) }
    let positions = (0..<steps).map { range * Double(2 * $0 - (steps - 1)) / Double(steps - 1) }
    let (activity, measure) = latentActivity(
      statistics, scale, around: rest, range: range, told: told)
    guard activity.allSatisfy(\.isFinite) else {
      throw DataError(
        data?.name ?? spec.name,
        "what its latents do is no finite number: the data's values or the model's weights are far too "
          + "large")
    }
    let order = activity.indices.sorted { (activity[$0], $1) > (activity[$1], $0) }
    let chosen = Array(order.prefix(count ?? latents))
    let floats = Double(chosen.count) * Double(steps) * Double(latents)
    guard Memory.holds(floats: 2 * floats) else {
      throw DataError(
        spec.name,
        "sweeps of \(chosen.count) of its \(latents) latents in \(steps) steps take "
          + "\(Memory.text(floats: 2 * floats)) of memory, more than is free; sweep fewer latents, or in fewer "
          + "steps")
    }
    var z: [Float] = []
    z.reserveCapacity(chosen.count * steps * latents)
    for dimension in chosen {
      for position in positions {
        var row = rest
        row[dimension] = Float(scale.mean[dimension] + position * scale.deviation[dimension])
        z += row
      }
    }
    return LatentTraversal(
      dimensions: chosen, activity: chosen.map { activity[$0] }, measure: measure,
      positions: positions, latents: Matrix(rows: chosen.count * steps, columns: latents, z))
  }

  private func latentScale(_ statistics: LatentStatistics?) -> LatentScale {
    if !isVariational, let statistics {
      return LatentScale(
        mean: statistics.aggregateMean,
        deviation: statistics.meanVariance.map { $0.squareRoot() })
    }
    let moments = isVariational ? priorMoments() : nil
    return LatentScale(
      mean: moments?.mean ?? Array(repeating: 0, count: spec.latents),
      deviation: moments?.variance.map { $0.squareRoot() }
        ?? Array(repeating: 1, count: spec.latents))
  }

  private func latentActivity(
    _ statistics: LatentStatistics?, _ scale: LatentScale, around rest: [Float], range: Double,
    told: Int
  ) -> ([Double], LatentTraversal.Measure) {
    if let statistics {
      if let kl = statistics.kl { return (kl, .divergence) }
      return (statistics.meanVariance, .codeVariance)
    }
    // Some sweeps at a time: all of them would take L² numbers.
    let block = max(1, (1 << 22) / max(spec.latents, spec.data.padded.count))
    let changes = stride(from: 0, to: spec.latents, by: block).flatMap { first in
      decodedChanges(
        first..<min(first + block, spec.latents), scale, around: rest, range: range, told: told)
    }
    return (changes, .decodedChange)
  }

  // The root of the mean square change of the decoded values between the two ends of each latent's sweep.
  private func decodedChanges(
    _ dimensions: Range<Int>, _ scale: LatentScale, around rest: [Float], range: Double, told: Int
  ) -> [Double] {
    let rows = 2 * dimensions.count
    var ends: [Float] = []  // [2 × dimensions, L]
    for dimension in dimensions {
      for position in [-range, range] {
        var row = rest
        row[dimension] = Float(scale.mean[dimension] + position * scale.deviation[dimension])
        ends += row
      }
    }
    let decoded = decode(
      Matrix(rows: rows, columns: spec.latents, ends),
      classes: classes(spec.condition == nil ? nil : told, count: rows, seed: 0))
    return (0..<dimensions.count).map { place in
      let (low, high) = (decoded.row(2 * place), decoded.row(2 * place + 1))
      let sum = zip(low, high).reduce(0.0) {
        let difference = Double($1.0) - Double($1.1)
        return $0 + difference * difference
      }
      return (sum / Double(low.count)).squareRoot()
    }
  }
}
