import Formats

/// Something that could not be written.
struct OutputError: Error, CustomStringConvertible {
  /// One sentence.
  let description: String
  /// 65 for a path that the user gave, 1 for standard output.
  let status: Int32

  init(_ description: String, status: Int32 = 65) {
    self.description = description
    self.status = status
  }
}

/// Runs what writes files; its failures are told as such.
func writing<Result>(_ body: () throws -> Result) throws -> Result {
  do { return try body() } catch let error as FormatError { throw OutputError("\(error)") }
}
