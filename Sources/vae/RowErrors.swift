import Formats
import Variational

/// Reads data; an error about one row of a table says how to go on without it.
func readingRows<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as FormatError where error.concernsRow {
    throw FormatError(
      file: error.file, offset: error.offset,
      reason: error.reason + "; --on-error skip leaves such rows out", concernsRow: true)
  }
}
