// Which examples a model is trained on, which choose the best epoch, and which it never sees.

import Formats
import Kernels

/// The parts of a file's examples, drawn by fraction and seed or counted from the end.
///
/// Parts are a function of the number of examples and the training settings, so that a model's own config.json gives
/// back the very rows that it was not trained on.
public struct DataSplit: Sendable, Hashable {
  /// A part by name.
  public enum Part: String, Sendable, Hashable, CaseIterable {
    /// What weights are trained on.
    case train
    /// What the best epoch is chosen by.
    case validation
    /// What nothing is chosen by.
    case test
  }

  /// Indices of the examples trained on, ascending.
  public let training: [Int]
  /// Indices of those that choose the best epoch; empty if none are held out here.
  public let validation: [Int]
  /// Indices of those held out for the end; empty if none are held out here.
  public let test: [Int]

  /// Draws the parts.
  ///
  /// One random order of all examples gives validation its first and test its next ones; a `validationCount` takes
  /// the last examples of the data instead.
  ///
  /// - Parameters:
  ///   - count: all examples
  ///   - settings: fractions, counts and the seed
  ///   - name: what errors call the data
  /// - Throws: `DataError` unless every part that is asked for gets an example.
  /// - Complexity: O(count log count)
  public init(count: Int, settings: TrainingSpec, name: String) throws(DataError) {
    // Settings that nobody has validated yet may hold any number.
    let byCount = min(max(settings.validationCount, 0), count)
    func size(_ fraction: Double) -> Int {
      fraction > 0 ? max(1, Int((Double(count) * min(fraction, 1)).rounded())) : 0
    }
    var validationSize = size(settings.validationFraction)
    let testSize = size(settings.testFraction)
    // A fraction near one leaves one example to train with.
    if testSize == 0 { validationSize = min(validationSize, max(count - 1, 1)) }
    guard max(validationSize, byCount) + testSize < count else {
      throw DataError(
        name,
        "of its \(count) examples \(max(validationSize, byCount)) cannot be held out for validation and "
          + "\(testSize) for testing")
    }
    var order =
      validationSize + testSize > 0
      ? RandomStream(seed: settings.seed, purpose: .split).permutation(count: count)
      : Array(0..<count)
    if byCount > 0 {
      let last = count - byCount..<count
      order = Array(last) + order.filter { !last.contains($0) }
      validationSize = byCount
    }
    validation = order[..<validationSize].sorted()
    test = order[validationSize..<validationSize + testSize].sorted()
    training = order[(validationSize + testSize)...].sorted()
  }

  /// The indices of a part.
  public func indices(_ part: Part) -> [Int] {
    switch part {
    case .train: training
    case .validation: validation
    case .test: test
    }
  }
}
