// A summary of scores: their spread, the alarms they raise, how well they rank known anomalies.

import Foundation

/// What one score says about a data set.
public struct AnomalyReport: Sendable, Hashable, Codable {
  /// The alarms at a threshold from normal examples.
  public struct Alarms: Sendable, Hashable, Codable {
    /// The number of normal examples in the calibration.
    public var calibrationExamples: Int
    /// The rate of false alarms asked for.
    public var falseAlarmRate: Double
    /// The score above which an example is flagged.
    public var threshold: Double
    /// How many are.
    public var flagged: Int
    /// The part of the normal examples that are; nil unless it is known which are normal.
    public var observedFalseAlarmRate: Double?
    /// The rate expected of them, ⌊(n + 1)α⌋/(n + 1).
    public var expectedFalseAlarmRate: Double?
    /// The standard error of the observed rate around it; see ``ConformalCalibration``.
    public var falseAlarmRateStandardError: Double?
    /// The part of the anomalies that are flagged; nil unless they are known.
    public var detectionRate: Double?

    enum CodingKeys: String, CodingKey {
      case threshold, flagged
      case calibrationExamples = "calibration_examples"
      case falseAlarmRate = "false_alarm_rate"
      case observedFalseAlarmRate = "observed_false_alarm_rate"
      case expectedFalseAlarmRate = "expected_false_alarm_rate"
      case falseAlarmRateStandardError = "false_alarm_rate_standard_error"
      case detectionRate = "detection_rate"
    }
  }

  /// Which score.
  public var score: AnomalyScore
  /// The mean of the finite scores; not a number without any, as are the next three.
  public var mean: Double
  /// Their standard deviation over the examples.
  public var standardDeviation: Double
  /// The smallest.
  public var smallest: Double
  /// The largest finite one.
  public var largest: Double
  /// How many scores are infinite; nil if none is.
  public var infinite: Int?
  /// The alarms; nil without a calibration.
  public var alarms: Alarms?
  /// How well it ranks; nil unless anomalies and normal examples are known.
  public var area: ROCArea?

  enum CodingKeys: String, CodingKey {
    case score, mean, smallest, largest, infinite, alarms
    case standardDeviation = "standard_deviation"
    case area = "auroc"
  }

  /// Summarises scores.
  ///
  /// - Parameters:
  ///   - score: which score it is
  ///   - scores: [N]; infinite ones rank above all others
  ///   - calibration: scores of normal examples, and the rate of false alarms asked for
  ///   - isAnomaly: the truth, [N], if it is known; nil where it is not
  /// - Throws: `DataError` when the calibration is too small for the rate.
  public init(
    _ score: AnomalyScore, _ scores: [Double],
    calibration: (ConformalCalibration, falseAlarmRate: Double)? = nil, isAnomaly: [Bool?]? = nil
  ) throws(DataError) {
    self.score = score
    var mean = RunningMean()
    let finite = scores.filter(\.isFinite)
    for value in finite { mean.add(value) }
    self.mean = finite.isEmpty ? .nan : mean.mean
    standardDeviation = finite.isEmpty ? .nan : mean.populationVariance.squareRoot()
    smallest = finite.min() ?? .nan
    largest = finite.max() ?? .nan
    infinite = finite.count < scores.count ? scores.count - finite.count : nil
    let known = scores.indices.filter { isAnomaly?[$0] != nil }
    let truth = known.compactMap { isAnomaly?[$0] }
    area = ROCArea(scores: known.map { scores[$0] }, isAnomaly: truth)
    guard let (calibration, rate) = calibration else { return }
    let threshold = try calibration.threshold(falseAlarmRate: rate)
    let isFlagged = scores.map { $0 > threshold }
    var alarms = Alarms(
      calibrationExamples: calibration.scores.count, falseAlarmRate: rate, threshold: threshold,
      flagged: isFlagged.count { $0 })
    if isAnomaly != nil {
      let isFlagged = known.map { isFlagged[$0] }
      let normals = truth.count { !$0 }
      if normals > 0 {
        let falseAlarms = zip(isFlagged, truth).count { $0 && !$1 }
        alarms.observedFalseAlarmRate = Double(falseAlarms) / Double(normals)
        let expected = calibration.expectedAlarms(falseAlarmRate: rate, amongNormal: normals)
        alarms.expectedFalseAlarmRate = expected.rate
        alarms.falseAlarmRateStandardError = expected.standardError
      }
      if normals < truth.count {
        alarms.detectionRate =
          Double(zip(isFlagged, truth).count { $0 && $1 }) / Double(truth.count - normals)
      }
    }
    self.alarms = alarms
  }
}
