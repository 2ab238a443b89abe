import Foundation

/// Numbers go to standard output, everything else to standard error.
enum Console {
  /// A line of progress or a warning.
  static func error(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// Text without a line's end, for a progress bar.
  static func errorText(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }

  /// One JSON object on standard output.
  static func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// A number with a fixed number of decimals, without locale.
  static func number(_ value: Double, decimals: Int = 2) -> String {
    String(format: "%.\(decimals)f", value)
  }
}
