// A schema as config.json holds it: complete, with categories and statistics.

import Networks

extension TableSchema {
  /// Checks what a hand-written or damaged file may have wrong.
  ///
  /// - Throws: `SpecError` that names the column.
  public func validate() throws(SpecError) {
    func fail(_ column: Column, _ reason: String) -> SpecError {
      SpecError("table", "column \"\(column.name)\": \(reason)")
    }
    var names: Set<String> = []
    for column in columns {
      guard names.insert(column.name).inserted else {
        throw fail(column, "there are two columns of this name")
      }
      guard Set(column.categories).count == column.categories.count else {
        throw fail(column, "a category is named twice")
      }
      switch column.kind {
      case .binary:
        guard column.categories.count == 2 else {
          throw fail(column, "a binary column has 2 categories, not \(column.categories.count)")
        }
      case .categorical:
        guard (2...TableCells.mostTexts).contains(column.categories.count) else {
          throw fail(
            column,
            "a categorical column has 2 to \(TableCells.mostTexts) categories, not "
              + "\(column.categories.count)")
        }
      case .real:
        guard column.mean.isFinite, column.deviation.isFinite, column.deviation > 0 else {
          throw fail(
            column,
            "the mean \(column.mean) and the deviation \(column.deviation) should be finite, and the "
              + "deviation positive")
        }
      case .count, .ignore, .label, .key: break
      }
      if let decimals = column.decimals, !(0...17).contains(decimals) {
        throw fail(column, "\(decimals) decimals should lie between 0 and 17")
      }
      if let digits = column.digits, !(1...17).contains(digits) {
        throw fail(column, "\(digits) digits should lie between 1 and 17")
      }
      if let complaint = column.bounds?.complaint ?? column.clip?.complaint {
        throw fail(column, complaint)
      }
      _ = try column.distribution()
    }
    guard columns.contains(where: \.isModelled) else {
      throw SpecError(
        "table",
        "none of its columns is for a model: "
          + columns.prefix(5).map { "\"\($0.name)\" \($0.note ?? "is \($0.kind.rawValue)")" }
          .joined(separator: ", "))
    }
    guard columns.count(where: { $0.kind == .label }) <= 1 else {
      throw SpecError("table", "more than one column is the label")
    }
  }
}

extension TableSchema: Codable {
  private enum Key: String, CodingKey, CaseIterable { case columns, missing, rows }

  /// Reads `{"rows": 178, "columns": [{"name": "alcohol", "kind": "real", …}, …]}`.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    columns = try values.decode([Column].self, forKey: .columns)
    missing = try values.decodeIfPresent([String].self, forKey: .missing)
    rows = try values.decodeIfPresent(Int.self, forKey: .rows) ?? 0
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(columns, forKey: .columns)
    try values.encodeIfPresent(missing, forKey: .missing)
    try values.encode(rows, forKey: .rows)
  }
}

extension TableSchema.Kind {
  /// Reads a kind; another name is answered with the nearest.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.singleValueContainer()
    let name = try values.decode(String.self)
    guard let kind = TableSchema.Kind(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: values,
        debugDescription: unknownName(
          name, what: "kind of column", valid: TableSchema.Kind.allCases.map(\.rawValue)))
    }
    self = kind
  }
}

extension TableSchema.Column: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case name, kind, categories, mean, deviation, decimals, digits, bounds, clip, likelihood,
      constant, note
    case learnsMissing = "missing_indicator"
  }

  /// Reads `{"name": "alcohol", "kind": "real", "mean": 13, "deviation": 0.8, "decimals": 2}`.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      kind: try values.decode(TableSchema.Kind.self, forKey: .kind))
    categories = try values.decodeIfPresent([String].self, forKey: .categories) ?? []
    // Only reals are moved and scaled, and only theirs are written again.
    if kind == .real {
      mean = try values.decodeIfPresent(Double.self, forKey: .mean) ?? 0
      deviation = try values.decodeIfPresent(Double.self, forKey: .deviation) ?? 1
    }
    decimals = try values.decodeIfPresent(Int.self, forKey: .decimals)
    digits = try values.decodeIfPresent(Int.self, forKey: .digits)
    bounds = try values.decodeIfPresent(ColumnBounds.self, forKey: .bounds)
    clip = try values.decodeIfPresent(ColumnBounds.self, forKey: .clip)
    learnsMissing = try values.decodeIfPresent(Bool.self, forKey: .learnsMissing) ?? false
    likelihood = try values.decodeIfPresent(String.self, forKey: .likelihood)
    constant = try values.decodeIfPresent(String.self, forKey: .constant)
    note = try values.decodeIfPresent(String.self, forKey: .note)
  }

  /// Writes what `init(from:)` reads: nothing that the kind has no use for.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(name, forKey: .name)
    try values.encode(kind, forKey: .kind)
    if !categories.isEmpty { try values.encode(categories, forKey: .categories) }
    if kind == .real {
      try values.encode(mean, forKey: .mean)
      try values.encode(deviation, forKey: .deviation)
    }
    try values.encodeIfPresent(decimals, forKey: .decimals)
    try values.encodeIfPresent(digits, forKey: .digits)
    try values.encodeIfPresent(bounds, forKey: .bounds)
    try values.encodeIfPresent(clip, forKey: .clip)
    if learnsMissing { try values.encode(true, forKey: .learnsMissing) }
    try values.encodeIfPresent(likelihood, forKey: .likelihood)
    try values.encodeIfPresent(constant, forKey: .constant)
    try values.encodeIfPresent(note, forKey: .note)
  }
}
