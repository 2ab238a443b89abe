// Data as training takes it: read once, split, a table's statistics from the training rows only.

import Formats

/// What a model is trained on and held against.
public struct DataParts: Sendable {
  /// All examples of the data itself, from which the parts are taken.
  public let all: DataSet
  /// What weights are trained on.
  public let training: DataSet
  /// What the best epoch is chosen by, if some is held out or a file of it was given.
  public let validation: DataSet?
  /// What nothing is chosen by: a published set's test part, a part held out, or a file of it.
  public let test: DataSet?
  /// The schema of a table, with statistics of the training rows.
  public let table: TableSchema?
  /// The classes that were taken, by the names they have in the data; nil for all.
  public let classes: ClassSelection?
}

extension DataSource {
  /// Reads data for training and splits it.
  ///
  /// - Parameters:
  ///   - settings: what is held out, and by which seed
  ///   - reading: how files are read; a table without a schema gets one
  /// Classes are left out everywhere; a file for validation or testing need not have them all.
  ///
  /// - Throws: `FormatError`, `DataError` or `SpecError`.
  public func load(
    splitting settings: TrainingSpec, _ reading: DataReading = DataReading()
  ) throws -> DataParts {
    if hasParts && settings.testFraction > 0 {
      throw SpecError(
        "training.test_fraction", "the data has a test part of its own: leave the fraction out")
    }
    let taken = try readTaken(.train, reading, splitting: settings)
    let all = taken.data
    var reading = reading
    reading.table.schema = taken.table
    if let classes = taken.classes { reading.classes = classes.forOtherData }
    let split = try DataSplit(count: taken.total, settings: settings, name: all.name)
    func part(_ indices: [Int], _ what: String) throws(DataError) -> DataSet {
      let places = taken.taken(indices)
      guard !places.isEmpty else {
        throw DataError(
          all.name, "no example for \(what) is left when classes are selected")
      }
      // Rows that cannot be read count in the split, so that it is the same however they are read.
      return try (places.count == all.count ? all : all.subset(places)).leavingOutFailures()
    }
    func held(_ indices: [Int], _ what: String, file: String?) throws -> DataSet? {
      if let file {
        return try DataSource(file).readTaken(.train, reading).data.leavingOutFailures()
      }
      return try indices.isEmpty ? nil : part(indices, what)
    }
    var test = try held(split.test, "testing", file: settings.testFile)
    if test == nil && hasParts { test = try readTaken(.test, reading).data }
    return DataParts(
      all: try all.leavingOutFailures(), training: try part(split.training, "training"),
      validation: try held(split.validation, "validation", file: settings.validationFile),
      test: test, table: taken.table, classes: taken.classes)
  }

  /// Reads data for a model: a table by the model's schema, and the part asked for as training split it.
  ///
  /// - Parameters:
  ///   - part: nil for all of a file, or a published set's test part
  ///   - spec: the model
  ///   - reading: how files are read
  /// Classes are numbered as a conditional model numbers them. The classes that training left out are left out of its
  /// parts; ``DataReading/modelClasses`` says otherwise.
  ///
  /// - Throws: `FormatError`, or `DataError` for a part that was not held out and for a class that a conditional model
  ///   does not know.
  public func load(
    _ part: DataSplit.Part?, for spec: ModelSpec, _ reading: DataReading = DataReading()
  ) throws -> DataSet {
    if reading.onError == .skip && spec.condition != nil {
      // Rows whose class is missing or unknown are left out too, which is known once all are read.
      var marking = reading
      marking.onError = .mark
      return try loadWithFailures(part, for: spec, marking).leavingOutFailures()
    }
    let set = try loadWithFailures(part, for: spec, reading)
    return reading.table.onError == .mark ? set : try set.leavingOutFailures()
  }

  private func loadWithFailures(
    _ part: DataSplit.Part?, for spec: ModelSpec, _ reading: DataReading
  ) throws -> DataSet {
    var reading = reading
    reading.table.schema = spec.table
    reading.table.addsColumns = true
    reading.allowsMissing = reading.allowsMissing || spec.data.missing
    reading.takeClasses(of: spec, always: part != nil)
    reading.takeScale(of: spec.data)
    let set = try readPart(part, spec, reading)
    if reading.onError == .mark { return try set.matchingOrMarkingClasses(of: spec.condition) }
    // A class that only rows have which cannot be read is not asked for.
    return try set.leavingOutFailures().matchingClasses(of: spec.condition, canLeaveOut: true)
  }

  /// Reads all examples of a published set's training part, or of a file, for a model, whatever was held out.
  ///
  /// - Throws: as `load`.
  public func loadTraining(
    for spec: ModelSpec, _ reading: DataReading = DataReading()
  ) throws -> DataSet {
    var reading = reading
    reading.table.schema = spec.table
    reading.table.addsColumns = true
    reading.allowsMissing = reading.allowsMissing || spec.data.missing
    reading.takeClasses(of: spec, always: true)
    reading.takeScale(of: spec.data)
    return try readTaken(.train, reading).data.leavingOutFailures()
      .matchingClasses(of: spec.condition)
  }

  private func readPart(
    _ part: DataSplit.Part?, _ spec: ModelSpec, _ reading: DataReading
  ) throws -> DataSet {
    let settings = spec.training
    func file(_ path: String) throws -> DataSet {
      var reading = reading
      reading.classes = reading.classes.forOtherData
      return try DataSource(path).readTaken(.train, reading).data
    }
    switch part {
    case nil: return try readTaken(.test, reading).data
    case .validation: if let path = settings.validationFile { return try file(path) }
    case .test:
      if let path = settings.testFile { return try file(path) }
      if hasParts { return try readTaken(.test, reading).data }
    case .train: break
    }
    let taken = try readTaken(.train, reading)
    let all = taken.data
    guard let part else { return all }
    if let rows = spec.table?.rows, rows > 0, rows != taken.total {
      throw DataError(
        all.name,
        "has \(taken.total) rows, but the model was trained with a file of \(rows); --split takes that file"
      )
    }
    let indices = try DataSplit(count: taken.total, settings: settings, name: all.name)
      .indices(part)
    guard !indices.isEmpty else {
      throw DataError(
        all.name,
        "the model was trained without \(part.rawValue) data; leave --split out for all examples")
    }
    let places = taken.taken(indices)
    guard !places.isEmpty else {
      throw DataError(
        all.name, "no example of its \(part.rawValue) data is left when classes are selected")
    }
    return places.count == all.count ? all : all.subset(places)
  }
}

extension DataReading {
  /// Takes the classes that training took, unless others are asked for.
  fileprivate mutating func takeClasses(of spec: ModelSpec, always: Bool) {
    let holds = modelClasses == .always || modelClasses == .inParts && always
    if holds, classes.isEmpty, let taken = spec.data.classes { classes = taken.forOtherData }
  }
}
