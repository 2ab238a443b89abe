// How well scores rank anomalies above normal examples.

import Foundation

/// The area under the receiver operating characteristic: the probability that an anomaly scores higher than a
/// normal example, ties counted half.
///
/// The standard error is DeLong's: with each anomaly's share of normal examples below it, V₁, and each normal
/// example's share of anomalies above it, V₀, the area is the mean of either and
///
///     Var = Var(V₁)/anomalies + Var(V₀)/normals
///
/// - SeeAlso: DeLong, DeLong and Clarke-Pearson (1988), "Comparing the areas under two or more correlated receiver
///   operating characteristic curves"; by midranks as in Sun and Xu (2014), section III.
public struct ROCArea: Sendable, Hashable, Codable {
  /// The area, in [0, 1]; one half is chance.
  public let area: Double
  /// Its standard error; nil with fewer than two anomalies or two normal examples.
  public let standardError: Double?
  /// The number of anomalies.
  public let anomalies: Int
  /// The number of normal examples.
  public let normals: Int

  enum CodingKeys: String, CodingKey {
    case area, anomalies, normals
    case standardError = "standard_error"
  }

  /// Ranks examples; nil unless there are anomalies and normal examples.
  ///
  /// - Parameters:
  ///   - scores: higher is more anomalous, [N]
  ///   - isAnomaly: the truth, [N]
  /// - Complexity: O(N log N)
  public init?(scores: [Double], isAnomaly: [Bool]) {
    precondition(
      scores.count == isAnomaly.count,
      "ROCArea: \(scores.count) scores, \(isAnomaly.count) labels")
    let all = ROCArea.midranks(scores)
    let odd = scores.indices.filter { isAnomaly[$0] }
    let normal = scores.indices.filter { !isAnomaly[$0] }
    guard !odd.isEmpty && !normal.isEmpty else { return nil }
    let (m, n) = (Double(odd.count), Double(normal.count))
    // An example's rank among all less its rank among its own is the number of others below it.
    var above = RunningMean()
    for (index, rank) in zip(odd, ROCArea.midranks(odd.map { scores[$0] })) {
      above.add((all[index] - rank) / n)
    }
    var below = RunningMean()
    for (index, rank) in zip(normal, ROCArea.midranks(normal.map { scores[$0] })) {
      below.add(1 - (all[index] - rank) / m)
    }
    area = above.mean
    anomalies = odd.count
    normals = normal.count
    let (first, second) = (above.standardError, below.standardError)
    standardError =
      odd.count > 1 && normal.count > 1 ? (first * first + second * second).squareRoot() : nil
  }

  // Ranks from one; equal values share the mean of theirs.
  static func midranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start + 1
      while end < order.count && values[order[end]] == values[order[start]] { end += 1 }
      for place in start..<end { ranks[order[place]] = Double(start + end + 1) / 2 }
      start = end
    }
    return ranks
  }
}
