// MIG: whether one latent says much more about a factor than any other does.

import Foundation
public import Kernels

/// The mutual information gap.
///
///     MIG = 1/F Σₖ (I(z_j; vₖ) − max_{i≠j} I(zᵢ; vₖ)) / H(vₖ),   j the latent that says most of vₖ
///
/// Chen et al. estimate I from the posteriors; here, as in Locatello et al. (2019), from a joint histogram of
/// the codes, each cut into twenty equal bins between its ends. A single latent is measured against none.
///
/// - SeeAlso: Chen et al. (2018), "Isolating sources of disentanglement in variational autoencoders",
///   section 4.1.
public struct MutualInformationGap: Sendable, Hashable, Codable {
  /// The mean over the factors, in [0, 1].
  public var score: Double
  /// The gap of each factor, [F].
  public var gaps: [Double]
  /// I(z_j; vₖ), nats, [L][F].
  public var information: [[Double]]

  enum CodingKeys: String, CodingKey {
    case score, gaps, information
  }

  static let bins = 20

  /// Scores codes against the factors that they were made from.
  ///
  /// - Parameters:
  ///   - codes: [N, L]
  ///   - factors: as many rows, at least one factor that varies
  /// - Complexity: O(N·L·F)
  public init(codes: Matrix<Float>, factors: FactorTable) {
    precondition(codes.rows == factors.count && factors.factors > 0, "MutualInformationGap: shapes")
    let binned = (0..<codes.columns).map { equalBins(codes.column($0), MutualInformationGap.bins) }
    information = binned.map { bins in
      (0..<factors.factors).map { factor in
        mutualInformation(
          bins, MutualInformationGap.bins, factors.levels[factor], factors.levelCounts[factor])
      }
    }
    gaps = (0..<factors.factors).map { [information] factor in
      topGap(information.map { $0[factor] }) / factors.entropy(factor)
    }
    score = gaps.reduce(0, +) / Double(gaps.count)
  }
}

/// The difference between the largest and the second largest value; of one value, the value.
func topGap(_ values: [Double]) -> Double {
  let sorted = values.sorted(by: >)
  return (sorted.first ?? 0) - (sorted.count > 1 ? sorted[1] : 0)
}

/// The bin of each value among `bins` of equal width between the least and the greatest.
func equalBins(_ values: [Float], _ bins: Int) -> [Int] {
  let least = Double(values.min() ?? 0)
  let width = (Double(values.max() ?? 0) - least) / Double(bins)
  guard width > 0 else { return [Int](repeating: 0, count: values.count) }
  return values.map { min(bins - 1, Int((Double($0) - least) / width)) }
}

/// The mutual information of two columns of levels, nats.
///
///     I = 1/N (Σ n_ab ln n_ab − Σ n_a ln n_a − Σ n_b ln n_b) + ln N
func mutualInformation(_ a: [Int], _ aCount: Int, _ b: [Int], _ bCount: Int) -> Double {
  var joint = [Int](repeating: 0, count: aCount * bCount)
  var (left, right) = ([Int](repeating: 0, count: aCount), [Int](repeating: 0, count: bCount))
  for (x, y) in zip(a, b) {
    joint[x * bCount + y] += 1
    left[x] += 1
    right[y] += 1
  }
  let n = Double(a.count)
  let sum = sumOfLogTerms(joint) - sumOfLogTerms(left) - sumOfLogTerms(right)
  return max(0, sum / n + Foundation.log(n))
}
