// Data with some of its classes left out, before it is split.

import Formats

/// The examples of the classes that are taken, and where they stand among all examples of the data.
///
/// Splits are drawn among all examples, so that they are the same whatever classes are taken.
struct TakenExamples {
  /// The examples that are taken.
  let data: DataSet
  /// How many examples there are with those left out.
  let total: Int
  /// The place of each taken example among all; nil if all are taken.
  let places: [Int]?
  /// The schema of a table.
  let table: TableSchema?
  /// The selection by the names that classes have in this data; nil for all classes.
  let classes: ClassSelection?

  /// Those of some examples, by their places among all, that are taken, by their places among the taken.
  func taken(_ indices: [Int]) -> [Int] { TakenExamples.taken(indices, of: places) }

  fileprivate static func taken(_ indices: [Int], of places: [Int]?) -> [Int] {
    guard let places else { return indices }
    let wanted = Set(indices)
    return places.indices.filter { wanted.contains(places[$0]) }
  }
}

extension DataSource {
  /// Reads the examples of the classes that the reading takes.
  ///
  /// A table's rows are left out before their cells are understood: neither a schema made from the table nor a model
  /// that reads it sees them.
  ///
  /// - Parameters:
  ///   - part: which part of a published set
  ///   - reading: how files are read, and the classes
  ///   - settings: what is held out, where a table without a schema gets one with statistics of the training rows
  /// - Throws: `FormatError`, `DataError` or `SpecError`.
  func readTaken(
    _ part: DataSet.Part, _ reading: DataReading, splitting settings: TrainingSpec? = nil
  ) throws -> TakenExamples {
    if let table = try table(reading) { return try readTaken(table, reading, settings) }
    let all = try load(part, reading)
    guard let first = (reading.classes.only + reading.classes.excluded).first else {
      return TakenExamples(
        data: all, total: all.count, places: nil, table: nil, classes: nil)
    }
    if all.labels == nil && reading.classes.passesOverUnknown {
      return TakenExamples(data: all, total: all.count, places: nil, table: nil, classes: nil)
    }
    let labels = try all.classLabels(for: first)
    let (places, classes) = try labels.taken(reading.classes)
    var data = all.subset(places)
    if let omission = labels.omission(places) { data.notes.append(omission) }
    return TakenExamples(
      data: data, total: all.count, places: places, table: nil,
      classes: classes.isEmpty ? nil : classes)
  }

  private func readTaken(
    _ table: Table, _ reading: DataReading, _ settings: TrainingSpec?
  ) throws -> TakenExamples {
    var reading = reading
    reading.table.schema = try reading.table.schema?.extended(for: table, reading.table)
    var (rows, classes, omission): ([Int]?, ClassSelection?, String?) = (nil, nil, nil)
    if let first = (reading.classes.only + reading.classes.excluded).first,
      let labels = try classLabels(table, reading, for: first)
    {
      let (places, named) = try labels.taken(reading.classes)
      (rows, omission) = (places, labels.omission(places))
      classes = named.isEmpty ? nil : named
    }
    let taken = rows.map(table.subset) ?? table
    var schema: TableSchema
    if let known = reading.table.schema {
      schema = known
    } else {
      let training = try settings.map {
        try DataSplit(count: table.rowCount, settings: $0, name: table.name).training
      }
      schema = try TableSchema(
        inferredFrom: taken, changes: reading.table.changes,
        statisticsFrom: training.map { TakenExamples.taken($0, of: rows) })
      schema.rows = table.rowCount
      if rows != nil { schema.keepPresentLabels(in: taken) }
    }
    var data = try schema.dataSet(from: taken)
    if let rows { data = try data.standing(at: rows, among: table) }
    if let omission { data.notes.append(omission) }
    return TakenExamples(
      data: data, total: table.rowCount, places: rows, table: schema, classes: classes)
  }

  // Nil where the table has no labels and that is no error.
  private func classLabels(
    _ table: Table, _ reading: DataReading, for text: String
  ) throws -> ClassLabels? {
    let changes = reading.table.changes
    let name =
      reading.table.schema.map { $0.label?.name }
      ?? table.columnNames.first { changes.wish(about: $0).kind == .label }
    if let name, let cells = table.column(name) {
      if let labels = try TableSchema.labels(
        TableSchema.Column(name: name, kind: .label), table, table.misfits)
      {
        return ClassLabels(source: table.name, labels: labels.classes, names: labels.names)
      }
      let row = (0..<table.rowCount).first(where: cells.isMissing) ?? 0
      throw table.failure(
        row: row, column: name, canBeLeftOut: false,
        "is empty, so nobody knows whether the row's class is left out")
    }
    if reading.classes.passesOverUnknown { return nil }
    throw DataError(
      table.name,
      "its rows have no classes, so none is called \"\(text)\"; a --schema file makes a column the \"label\""
    )
  }
}

extension DataSet {
  /// The same examples as some of more, whose places they keep: a table's rows are known by their places in the file.
  fileprivate func standing(at places: [Int], among table: Table) throws(DataError) -> DataSet {
    let total = table.rowCount
    guard case .floats(let values) = storage else { return self }
    let width = shape.count
    // [total, width]; nobody looks at the rows between.
    var all = [Float](repeating: .nan, count: total * width)
    var classes = [Int](repeating: 0, count: total)
    for (index, place) in places.enumerated() {
      for offset in 0..<width { all[place * width + offset] = values[index * width + offset] }
      if let labels { classes[place] = labels[index] }
    }
    var set = try DataSet(
      storage: .floats(all), values: all.count, shape: shape,
      labels: labels == nil ? nil : classes, classNames: classNames, name: name,
      allowsMissing: allowsMissing
    ).subset(places)
    set.notes = notes
    set.classPlaces = classPlaces
    set.labelAbsence = labelAbsence
    set.labelName = labelName
    set.origins = RowOrigins(place: .lines(table.lines), keys: table.keys)
    for (index, reason) in failures { set.failures[places[index]] = reason }
    return set
  }
}

extension TableSchema {
  /// Forgets the classes of the label that no row has.
  fileprivate mutating func keepPresentLabels(in table: Table) {
    guard let index = columns.firstIndex(where: { $0.kind == .label }),
      let cells = table.column(columns[index].name)
    else { return }
    let present = Set(TableSchema.categories(cells, ColumnProfile(cells), kind: .label))
    columns[index].categories.removeAll { !present.contains($0) }
  }
}
