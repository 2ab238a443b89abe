// Whether every value is one that a likelihood has a probability for.

import Kernels
import Networks

extension DataSet {
  /// Checks the values against what a likelihood takes.
  ///
  /// - Throws: `DataError` naming the first example and value that do not fit.
  /// - Complexity: one look at each value; none where bytes cannot be wrong.
  func checkValues(for likelihood: LikelihoodSpec) throws(DataError) {
    try checkValues(for: likelihood, columns: nil)
  }

  // Of some columns, or of all.
  private func checkValues(
    for likelihood: LikelihoodSpec, columns: Range<Int>?
  ) throws(DataError) {
    switch likelihood {
    case .gaussian, .laplace, .studentT: break
    case .bernoulli:
      if let columns {
        if isBytes { return }
        return try check(likelihood, columns, takes: "values from 0 to 1") { $0 >= 0 && $0 <= 1 }
      }
      try checkUnitRange(
        "do not fit a Bernoulli likelihood, which takes 0 to 1",
        or: ", or use a Gaussian likelihood"
      )
    case .continuousBernoulli:
      if isBytes { return }
      try check(likelihood, columns, takes: "values from 0 to 1") { $0 >= 0 && $0 <= 1 }
    case .discretisedLogistic:
      if isBytes { return }
      // Division by 255 rounds once, so a level times 255 is within two roundings of a whole number.
      try check(likelihood, columns, takes: "grey levels k/255 from 0 to 1, or bytes") {
        let level = $0 * 255
        return $0 >= 0 && $0 <= 1 && abs(level - level.rounded()) <= 1e-3
      }
    case .poisson, .negativeBinomial, .zeroInflatedNegativeBinomial:
      try check(likelihood, columns, takes: "whole numbers from 0") {
        $0 >= 0 && $0 == $0.rounded()
      }
    case .categorical(let groups): try checkOneHot(groups, columns)
    case .mixed(let parts):
      var first = 0
      for part in parts {
        try checkValues(for: part.likelihood, columns: first..<first + part.columns)
        first += part.columns
      }
    }
  }

  /// Whether a value is missing.
  var hasMissing: Bool { allowsMissing && firstValue(nil, where: \.isNaN) != nil }

  /// Whether the values came as bytes, which stand for x/255.
  var isBytes: Bool {
    switch storage {
    case .bytes: true
    case .floats: false
    case .mapped(let array): array.elementType == .uint8
    }
  }

  // The storage of the examples in their order, a value at a time, until `fits` returns false. What is missing
  // fits anything.
  private func firstUnfit(
    in columns: Range<Int>? = nil, _ fits: (Float) -> Bool
  ) -> (example: Int, value: Int, found: Float)? {
    firstValue(columns) { !($0.isNaN || fits($0)) }
  }

  /// The first value, in the examples' order, of which something is true; bytes are divided by 255.
  ///
  /// - Parameter columns: the values of an example that are looked at; nil for all
  func firstValue(
    _ columns: Range<Int>?, where isIt: (Float) -> Bool
  ) -> (example: Int, value: Int, found: Float)? {
    let size = shape.count
    let columns = columns ?? 0..<size
    func search(_ value: (Int) -> Float) -> (Int, Int, Float)? {
      for example in 0..<count {
        let start = (selection?[example] ?? example) * size
        for index in columns where isIt(value(start + index)) {
          return (example, index, value(start + index))
        }
      }
      return nil
    }
    switch storage {
    case .bytes(let bytes): return search { Float(bytes[$0]) / 255 }
    case .floats(let floats): return search { floats[$0] }
    case .mapped:
      let row = Arena(count: size)
      for example in 0..<count {
        guard changedFile == nil else { return nil }
        copyExample(example, into: row.vector)
        for index in columns where isIt(row.vector[index]) {
          // What the file no longer has is no value that could be wrong.
          if changedFile != nil { return nil }
          return (example, index, row.vector[index])
        }
      }
      return nil
    }
  }

  // A column of a mixed likelihood is called so.
  private func check(
    _ likelihood: LikelihoodSpec, _ columns: Range<Int>?, takes: String, _ fits: (Float) -> Bool
  ) throws(DataError) {
    guard let (example, value, found) = firstUnfit(in: columns, fits) else { return }
    let place = columns == nil ? "value" : "column"
    let hint =
      isBytes ? "; bytes stand for fractions of 255, so store counts in a wider type" : ""
    throw DataError(
      name,
      "example \(example), \(place) \(value) is \(found), but a \(likelihood.name) likelihood takes "
        + takes + hint)
  }

  /// Throws unless every value is a probability, which is what binarisation takes.
  func checkProbabilities() throws(DataError) {
    try checkUnitRange(
      "are not the probabilities that binarisation takes, which lie between 0 and 1")
  }

  private func checkUnitRange(
    _ complaint: String, or otherRemedy: String = ""
  ) throws(DataError) {
    if isBytes { return }
    guard firstUnfit({ $0 >= 0 && $0 <= 1 }) != nil else { return }
    var range = ValueRange()
    _ = firstUnfit {
      range.add($0)
      return true
    }
    throw DataError(
      name,
      "values from \(range.least) to \(range.largest) \(complaint); scale the data (\(range.remedy))"
        + otherRemedy)
  }

  /// Throws if a value is missing that a model would need.
  func checkNothingMissing(for spec: ModelSpec) throws(DataError) {
    guard let (example, value, _) = firstValue(nil, where: \.isNaN) else { return }
    throw DataError(
      name,
      "example \(example), column \(value) is missing, but the model \"\(spec.name)\" takes no missing "
        + "values; a description with \"missing\": true in its data does")
  }

  // In every group of every pixel one value is 1 and the others are 0, or the group is missing.
  private func checkOneHot(_ groups: [Int], _ columns: Range<Int>?) throws(DataError) {
    let place = columns == nil ? "value" : "column"
    let channels = columns?.count ?? shape.channels
    if let (example, value, found) = firstUnfit(in: columns, { $0 == 0 || $0 == 1 }) {
      throw DataError(
        name,
        "example \(example), \(place) \(value) is \(found), but a categorical likelihood takes "
          + "columns of 0 and 1, one 1 in each group")
    }
    // Where each channel's group ends.
    let ends = groups.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }.dropFirst()
    let lasts = Set(ends.map { $0 - 1 })
    var (position, ones, isMissing) = (0, 0, false)
    let unfit = firstValue(columns) { value in
      if value == 1 { ones += 1 }
      if value.isNaN { isMissing = true }
      defer { position = (position + 1) % channels }
      if !lasts.contains(position) { return false }
      defer { (ones, isMissing) = (0, false) }
      return ones != 1 && !isMissing
    }
    guard let (example, value, _) = unfit else { return }
    throw DataError(
      name,
      "example \(example) has not exactly one 1 in the group of columns that ends with \(place) "
        + "\(value); a categorical likelihood takes one-hot groups of \(groups)")
  }
}
