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

  /// What a person should know of how all files were read.
  public var notes: [String] {
    var notes = all.notes
    for part in [validation, test] {
      for note in part?.notes ?? [] where !notes.contains(note) { notes.append(note) }
    }
    return notes
  }
}

extension DataSource {
  /// Reads data for training and splits it.
  ///
  /// - Parameters:
  ///   - settings: what is held out, and by which seed
  ///   - reading: how files are read; a table without a schema gets one
  /// - Throws: `FormatError`, `DataError` or `SpecError`.
  public func load(
    splitting settings: TrainingSpec, _ reading: DataReading = DataReading()
  ) throws -> DataParts {
    if hasParts && settings.testFraction > 0 {
      throw SpecError(
        "training.test_fraction", "the data has a test part of its own: leave the fraction out")
    }
    var reading = reading
    let all: DataSet
    if let table = try table(reading) {
      let split = try DataSplit(count: table.rowCount, settings: settings, name: table.name)
      let schema =
        try reading.table.schema
        ?? TableSchema(
          inferredFrom: table, changes: reading.table.changes, statisticsFrom: split.training)
      reading.table.schema = schema
      all = try schema.dataSet(from: table)
    } else {
      all = try load(.train, reading)
    }
    let split = try DataSplit(count: all.count, settings: settings, name: all.name)
    func held(_ indices: [Int], file: String?) throws -> DataSet? {
      if let file { return try DataSource(file).load(.train, reading) }
      return indices.isEmpty ? nil : all.subset(indices)
    }
    var test = try held(split.test, file: settings.testFile)
    if test == nil && hasParts { test = try load(.test, reading) }
    return DataParts(
      all: all,
      training: split.training.count == all.count ? all : all.subset(split.training),
      validation: try held(split.validation, file: settings.validationFile), test: test,
      table: reading.table.schema)
  }

  /// Reads data for a model: a table by the model's schema, and the part asked for as training split it.
  ///
  /// - Parameters:
  ///   - part: nil for all of a file, or a published set's test part
  ///   - spec: the model
  ///   - reading: how files are read
  /// - Throws: `FormatError`, or `DataError` for a part that was not held out.
  public func load(
    _ part: DataSplit.Part?, for spec: ModelSpec, _ reading: DataReading = DataReading()
  ) throws -> DataSet {
    var reading = reading
    reading.table.schema = spec.table
    reading.allowsMissing = reading.allowsMissing || spec.data.missing
    let settings = spec.training
    switch part {
    case nil: return try load(.test, reading)
    case .validation:
      if let file = settings.validationFile { return try DataSource(file).load(.train, reading) }
    case .test:
      if let file = settings.testFile { return try DataSource(file).load(.train, reading) }
      if hasParts { return try load(.test, reading) }
    case .train: break
    }
    let all = try load(.train, reading)
    guard let part else { return all }
    if let rows = spec.table?.rows, rows > 0, rows != all.count {
      throw DataError(
        all.name,
        "has \(all.count) rows, but the model was trained with a file of \(rows); --split takes that file"
      )
    }
    let indices = try DataSplit(count: all.count, settings: settings, name: all.name)
      .indices(part)
    guard !indices.isEmpty else {
      throw DataError(
        all.name,
        "the model was trained without \(part.rawValue) data; leave --split out for all examples")
    }
    return indices.count == all.count ? all : all.subset(indices)
  }
}
