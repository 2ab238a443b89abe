// Rows that cannot be read: what happens to them, and what is said of them.

import Formats

/// What happens when a row of a table or an example of an array cannot be used.
public enum RowErrorPolicy: String, Sendable, Hashable, CaseIterable {
  /// The first one is an error.
  case stop
  /// They are left out, and the data's notes name them.
  case skip
  /// They stay, marked with the reason: scores are infinite there.
  case mark
}

/// Collects what is wrong with rows while their columns are read.
final class RowFailures {
  /// The reasons by row, each with its column.
  private(set) var reasons: [Int: String]

  // A row of a thousand bad cells is described well enough by the first few.
  private static let longest = 240

  init(_ reasons: [Int: String] = [:]) { self.reasons = reasons }

  /// Adds a reason to those of a row.
  func add(_ reason: String, row: Int) {
    guard let before = reasons[row] else {
      reasons[row] = reason
      return
    }
    if before.utf8.count + reason.utf8.count <= Self.longest {
      reasons[row] = "\(before); \(reason)"
    } else if !before.hasSuffix("; …") {
      reasons[row] = before + "; …"
    }
  }
}

extension DataSet {
  /// Why an example cannot be used; nil if it can.
  public func failure(of example: Int) -> String? {
    failures.isEmpty ? nil : failures[selection?[example] ?? example]
  }

  /// The places of the examples that can be used, ascending.
  public var usableExamples: [Int] { (0..<count).filter { failure(of: $0) == nil } }

  /// The examples that can be used; the values are shared, not copied.
  public var usable: DataSet {
    if failures.isEmpty { return self }
    let places = usableExamples
    return places.count == count ? self : subset(places)
  }

  /// What is wrong with the examples that cannot be used, a line each up to a number, and how many there are.
  ///
  /// - Parameters:
  ///   - verb: what happened to them: "left out", "scored inf"
  ///   - most: the number of lines
  public func failureNotes(_ verb: String, most: Int = 20) -> [String] {
    let failed = failures.isEmpty ? [] : (0..<count).filter { failure(of: $0) != nil }
    guard !failed.isEmpty else { return [] }
    let lines = failed.prefix(most).map {
      "\(verb): \(name): \(place(of: $0)): \(failure(of: $0) ?? "")"
    }
    let rest = failed.count > most ? ["and \(failed.count - most) more"] : []
    return lines + rest + ["\(name): \(failed.count) of \(count) rows \(verb)"]
  }

  /// The set without the examples that cannot be used, which its notes name.
  ///
  /// - Throws: `DataError` when none is left.
  public func leavingOutFailures() throws(DataError) -> DataSet {
    let lines = failureNotes("left out")
    guard !lines.isEmpty else { return self }
    var rest = usable
    guard rest.count > 0 else {
      throw DataError(
        name, "no row is left: \(place(of: 0)): \(failure(of: 0) ?? "cannot be used")")
    }
    rest.notes += lines
    return rest
  }
}
