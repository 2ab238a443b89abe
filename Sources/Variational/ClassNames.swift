// How classes are found by what they are called.

/// Rules about names of classes that data and models share.
enum ClassNames {
  /// The place of a name in a list: of the very name, or of the only one that differs in upper and lower case
  /// alone.
  static func place(of name: String, in names: [String]) -> Int? {
    if let exact = names.firstIndex(of: name) { return exact }
    let lowercased = name.lowercased()
    let places = names.indices.filter { names[$0].lowercased() == lowercased }
    return places.count == 1 ? places[0] : nil
  }

  /// Whether some names are whole numbers, so that a number means a name and never a place in the list.
  static func holdNumbers(_ names: [String]) -> Bool { names.contains { Int($0) != nil } }

  /// Whether all names are whole numbers as a program writes them.
  static func areNumbers(_ names: [String]) -> Bool {
    !names.isEmpty && names.allSatisfy { name in Int(name).map { "\($0)" == name } ?? false }
  }
}
