import ArgumentParser
import Formats
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

  /// The calibration's examples, the anomalous classes left out.
  func load(
    _ data: DataOptions, for model: Model, without anomalies: [String]
  ) throws -> DataSet? {
    guard let calibration else { return nil }
    var reading = try data.reading(for: model.spec.data)
    reading.classes.only = []
    reading.classes = reading.classes.forOtherData
    let set = try DataSource(calibration, directory: data.dataDirectory).load(
      calibrationSplit.flatMap(DataSplit.Part.init(rawValue:)), for: model.spec, reading)
    guard let labels = set.labels else { return set }
    // The calibration may have none of those classes; labels that are 0 and 1 mean what they mean for --data.
    let classes =
      anomalies.isEmpty
      ? Set([set.anomalousOfTwo].compactMap { $0 })
      : Set(anomalies.compactMap { try? set.classNumber($0) })
    let normal = labels.indices.filter { !classes.contains(labels[$0]) }
    guard !normal.isEmpty else {
      throw DataError(
        calibration, "all its examples are of anomalous classes; it takes normal ones")
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
      Labels that are 0 and 1 only need none: 1 is anomalous.
      """)
  var anomalyLabel: [String] = []

  @Option(
    name: .long,
    help: "An .npy or IDX file that says which examples are anomalies: 0 or 1, one an example.")
  var labels: String?

  func validate() throws {
    if anomalyLabel.contains("") || labels == "" {
      throw ValidationError("--anomaly-label and --labels take a name, not nothing.")
    }
    if !anomalyLabel.isEmpty && labels != nil {
      throw ValidationError("--anomaly-label and --labels exclude each other.")
    }
  }

  /// Whether each example is an anomaly; nil if nobody knows.
  func truth(of data: DataSet) throws -> [Bool]? {
    if let labels { return try read(labels, examples: data.count) }
    if !anomalyLabel.isEmpty {
      let classes = Set(try anomalyLabel.map { try data.classNumber($0) })
      return data.labels?.map(classes.contains)
    }
    guard let anomalous = data.anomalousOfTwo else { return nil }
    return data.labels?.map { $0 == anomalous }
  }

  /// The names of the anomalous classes, by which other data knows them too.
  func names(in data: DataSet) throws -> [String] {
    try anomalyLabel.map { data.className(try data.classNumber($0)) }
  }

  private func read(_ path: String, examples: Int) throws -> [Bool] {
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
  /// The class that is anomalous without being named: 1, where all labels are 0 or 1, by name if classes have names.
  fileprivate var anomalousOfTwo: Int? {
    guard let labels else { return nil }
    let present = Set(labels)
    guard Set(present.map(className)) == ["0", "1"] else { return nil }
    return present.first { className($0) == "1" }
  }
}
