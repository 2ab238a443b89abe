// The classes that a conditional model's samples are of.

import Kernels

extension Model {
  /// The class of each of so many samples; nil for a model that is told none.
  ///
  /// Without a choice classes are drawn with probabilities n_c / N, the shares of training's examples
  /// (``ConditionSpec/examples``), or uniformly where those are unknown: then z ~ p(z) and x ~ p(x|z, c) give the
  /// training data's mixture of classes.
  ///
  /// - Parameters:
  ///   - count: how many
  ///   - chosen: classes that take turns, so that a class that is named twice has two turns; empty to draw.
  ///     A class that the model does not have traps.
  ///   - seed: the same seed draws the same classes
  public func sampledClasses(_ count: Int, among chosen: [Int] = [], seed: UInt64 = 1) -> [Int]? {
    guard let condition = spec.condition else { return nil }
    if !chosen.isEmpty {
      precondition(
        chosen.allSatisfy { $0 >= 0 && $0 < condition.classes },
        "Model.sampledClasses: \(chosen) should lie below \(condition.classes)")
      return (0..<count).map { chosen[$0 % chosen.count] }
    }
    // The prior draws with steps 0 and 2 of this stream, the likelihood with 1.
    let uniform = RandomStream(seed: seed, purpose: .sampling).uniform(count: count, step: 3)
    guard let examples = condition.examples else {
      return uniform.map { min(Int($0 * Float(condition.classes)), condition.classes - 1) }
    }
    // The class whose stretch of 0 ..< N holds u·N; a class without examples has none.
    var ends: [Double] = []
    for number in examples { ends.append((ends.last ?? 0) + Double(number)) }
    let last = examples.lastIndex { $0 > 0 } ?? 0
    return uniform.map { number in
      let place = Double(number) * ends[ends.count - 1]
      var (low, high) = (0, last)
      while low < high {
        let middle = (low + high) / 2
        if place < ends[middle] { high = middle } else { low = middle + 1 }
      }
      return low
    }
  }

  /// Classes for so many rows: all the one that is asked for, or drawn; nil without a condition.
  ///
  /// - Parameter chosen: a class below ``ConditionSpec/classes``, or nil; anything else traps.
  func classes(_ chosen: Int?, count: Int, seed: UInt64) -> [Int]? {
    chosen.map { Array(repeating: $0, count: count) } ?? sampledClasses(count, seed: seed)
  }
}
