// A threshold with a guaranteed rate of false alarms, from scores of normal examples.

import Foundation

/// Scores of normal examples that the model was not trained on, which tell what score is alarming.
///
/// If a new normal example and the n of the calibration are exchangeable, then whatever the model and the
/// scores' distribution
///
///     P(s > q) ≤ α        q the ⌈(n + 1)(1 − α)⌉-th smallest of the n scores
///     P(p ≤ α) ≤ α        p = (1 + #{calibration scores ≥ s}) / (n + 1)
///
/// and the two say the same: s > q exactly where p ≤ α. A score equal to the threshold raises no alarm, and
/// ties count against one, so the guarantee holds with ties too; without them P(s > q) = ⌊(n + 1)α⌋/(n + 1).
///
///     let calibration = try ConformalCalibration(normalScores)
///     let threshold = try calibration.threshold(falseAlarmRate: 0.05)
///
/// - SeeAlso: Papadopoulos et al. (2002), "Inductive confidence machines for regression"; Bates et al. (2023),
///   "Testing for outliers with conformal p-values", section 2.
public struct ConformalCalibration: Sendable, Hashable {
  /// The calibration's scores, ascending.
  public let scores: [Double]

  /// Takes the scores of normal examples.
  ///
  /// - Throws: `DataError` when there are none, or one is not a finite number.
  public init(_ scores: [Double]) throws(DataError) {
    guard !scores.isEmpty else { throw DataError("calibration", "there are no scores") }
    if let bad = scores.firstIndex(where: { !$0.isFinite }) {
      throw DataError("calibration", "score \(bad) is \(scores[bad]), not a finite number")
    }
    self.scores = scores.sorted()
  }

  // ⌊(n + 1)α⌋, where a product such as 100 × 0.05 may fall short of the whole number by rounding.
  private func alarms(_ rate: Double) -> Int {
    Int((Double(scores.count + 1) * rate * (1 + 4 * Double.ulpOfOne)).rounded(.down))
  }

  /// The score above which at most a part α of normal examples lie.
  ///
  /// - Parameter rate: α, in (0, 1)
  /// - Throws: `DataError` when the rate is none, or n + 1 < 1/α: then not even the largest score is enough.
  public func threshold(falseAlarmRate rate: Double) throws(DataError) -> Double {
    guard rate > 0 && rate < 1 else {
      throw DataError("calibration", "the false-alarm rate \(rate) should lie between 0 and 1")
    }
    let alarms = alarms(rate)
    guard alarms >= 1 else {
      let needed = (1 / rate * (1 - 4 * Double.ulpOfOne)).rounded(.up) - 1
      throw DataError(
        "calibration",
        "\(scores.count) examples are too few for a false-alarm rate of \(rate); it takes at least "
          + "\(String(format: "%.0f", needed))")
    }
    // ⌈(n + 1)(1 − α)⌉ = n + 1 − ⌊(n + 1)α⌋, counted from one.
    return scores[scores.count - alarms]
  }

  /// The share of exchangeable examples, the new one among them, that are at least as odd.
  ///
  /// - Returns: a number in [1/(n + 1), 1].
  /// - Complexity: O(log n)
  public func pValue(of score: Double) -> Double {
    var (low, high) = (0, scores.count)
    while low < high {
      let middle = (low + high) / 2
      if scores[middle] >= score { high = middle } else { low = middle + 1 }
    }
    return Double(1 + scores.count - low) / Double(scores.count + 1)
  }

  /// The rate of false alarms expected without ties, ⌊(n + 1)α⌋/(n + 1), and the standard error of the rate
  /// that is observed on m normal examples.
  ///
  ///     Var = a(1 − a) (1/m + (1 − 1/m)/(n + 2))        a = ⌊(n + 1)α⌋/(n + 1)
  ///
  /// Given the calibration, the probability of an alarm has the distribution Beta((n + 1)a, (n + 1)(1 − a)),
  /// whose variance is a(1 − a)/(n + 2); the m examples add E[p(1 − p)]/m. Both sizes count: with n = 100 no
  /// number of test examples brings the rate nearer to α than some 0.02.
  ///
  /// - SeeAlso: Vovk (2012), "Conditional validity of inductive conformal predictors", section 2.
  public func expectedAlarms(
    falseAlarmRate rate: Double, amongNormal examples: Int
  ) -> (rate: Double, standardError: Double) {
    let n = Double(scores.count)
    let a = Double(alarms(rate)) / (n + 1)
    let m = Double(max(1, examples))
    return (a, (a * (1 - a) * (1 / m + (1 - 1 / m) / (n + 2))).squareRoot())
  }
}
