// Which classes of the data a model is trained on.

import Networks

/// Classes that are taken, and classes that are left out, by name or number.
///
/// A model that was trained on some classes only keeps the selection in config.json, under `data`.
public struct ClassSelection: Sendable, Hashable {
  /// The classes that are taken; empty for all.
  public var only: [String]
  /// The classes that are left out.
  public var excluded: [String]
  /// Whether a class that the data does not have is passed over, as for a second file.
  var passesOverUnknown = false

  /// A selection; all classes unless told otherwise.
  public init(only: [String] = [], excluded: [String] = []) {
    self.only = only
    self.excluded = excluded
  }

  /// Whether all classes are taken.
  public var isEmpty: Bool { only.isEmpty && excluded.isEmpty }

  /// The same for other data, which need not have all of these classes.
  public var forOtherData: ClassSelection {
    var result = self
    result.passesOverUnknown = true
    return result
  }

  /// Whether the same classes are named.
  public func isSame(as other: ClassSelection) -> Bool {
    Set(only) == Set(other.only) && Set(excluded) == Set(other.excluded)
  }
}

extension ClassSelection: Codable {
  private enum Key: String, CodingKey, CaseIterable { case only, excluded }

  /// Reads `{"only": ["cat", "dog"]}` or `{"excluded": ["emu"]}`.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    self.init(
      only: try values.decodeIfPresent([String].self, forKey: .only) ?? [],
      excluded: try values.decodeIfPresent([String].self, forKey: .excluded) ?? [])
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    if !only.isEmpty { try values.encode(only, forKey: .only) }
    if !excluded.isEmpty { try values.encode(excluded, forKey: .excluded) }
  }
}

/// The class of each example and what classes are called, wherever the examples come from.
struct ClassLabels: Sendable {
  /// The data, for errors.
  let source: String
  /// One class an example.
  let labels: [Int]
  /// What classes are called; empty if they have numbers only.
  let names: [String]

  /// A class's name, or its number if it has none.
  func name(of label: Int) -> String { names.indices.contains(label) ? names[label] : "\(label)" }

  /// The number of the class that a name or a number means.
  ///
  /// - Throws: `DataError` that lists the classes there are.
  func number(_ text: String) throws(DataError) -> Int {
    if let place = ClassNames.place(of: text, in: names) { return place }
    let present = Set(labels)
    if let number = Int(text), !ClassNames.holdNumbers(names),
      present.contains(number) || names.indices.contains(number)
    {
      return number
    }
    let valid = names.isEmpty ? present.sorted().map(String.init) : names
    throw DataError(source, unknownName(text, what: "class", valid: valid))
  }

  /// The examples that a selection takes, ascending, and the selection with the names that classes have here.
  ///
  /// - Throws: `DataError` for a class that is none, unless the selection passes over those, and when no example is
  ///   left.
  func taken(_ selection: ClassSelection) throws(DataError) -> ([Int], ClassSelection) {
    let only = try numbers(selection.only, selection)
    let excluded = try numbers(selection.excluded, selection)
    let places = labels.indices.filter {
      (selection.only.isEmpty || only.contains(labels[$0])) && !excluded.contains(labels[$0])
    }
    guard !places.isEmpty else {
      throw DataError(source, "no example is left when classes are selected")
    }
    return (places, ClassSelection(only: only.map(name), excluded: excluded.map(name)))
  }

  /// What was left out, in a sentence; nil if nothing was.
  func omission(_ places: [Int]) -> String? {
    guard places.count < labels.count else { return nil }
    let left = Set(labels).subtracting(places.map { labels[$0] }).sorted().map(name)
    let shown = left.prefix(8).map { "\"\($0)\"" }.joined(separator: ", ")
    return
      "\(source): \(labels.count - places.count) examples of the class\(left.count == 1 ? "" : "es") \(shown)"
      + (left.count > 8 ? ", …" : "") + " are left out"
  }

  private func numbers(
    _ texts: [String], _ selection: ClassSelection
  ) throws(DataError) -> [Int] {
    var numbers: [Int] = []
    for text in texts {
      do throws(DataError) {
        let number = try number(text)
        if !numbers.contains(number) { numbers.append(number) }
      } catch { if !selection.passesOverUnknown { throw error } }
    }
    return numbers.sorted()
  }
}
