import ArgumentParser
import Formats
import Foundation
import Variational

/// The normal examples that tell what score is alarming.
struct CalibrationOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "Normal examples, not trained on, that tell which scores are alarming: as --data.")
  var calibration: String?

  @Option(
    name: .long,
    help: "Which part of the calibration's data: train, validation or test, as --split.")
  var calibrationSplit: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The part of normal examples that may be flagged; 0.05 unless given.")
  var falseAlarmRate: Double?

  func validate() throws {
    if calibration == "" { throw ValidationError("--calibration is an empty name.") }
    if let calibrationSplit, DataSplit.Part(rawValue: calibrationSplit) == nil {
      throw ValidationError(
        "--calibration-split \(calibrationSplit) should be train, validation or test.")
    }
    if let rate = falseAlarmRate, !(rate > 0 && rate < 1) {
      throw ValidationError("--false-alarm-rate \(rate) should lie between 0 and 1.")
    }
    let dependent = [
      ("--false-alarm-rate", falseAlarmRate != nil),
      ("--calibration-split", calibrationSplit != nil),
    ]
    if calibration == nil, let (name, _) = dependent.first(where: \.1) {
      throw ValidationError("\(name) goes with --calibration, normal examples to tell it from.")
    }
  }

  var rate: Double { falseAlarmRate ?? 0.05 }

  /// The calibration by one score; examples without a finite one are left out, which is said.
  ///
  /// - Throws: `DataError` if no score is left.
  func scores(_ values: [Double], _ kind: AnomalyScore) throws -> ConformalCalibration {
    let finite = values.filter(\.isFinite)
    if finite.count < values.count {
      Console.error(
        "left out of the calibration: \(values.count - finite.count) of \(values.count) examples, whose "
          + "\(kind.rawValue) is not finite")
    }
    return try ConformalCalibration(finite)
  }

  /// The calibration's examples, the anomalous classes left out.
  func load(
    _ data: DataOptions, for model: Model, without anomalies: [String], label: String?
  ) throws -> DataSet? {
    guard let calibration else { return nil }
    let part = calibrationSplit.flatMap(DataSplit.Part.init(rawValue:))
    var reading = try data.reading(for: model.spec.data)
    reading.classes.only = []
    reading.classes = reading.classes.forOtherData
    reading.table.label = label
    reading.table.allowsAbsent = true
    if data.files.onError == nil { reading.onError = .mark }
    let given = reading
    let set = try readingRows {
      try DataSource(calibration, directory: data.dataDirectory).load(
        part, for: model.spec, given
      )
      .markingUnfit(for: model.spec)
    }
    for note in set.notes { Console.error(note) }
    return try withoutAnomalies(set, anomalies).leavingOutFailures(of: calibration)
  }

  private func withoutAnomalies(_ set: DataSet, _ anomalies: [String]) throws -> DataSet {
    guard let labels = set.labels else { return set }
    // The calibration may have none of those classes; labels that are 0 and 1 mean what they mean for --data.
    let classes =
      anomalies.isEmpty
      ? Set([set.oddClass].compactMap { $0 })
      : Set(anomalies.compactMap { try? set.classNumber($0) })
    let normal = labels.indices.filter { !classes.contains(labels[$0]) }
    guard !normal.isEmpty else {
      throw DataError(
        set.name, "all its examples are of anomalous classes; it takes normal ones")
    }
    return normal.count == set.count ? set : set.subset(normal)
  }
}

/// Which examples are known to be anomalies.
struct AnomalyOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      A class of the data that counts as anomalous, by name or number; may be given several times. \
      Labels that are 0 and 1 only, or false and true, need none: 1 is anomalous.
      """)
  var anomalyLabel: [String] = []

  @Option(
    name: .long,
    help: """
      The column of a CSV file that holds each row's class, or an .npy or IDX file that says which examples are \
      anomalies: 0 or 1, one an example.
      """)
  var labels: String?

  func validate() throws {
    if anomalyLabel.contains("") || labels == "" {
      throw ValidationError("--anomaly-label and --labels take a name, not nothing.")
    }
  }

  /// Whether each example is an anomaly; nil if nobody knows, of one example or of all.
  func truth(of data: DataSet) throws -> [Bool?]? {
    if let labels, data.labelName != labels { return try read(labels, examples: data) }
    let classes: Set<Int>
    if !anomalyLabel.isEmpty {
      classes = Set(try anomalyLabel.map { try data.classNumber($0) })
    } else if let odd = data.oddClass {
      classes = [odd]
    } else {
      if let labels { sayNothingIsKnown(data, labels) }
      return nil
    }
    return data.labels?.map { data.isUnlabelled($0) ? nil : classes.contains($0) }
  }

  /// The names of the anomalous classes, by which other data knows them too.
  func names(in data: DataSet) throws -> [String] {
    try anomalyLabel.map { data.className(try data.classNumber($0)) }
  }

  // A column was asked for, but which of its classes are anomalies is not known.
  private func sayNothingIsKnown(_ data: DataSet, _ column: String) {
    guard !data.classNames.isEmpty else { return }
    let names = data.classNames.filter { !$0.isEmpty }
    Console.error(
      "The column \"\(column)\" holds \(names.prefix(8).joined(separator: ", "))"
        + (names.count > 8 ? ", …" : "") + "; --anomaly-label says which of them are anomalies.")
  }

  private func read(_ path: String, examples data: DataSet) throws -> [Bool?] {
    let isFile = FileManager.default.fileExists(atPath: path)
    guard isFile || data.originColumns().first?.name != "line" else {
      throw DataError(data.name, "has no column \"\(path)\", and there is no file of that name")
    }
    guard anomalyLabel.isEmpty else {
      throw ValidationError(
        "--anomaly-label and --labels exclude each other, unless --labels names a column of \(data.name)."
      )
    }
    let examples = data.count
    let bytes = try FileBytes.read(path)
    let array =
      bytes.starts(with: [0x93])
      ? try NPY.decode(bytes, file: path) : try IDX.decode(bytes, file: path, ceiling: 1 << 30)
    let values = array.floats()
    guard values.count == examples else {
      throw DataError(path, "\(values.count) labels for \(examples) examples")
    }
    if let bad = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
      throw DataError(path, "label \(bad) is \(values[bad]); it should be 0 or 1 for an anomaly")
    }
    return values.map { $0 == 1 }
  }
}

extension DataSet {
  /// The class that is anomalous without being named: 1 beside 0, or true beside false, by name if classes have names.
  var oddClass: Int? {
    let present = Set(labels ?? []).filter { !isUnlabelled($0) }
    let names = Set(present.map { className($0).lowercased() })
    guard names == ["0", "1"] || names == ["false", "true"] else { return nil }
    return present.first { ["1", "true"].contains(className($0).lowercased()) }
  }

  /// Whether a label is that of rows without one.
  func isUnlabelled(_ label: Int) -> Bool {
    label < classNames.count && classNames[label].isEmpty
  }

  /// The normal examples that can be read, the others named as left out of the calibration.
  fileprivate func leavingOutFailures(of calibration: String) throws -> DataSet {
    let rest = usable
    for note in failureNotes("left out of the calibration") { Console.error(note) }
    guard rest.count > 0 else {
      throw DataError(calibration, "none of its examples can be read; the calibration takes some")
    }
    return rest
  }
}
