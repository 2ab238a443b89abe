import Formats

/// Something that could not be written; the data it came from was good.
struct OutputError: Error, CustomStringConvertible {
  /// One sentence.
  let description: String

  init(_ description: String) { self.description = description }
}

/// Runs what writes files, and tells its failures from those of bad data.
func writing<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as FormatError { throw OutputError("\(error)") }
}
