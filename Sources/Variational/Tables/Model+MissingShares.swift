// A new model of a table begins with the data's shares of missing cells.

import Foundation
import Kernels
import Networks

extension TableSchema {
  /// Log-odds from which the decoder's outputs start that say whether a cell is missing, by the output's place.
  ///
  /// A column that is empty in nineteen rows of twenty would otherwise take many epochs to leave one half.
  func initialLogOdds() -> [Int: Float] {
    guard let layout = try? TableLayout(self) else { return [:] }
    var result: [Int: Float] = [:]
    var (first, output) = (0, 0)
    for part in layout.parts {
      let range = first..<first + part.columns
      if part.likelihood == .bernoulli {
        for place in layout.indicators where range.contains(place.offset) {
          result[output + place.offset - first] = columns[place.column].logOddsOfMissing
        }
        for place in layout.places where range.contains(place.offset) {
          guard let odds = columns[place.column].logOddsOfMissing,
            let empty = columns[place.column].categories.firstIndex(of: Self.emptyCategory)
          else { continue }
          result[output + place.offset - first] = empty == 1 ? odds : -odds
        }
      }
      first += part.columns
      output += part.likelihood.outputs(forColumns: part.columns)
    }
    return result
  }

  /// Takes the share of missing cells of each column where it is learned.
  mutating func takeMissingShares(of table: Table, _ rows: [Int]?) {
    let rows = rows ?? Array(0..<table.rowCount)
    for index in columns.indices
    where columns[index].learnsMissing || columns[index].hasEmptyCategory {
      guard let cells = table.column(columns[index].name) else { continue }
      // Half a row more on both sides: no share is 0 or 1 (Jeffreys).
      let missing = Double(rows.count(where: cells.isMissing))
      columns[index].missingShare = (missing + 0.5) / (Double(rows.count) + 1)
    }
  }
}

extension TableSchema.Column {
  /// ln p/(1 − p) of a missing cell; nil where the share is not known.
  fileprivate var logOddsOfMissing: Float? {
    missingShare.map { Float(Foundation.log($0 / (1 - $0))) }
  }
}

extension Model {
  /// Sets the last bias of a table's decoder where it says whether cells are missing.
  func startAtMissingShares() {
    guard let table = spec.table, let layout = try? TableLayout(table),
      spec.likelihood == .mixed(layout.parts)
    else { return }
    let name = "decoder.\(spec.decoder.count - 1).bias"
    guard let bias = self.layout.trained.first(where: { $0.name == name }),
      bias.slot.count == likelihood.outputs
    else { return }
    let values = bias.slot.vector(in: parameters.vector)
    for (output, logOdds) in table.initialLogOdds() { values[output] = logOdds }
  }
}
