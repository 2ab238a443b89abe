import Foundation

/// The measurements in a file of JSON objects, one a line.
struct ResultLines {
  let lines: [ResultLine]

  /// Reads a file.
  ///
  /// - Returns: nil if there is no such file.
  init?(_ url: URL) throws {
    guard let text = try? String(contentsOf: url, encoding: .utf8) else { return nil }
    lines = try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      guard let members = object as? [String: Any] else {
        throw ResultError(description: "\(url.lastPathComponent): \(line) is no JSON object")
      }
      return ResultLine(file: url.lastPathComponent, members: members)
    }
  }

  /// The lines in which a member has a value.
  func lines(where name: String, is value: String) -> [ResultLine] {
    lines.filter { $0.members[name] as? String == value }
  }
}

/// One measurement.
struct ResultLine {
  let file: String
  let members: [String: Any]

  /// A number that has to be there.
  func number(_ name: String) throws -> Double {
    guard let value = members[name] as? NSNumber else {
      throw ResultError(description: "\(file): a line has no number \"\(name)\"")
    }
    return value.doubleValue
  }

  /// A text that has to be there.
  func text(_ name: String) throws -> String {
    guard let value = members[name] as? String else {
      throw ResultError(description: "\(file): a line has no text \"\(name)\"")
    }
    return value
  }
}

/// A file that cannot be understood.
struct ResultError: Error, CustomStringConvertible {
  let description: String
}
