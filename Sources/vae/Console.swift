import ArgumentParser
import Foundation
import Wording

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers go to standard output, everything else to standard error.
///
/// Names and cells come from files: control characters in them are spelt out, and very long lines are cut.
enum Console {
  /// The most characters of a line: several sentences, or a row of a table.
  private static let longestLine = 4 * WordingLimit.sentence

  /// A line of progress or a warning.
  static func error(_ line: String) { errorText(terminalText(line) + "\n") }

  /// Text without a line's end, for a progress bar.
  ///
  /// Where standard error is closed or full there is nobody to tell, and the work goes on.
  static func errorText(_ text: String) { _ = write(text, to: STDERR_FILENO) }

  /// A line of the result.
  ///
  /// - Throws: `OutputError`: a result that gets lost is not a success; `ExitCode` where a pipe's reader has gone, who
  ///   wants to hear no more.
  static func output(_ line: String) throws { try outputText(terminalText(line)) }

  private static func outputText(_ text: String) throws {
    let code = write(text + "\n", to: STDOUT_FILENO)
    if code == EPIPE { throw ExitCode(1) }
    if code != 0 {
      throw OutputError(
        "standard output cannot be written: \(String(cString: strerror(code)))", status: 1)
    }
  }

  private static func terminalText(_ line: String) -> String {
    readable(line, limit: longestLine, keepsLines: true)
  }

  /// One JSON object on standard output.
  static func outputJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try outputText(
      escapingControls(inJSON: String(decoding: try encoder.encode(value), as: UTF8.self)))
  }

  /// A line of a table: a name and its value.
  static func outputRow(_ name: String, _ value: String) throws {
    try output(
      readable(name).padding(toLength: 24, withPad: " ", startingAt: 0) + readable(value))
  }

  /// A number with a fixed number of decimals, without locale.
  static func number(_ value: Double, decimals: Int = 2) -> String {
    String(format: "%.\(decimals)f", value)
  }

  // Returns 0, or the system's error code.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        return errno
      }
    }
    return 0
  }
}
