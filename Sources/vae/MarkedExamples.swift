import Variational

/// The examples whose score is infinite, for people and for JSON.
struct MarkedExamples {
  /// One of them.
  struct Example: Encodable {
    let example: Int
    /// Where it comes from: line, file or index, and keys.
    let origin: [String: String]
    let reason: String
  }

  /// How many there are.
  let count: Int
  /// The first of them.
  let listed: [Example]
  private let lines: [String]

  /// How many are listed.
  static let most = 100
  // How many are said on standard error.
  private static let mostLines = 20

  init(_ reasons: [Int: String], of data: DataSet) {
    count = reasons.count
    let origins = data.originColumns()
    let first = reasons.sorted { $0.key < $1.key }.prefix(Self.most)
    listed = first.map { example, reason in
      Example(
        example: example,
        origin: Dictionary(uniqueKeysWithValues: origins.map { ($0.name, $0[example]) }),
        reason: reason)
    }
    lines = first.prefix(Self.mostLines).map { example, reason in
      "scored inf: \(data.name): \(data.place(of: example)): \(reason)"
    }
  }

  /// Names the first of them on standard error.
  func say() {
    for line in lines { Console.error(line) }
    if count > lines.count { Console.error("and \(count - lines.count) more") }
  }
}
