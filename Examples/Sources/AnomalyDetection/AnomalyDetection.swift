// Which rows are odd, how odd, and why: a model of normal rows, a threshold with a known rate of false alarms, and
// the columns that make a row odd.

import Foundation
import Variational

@main struct AnomalyDetection {
  static let columns = ["pressure", "flow", "valve", "temperature", "current", "vibration"]

  /// Stand-in for your measurements: two hidden causes move six columns together; a little noise.
  static func machine(_ count: Int, _ generator: inout some RandomNumberGenerator) -> [[Float]] {
    (0..<count).map { _ in
      let load = Float.random(in: -1...1, using: &generator)
      let warmth = Float.random(in: -1...1, using: &generator)
      let clean = [load, 0.8 * load, -load, warmth, 0.5 * load + 0.5 * warmth, load * warmth]
      return clean.map { $0 + 0.05 * Float.random(in: -1...1, using: &generator) }
    }
  }

  static func data(_ rows: [[Float]], _ name: String) throws -> DataSet {
    try DataSet(
      floats: rows.flatMap { $0 }, shape: Shape(features: columns.count), name: name)
  }

  /// A model of normal rows only: what it has never seen it cannot explain.
  static func train(on rows: DataSet) throws -> Model {
    var spec = ModelSpec(
      name: "machine", data: DataSpec(height: 1, width: 1, channels: columns.count),
      encoder: [.dense(outputs: 32), .silu, .dense(outputs: 2 * 2)], latents: 2,
      decoder: [.dense(outputs: 32), .silu, .dense(outputs: columns.count)],
      likelihood: .gaussian(.perDimension))
    spec.training = TrainingSpec(learningRate: 3e-3, batchSize: 64, epochs: 30)
    let trainer = try Trainer(try Model(spec), data: rows)
    _ = try Fit(trainer).run()
    return trainer.model
  }

  static func main() throws {
    var generator = SystemRandomNumberGenerator()
    let model = try train(on: data(machine(4000, &generator), "normal"))

    // 1. The threshold comes from normal rows that the model was not trained on: at most 1 % of normal rows will
    //    score higher, whatever the scores' distribution.
    let normal = try data(machine(1000, &generator), "calibration")
    let calibration = try ConformalCalibration(try model.anomalyScores(of: normal, [.elbo])[.elbo])
    let threshold = try calibration.threshold(falseAlarmRate: 0.01)

    // 2. New rows. In every twentieth the valve stays where it was, which no single column shows: its value is one
    //    that it often has, only not beside these.
    var rows = machine(2000, &generator)
    let isStuck = rows.indices.map { $0 % 20 == 0 }
    for row in rows.indices where isStuck[row] { rows[row][2] = Float.random(in: -1...1) }
    let new = try data(rows, "new")
    let scores = try model.anomalyScores(of: new, [.elbo])[.elbo]  // nats, higher is odder

    func share(ofStuck stuck: Bool) -> Double {
      let those = rows.indices.filter { isStuck[$0] == stuck }
      return Double(those.count { scores[$0] > threshold }) / Double(those.count)
    }
    print("alarms: \(share(ofStuck: true)) of the stuck rows")
    print("false alarms: \(share(ofStuck: false)) of the others")
    if let area = ROCArea(scores: scores, isAnomaly: isStuck) {
      print("area under the ROC curve: \(area.area) ± \(area.standardError ?? 0)")
    }

    // 3. Why: the columns whose values the model expected least, beside what is usual for them.
    let usual = try model.usualTerms(of: normal)
    guard let worst = scores.indices.max(by: { scores[$0] < scores[$1] }) else { return }
    let reasons = try model.attribution(of: new.subset([worst]), comparedWith: usual)
    print("the oddest row, \(worst) (stuck: \(isStuck[worst])):")
    for (feature, nats) in reasons.largest(3, example: 0) {
      print("  \(columns[feature]): \(nats) nats more than usual")
    }
  }
}
