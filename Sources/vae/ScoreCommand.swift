import ArgumentParser
import Formats
import Networks
import Variational

/// `vae score`
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Scores how odd each example is; higher is more anomalous.",
    discussion: """
      Scores: reconstruction-error (squared error at the posterior's mean), elbo, log-likelihood (importance \
      samples), reconstruction-probability (mean ln p(x|z); An and Cho, 2015); the last three are negated, in \
      nats. With --calibration the table says which examples are flagged, and with which conformal \
      p-value. An example that cannot be read, or has no finite score, scores inf, and the column reason says why. \
      docs/ANOMALY.md.
      """)

  /// The names that `--score` takes.
  static let names = AnomalyScore.allCases.map(\.rawValue) + ["all"]

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: DataOptions
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var part: PartOptions

  @Option(
    name: .long,
    help: """
      \(names.joined(separator: ", ")); elbo unless given, reconstruction-error for a plain autoencoder.
      """)
  var score: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Draws of the latents whose mean elbo and reconstruction-probability are.")
  var samples = 16

  @Option(
    name: .long, parsing: .unconditional, help: "Draws of the latents for log-likelihood.")
  var importanceSamples = 64

  @Option(name: .long, parsing: .unconditional, help: "The same seed draws the same latents.")
  var seed: UInt64 = 1

  @OptionGroup var calibration: CalibrationOptions
  @OptionGroup var anomalies: AnomalyOptions

  @Option(
    name: .long,
    help: """
      Writes what every data value contributes, −ln p(x|z) less its mean over the calibration: an .npy file.
      """)
  var attribution: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "How many of the largest contributions the table names for each example.")
  var topFeatures: Int?

  @Option(name: .shortAndLong, help: "The table to write, a row an example: .csv or .npy.")
  var output: String?

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  func validate() throws {
    if let score, !Self.names.contains(score) {
      throw ValidationError(unknownName(score, what: "score", valid: Self.names) + ".")
    }
    let draws = [("--samples", samples), ("--importance-samples", importanceSamples)]
    for (name, value) in draws where value < 1 || value > 1_000_000 {
      throw ValidationError("\(name) \(value) should lie between 1 and 1000000.")
    }
    if let output { _ = try OutputKind.of(output, allowed: [.csv, .npy]) }
    if let attribution {
      _ = try OutputKind.of(attribution, option: "--attribution", allowed: [.npy])
    }
    if let topFeatures, topFeatures < 1 || topFeatures > 10_000 {
      throw ValidationError("--top-features \(topFeatures) should lie between 1 and 10000.")
    }
    if topFeatures != nil && output == nil {
      throw ValidationError("--top-features goes with --output, the table that has its columns.")
    }
  }

  mutating func run() throws {
    try FileUses.check(
      reading: model.uses + data.uses + calibration.uses(directory: data.dataDirectory)
        + anomalies.uses,
      writing: FileUses.Use.optional("--output", output)
        + FileUses.Use.optional("--attribution", attribution))
    let model = try self.model.load(threads: threads.threads)
    // What training left out is what a score should find, unless the model has to be told the class.
    let data = try self.data.load(
      part.chosen, for: model, marking: true, label: anomalies.labels,
      modelClasses: model.spec.condition == nil ? .never : .inParts
    ).markingUnfit(for: model.spec)
    let truth = try anomalies.truth(of: data)
    let normal = try calibration.load(
      self.data, for: model, without: anomalies.names(in: data), label: anomalies.labels)
    let kinds = kinds(for: model)
    let scores = try model.anomalyScores(
      of: data, kinds, samples: samples, importanceSamples: importanceSamples, seed: seed)
    // Another seed: the calibration's noise should not repeat that of the examples.
    let usual = try normal.map {
      try model.anomalyScores(
        of: $0, kinds, samples: samples, importanceSamples: importanceSamples, seed: seed &+ 1)
    }
    var columns = ScoreTable()
    var reports: [AnomalyReport] = []
    for kind in kinds {
      let calibrated = try usual.map { try calibration.scores($0[kind], kind) }
      let report = try AnomalyReport(
        kind, scores[kind], calibration: calibrated.map { ($0, calibration.rate) },
        isAnomaly: truth)
      reports.append(report)
      columns.add(kind.column, .numbers(scores[kind]))
      if let calibrated, let alarms = report.alarms {
        columns.add(
          "\(kind.column)_p_value", .numbers(scores[kind].map(calibrated.pValue)))
        columns.add(
          "\(kind.column)_flagged", .whole(scores[kind].map { $0 > alarms.threshold ? 1 : 0 }))
      }
    }
    if let truth { columns.add("anomaly", Self.anomalies(truth)) }
    var contributions: NPYArray?
    if attribution != nil || topFeatures != nil {
      contributions = try attribute(data, normal, model, into: &columns)
    }
    let marked = MarkedExamples(scores.reasons, of: data)
    marked.say()
    try write(columns, contributions, scores, of: data)
    try ScoreSummary(examples: data.count, scores: reports, marked: marked).print(asJSON: json)
  }

  private static func anomalies(_ truth: [Bool?]) -> ScoreTable.Column {
    if truth.contains(nil) {
      return .words(
        truth.map { $0.map { $0 ? "1" : "0" } ?? "" },
        codes: truth.map { $0.map { $0 ? 1 : 0 } ?? -1 })
    }
    return .whole(truth.map { $0 == true ? 1 : 0 })
  }

  // Where each example comes from stands in front of its scores, and why a score is infinite behind them. Both
  // files or none.
  private func write(
    _ columns: ScoreTable, _ contributions: NPYArray?, _ scores: AnomalyScores, of data: DataSet
  ) throws {
    var table = ScoreTable()
    table.add(data.originColumns(besides: ["example", "reason"] + columns.columns.map(\.name)))
    for (name, column) in columns.columns { table.add(name, column) }
    if !scores.reasons.isEmpty {
      table.add("reason", .texts((0..<data.count).map { scores.reasons[$0] ?? "" }))
    }
    let (whole, output, attribution) = (table, output, attribution)
    try writing {
      try AtomicFile.together { () throws(FormatError) in
        if let attribution, let contributions { try NPY.write(contributions, to: attribution) }
        if let output { try whole.write(to: output) }
      }
    }
    guard let output else { return }
    Console.error(
      "\(data.count) rows of \(table.columns.map(\.name).joined(separator: ", ")) in \(output)")
  }

  private func kinds(for model: Model) -> [AnomalyScore] {
    if score == "all" {
      return AnomalyScore.allCases.filter { model.isVariational || !$0.needsPosterior }
    }
    let usual = model.isVariational ? AnomalyScore.elbo : .reconstructionError
    return [score.flatMap(AnomalyScore.init) ?? usual]
  }

  private func attribute(
    _ data: DataSet, _ normal: DataSet?, _ model: Model, into table: inout ScoreTable
  ) throws -> NPYArray {
    let result = try model.attribution(
      of: data, comparedWith: try normal.map { try model.usualTerms(of: $0) })
    let count = min(topFeatures ?? 0, model.spec.data.stored.count)
    let largest = (0..<data.count).map { result.largest(count, example: $0) }
    let names = model.spec.featureNames
    for place in 0..<count {
      // An example that cannot be read has no contributions.
      let features = largest.map { $0[place].contribution.isNaN ? -1 : $0[place].feature }
      table.add(
        "feature_\(place + 1)",
        .words(features.map { $0 < 0 ? "" : names[$0] }, codes: features))
      table.add(
        "contribution_\(place + 1)", .numbers(largest.map { Double($0[place].contribution) }))
    }
    return NPYArray(
      result.contributions.elements,
      shape: DecodedOutput.shape(data.count, model.spec.data.stored))
  }
}

/// What is printed about scores.
struct ScoreSummary: Encodable {
  let examples: Int
  let scores: [AnomalyReport]
  let marked: MarkedExamples

  private enum CodingKeys: String, CodingKey { case examples, scores, infinite }

  func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(examples, forKey: .examples)
    try values.encode(scores, forKey: .scores)
    if marked.count > 0 { try values.encode(marked.listed, forKey: .infinite) }
  }

  func print(asJSON: Bool) throws {
    if asJSON { return try Console.outputJSON(self) }
    try Console.outputRow("examples", "\(examples)")
    for report in scores {
      try Console.output("\n\(report.score.rawValue), higher is more anomalous")
      for (name, value) in rows(report) { try Console.outputRow(name, value) }
    }
  }

  private func rows(_ report: AnomalyReport) -> [(String, String)] {
    func number(_ value: Double) -> String {
      value.isFinite ? Console.number(value, decimals: 4) : "none"
    }
    var rows = [
      ("mean", number(report.mean)), ("standard deviation", number(report.standardDeviation)),
      ("smallest", number(report.smallest)), ("largest", number(report.largest)),
    ]
    if let infinite = report.infinite { rows.append(("infinite", "\(infinite) of \(examples)")) }
    if let alarms = report.alarms {
      rows.append(
        (
          "threshold",
          "\(number(alarms.threshold)) for a false-alarm rate of \(alarms.falseAlarmRate), from "
            + "\(alarms.calibrationExamples) examples"
        ))
      rows.append(("flagged", "\(alarms.flagged) of \(examples)"))
      if let observed = alarms.observedFalseAlarmRate, let expected = alarms.expectedFalseAlarmRate,
        let error = alarms.falseAlarmRateStandardError
      {
        rows.append(
          (
            "false-alarm rate",
            "\(number(observed)); \(number(expected)) ± \(number(error)) expected"
          ))
      }
      if let detected = alarms.detectionRate {
        rows.append(("anomalies flagged", "\(number(detected)) of them"))
      }
    }
    if let area = report.area {
      let error = area.standardError.map { " ± \(number($0))" } ?? ""
      rows.append(
        (
          "AUROC",
          number(area.area) + error
            + " (\(area.anomalies) anomalies, \(area.normals) normal examples)"
        ))
    }
    return rows
  }
}
