// The numbers of every example as a file.

import Formats
import Foundation

/// The columns of a table of examples: elbo, reconstruction, kl and, with importance samples,
/// log_likelihood, effective_sample_size and largest_weight_share.
public struct ExampleTable: Sendable {
  /// The names of the columns.
  public let columns: [String]
  /// The numbers, a row an example.
  public let rows: [[Double]]
  /// What a CSV file says, behind the number, of where each example comes from.
  private let origins: [OriginColumn]

  /// The table of an evaluation's examples.
  ///
  /// - Parameters:
  ///   - examples: the numbers of each
  ///   - data: the examples themselves, to say where they come from
  public init(_ examples: [ExampleEvaluation], of data: DataSet? = nil) {
    let hasImportance = examples.contains { $0.importance != nil }
    columns =
      ["elbo", "reconstruction", "kl"]
      + (hasImportance ? ["log_likelihood", "effective_sample_size", "largest_weight_share"] : [])
    origins = data?.originColumns(besides: ["example"] + columns) ?? []
    rows = examples.map { example in
      [example.elbo, example.reconstruction, example.kl]
        + (example.importance.map {
          [$0.logLikelihood, $0.effectiveSampleSize, $0.largestWeightShare]
        } ?? [])
    }
  }

  /// The table as CSV: a line of names, then a line an example, every number in the fewest digits that give it
  /// back.
  public var csv: String {
    var writer = CSVWriter()
    writer.append(["example"] + origins.map(\.name) + columns)
    for (index, row) in rows.enumerated() {
      writer.append(["\(index)"] + origins.map { $0[index] } + row.map { "\($0)" })
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// The table as an array of 64-bit numbers, [N, columns].
  public var array: NPYArray { NPYArray(rows.flatMap { $0 }, shape: [rows.count, columns.count]) }

  /// Writes CSV or NPY, by the ending of the name.
  ///
  /// - Throws: `FormatError` when the file cannot be written.
  public func write(to path: String) throws(FormatError) {
    if path.lowercased().hasSuffix(".npy") {
      try NPY.write(array, to: path)
    } else {
      try AtomicFile.write([Array(csv.utf8)], to: path)
    }
  }
}
