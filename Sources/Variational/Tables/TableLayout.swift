// Where each column's numbers stand in a row of the model's matrix, and under which distribution.

import Networks

extension TableSchema.Column {
  /// The names of the distributions that a kind can have, the usual one first.
  static func likelihoods(of kind: TableSchema.Kind) -> [String] {
    switch kind {
    case .real:
      [
        "gaussian_per_dimension", "gaussian", "gaussian_fixed", "laplace_per_dimension", "laplace",
        "student_t_per_dimension", "student_t",
      ]
    case .binary: ["bernoulli"]
    case .categorical: ["categorical"]
    case .count: ["negative_binomial", "poisson", "zero_inflated_negative_binomial"]
    case .ignore, .label, .key: []
    }
  }

  /// The distribution of its numbers; nil if no model sees it.
  ///
  /// - Throws: `SpecError` for a name that is none, or none for this kind.
  func distribution() throws(SpecError) -> LikelihoodSpec? {
    let valid = TableSchema.Column.likelihoods(of: kind)
    guard let usual = valid.first else {
      guard likelihood == nil else {
        throw SpecError(
          "table",
          "column \"\(name)\": a column that no model sees (\(kind.rawValue)) has no likelihood")
      }
      return nil
    }
    let chosen = likelihood ?? usual
    guard valid.contains(chosen) else {
      throw SpecError(
        "table",
        "column \"\(name)\": "
          + unknownName(chosen, what: "likelihood of a \(kind.rawValue) column", valid: valid))
    }
    return try LikelihoodSpec(named: chosen, channels: width)
  }
}

/// The order in which columns stand in the model's matrix: those of one distribution side by side, so that a
/// likelihood runs over one stretch of a row.
struct TableLayout: Sendable, Hashable {
  /// A column's numbers.
  struct Place: Sendable, Hashable {
    /// The index of the column in the schema.
    let column: Int
    /// Its first number in a row.
    let offset: Int
    /// How many there are.
    let width: Int
  }

  /// Every modelled column, in the matrix's order.
  private(set) var places: [Place] = []
  /// Behind them, for each column of which the model learns what is missing, 1 where its cell is and 0 elsewhere.
  private(set) var indicators: [Place] = []
  /// The stretches, in the same order.
  private(set) var parts: [LikelihoodSpec.Part] = []
  /// Numbers in a row.
  private(set) var width = 0

  /// - Throws: `SpecError` for a distribution that a column cannot have.
  init(_ schema: TableSchema) throws(SpecError) {
    var groups: [(name: String, columns: [Int])] = []
    for (index, column) in schema.columns.enumerated() {
      guard let usual = TableSchema.Column.likelihoods(of: column.kind).first else { continue }
      let key = column.likelihood ?? usual
      if let group = groups.firstIndex(where: { $0.name == key }) {
        groups[group].columns.append(index)
      } else {
        groups.append((key, [index]))
      }
    }
    for group in groups {
      var sizes: [Int] = []
      for index in group.columns {
        let size = schema.columns[index].width
        places.append(Place(column: index, offset: width, width: size))
        sizes.append(size)
        width += size
      }
      guard let first = try schema.columns[group.columns[0]].distribution() else { continue }
      var likelihood = first
      if case .categorical = first { likelihood = .categorical(groups: sizes) }
      parts.append(LikelihoodSpec.Part(columns: sizes.reduce(0, +), likelihood: likelihood))
    }
    for index in schema.columns.indices
    where schema.columns[index].isModelled && schema.columns[index].learnsMissing {
      indicators.append(Place(column: index, offset: width, width: 1))
      width += 1
    }
    guard !indicators.isEmpty else { return }
    parts.append(LikelihoodSpec.Part(columns: indicators.count, likelihood: .bernoulli))
  }

  /// Numbers in a row without the indicators, which stand at its end.
  var valueWidth: Int { width - indicators.count }
}

extension TableSchema {
  /// Where the indicator of each number of a row stands that has one, by the number's place.
  var indicators: [Int: Int] {
    guard learnsMissing, let layout = try? TableLayout(self) else { return [:] }
    let offsets = Dictionary(
      uniqueKeysWithValues: layout.indicators.map { ($0.column, $0.offset) })
    var result: [Int: Int] = [:]
    for place in layout.places {
      guard let offset = offsets[place.column] else { continue }
      for number in place.offset..<place.offset + place.width { result[number] = offset }
    }
    return result
  }
}
