// Where the examples of a set stand in the file or folder that they were read from.

/// What each stored example is called in its file, and the keys that it carries.
///
/// Kept by the place in the storage, so that a part of a set keeps it without a copy.
struct RowOrigins: Sendable {
  /// What tells the examples apart.
  enum Place: Sendable {
    /// Their number in the file, from 0: nothing is stored.
    case index
    /// The line of a table's file on which each begins, from 1.
    case lines([UInt32])
    /// The file of each image, relative to the folder.
    case files([String])
  }

  /// A column of a table that is carried and not modelled.
  struct Key: Sendable {
    let name: String
    /// Its cells as they stand in the file.
    let texts: [String]
  }

  var place = Place.index
  var keys: [Key] = []
}

/// A column by which a table of results says which example a row is about.
public struct OriginColumn: Sendable, Hashable {
  /// What it holds.
  public enum Values: Sendable, Hashable {
    /// Lines or numbers of examples.
    case numbers([Int])
    /// Names of files, or keys.
    case texts([String])
  }

  /// `line`, `file`, `index`, or the name of a key.
  public let name: String
  /// One an example.
  public let values: Values

  /// The value of an example as a cell.
  public subscript(example: Int) -> String {
    switch values {
    case .numbers(let numbers): "\(numbers[example])"
    case .texts(let texts): texts[example]
    }
  }
}

extension DataSet {
  /// The columns that say where each example comes from, [count] values each.
  ///
  /// A table's rows have `line`, the line of the file, and its keys; the images of a folder have `file`, the path
  /// relative to the folder; the examples of an array have `index`, their number in the file, where that differs from
  /// their number in the set. A key that is called like one of these or like a column in `taken` gets `_key` behind
  /// its name.
  ///
  /// - Complexity: O(count)
  public func originColumns(besides taken: [String] = []) -> [OriginColumn] {
    let stored = selection ?? Array(0..<count)
    var columns: [OriginColumn] = []
    switch origins.place {
    case .index:
      if let selection, !selection.elementsEqual(0..<count) {
        columns.append(OriginColumn(name: "index", values: .numbers(selection)))
      }
    case .lines(let lines):
      columns.append(OriginColumn(name: "line", values: .numbers(stored.map { Int(lines[$0]) })))
    case .files(let files):
      columns.append(OriginColumn(name: "file", values: .texts(stored.map { files[$0] })))
    }
    var names = Set(taken + columns.map(\.name))
    for key in origins.keys {
      var name = key.name
      while !names.insert(name).inserted { name += "_key" }
      columns.append(OriginColumn(name: name, values: .texts(stored.map { key.texts[$0] })))
    }
    return columns
  }

  /// Where an example stands, for a sentence: "line 7", "cats/3.png", "example 12".
  public func place(of example: Int) -> String {
    let stored = selection?[example] ?? example
    switch origins.place {
    case .index: return "example \(stored)"
    case .lines(let lines): return "line \(lines[stored])"
    case .files(let files): return files[stored]
    }
  }
}
