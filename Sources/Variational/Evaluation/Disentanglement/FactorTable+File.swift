// Known factors from a file.

import Formats
import Foundation

extension FactorTable {
  /// Reads an NPY or IDX file of whole numbers, [N, F] or [N].
  ///
  /// - Parameters:
  ///   - path: the file
  ///   - examples: N; the data's number of examples
  /// - Throws: `FormatError` when it cannot be read, `DataError` when its numbers are no factors of these
  ///   examples.
  public static func read(_ path: String, examples: Int) throws -> FactorTable {
    let bytes = try FileBytes.read(path)
    let isNPY = bytes.starts(with: [0x93] + Array("NUMPY".utf8))
    let array = isNPY ? try NPY.decode(bytes, file: path) : try IDX.decode(bytes, file: path)
    guard array.shape.count == 1 || array.shape.count == 2, array.count > 0 else {
      throw DataError(
        path, "its shape is \(array.shape); factors are [examples] or [examples, factors]")
    }
    guard array.shape[0] == examples else {
      throw DataError(
        path, "\(array.shape[0]) rows of factors for \(examples) examples; one row an example")
    }
    let factors = array.count / examples
    let values = array.floats()
    // What a Float holds exactly.
    if let bad = values.firstIndex(where: { !(abs($0) <= 16_777_216 && $0 == $0.rounded()) }) {
      throw DataError(
        path,
        "factor \(bad % factors) of example \(bad / factors) is \(values[bad]); factors should be "
          + "whole numbers")
    }
    let table = FactorTable(values.map { Int($0) }, factors: factors)
    guard table.factors > 0 else {
      throw DataError(path, "no factor takes more than one value, so there is nothing to score")
    }
    guard examples >= 4 else {
      throw DataError(path, "\(examples) examples are too few; at least 4 are needed")
    }
    return table
  }
}
