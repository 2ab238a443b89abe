internal import Wording

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What is wrong with a file, where, and in which file.
///
/// Every reader and writer of this module throws this one type. Its description is a sentence for
/// the person who gave the path:
///
///     train-images.gz: at byte 16: the header promises 60000 × 28 × 28 bytes but 1200 follow
public struct FormatError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The path, as the caller gave it.
  public let file: String

  /// The byte at which reading stopped, counted in the decompressed file; nil where no single byte
  /// is to blame.
  public let offset: Int?

  /// What is wrong, without the file's name and without a final full stop.
  public let reason: String

  /// Whether one row of a table is to blame, so that the others can be read without it.
  public let concernsRow: Bool

  /// Makes an error.
  ///
  /// - Parameters:
  ///   - file: the path, as the caller gave it.
  ///   - offset: the byte in the decompressed file, if one is to blame.
  ///   - reason: what is wrong.
  ///   - concernsRow: whether the rest of a table can be read without the row that is to blame.
  public init(
    file: String, offset: Int? = nil, reason: String, concernsRow: Bool = false
  ) {
    self.file = file
    self.offset = offset
    self.reason = reason
    self.concernsRow = concernsRow
  }

  /// One sentence: file, byte, reason. Control characters of names and contents are spelt out, and of a very
  /// long reason the middle is left out.
  public var description: String {
    let place = readable(file, limit: WordingLimit.path)
    guard let offset else { return "\(place): \(readable(reason, keepsLines: true))" }
    return "\(place): at byte \(offset): \(readable(reason, keepsLines: true))"
  }
}

extension FormatError {
  /// An error from the operating system: what was tried, then the system's own text for `code`.
  init(file: String, attempt: String, code: Int32) {
    self.init(file: file, reason: "\(attempt): \(String(cString: strerror(code)))")
  }
}

/// Runs system calls, and gives their failure the file's name and what was tried.
func translatingErrors<Result: ~Copyable>(
  _ file: String, _ attempt: String, _ body: () throws(SystemError) -> Result
) throws(FormatError) -> Result {
  do throws(SystemError) {
    return try body()
  } catch {
    throw FormatError(file: file, attempt: attempt, code: error.code)
  }
}
