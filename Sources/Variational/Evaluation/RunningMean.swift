// A mean and its standard error over a stream of numbers.

/// Welford's update: mean and sum of squared differences in one pass, without cancellation.
///
/// - SeeAlso: Welford (1962), "Note on a method for calculating corrected sums of squares and products".
struct RunningMean: Sendable, Hashable {
  private(set) var count = 0
  private(set) var mean = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    let difference = value - mean
    mean += difference / Double(count)
    squares += difference * (value - mean)
  }

  /// Σ(x − x̄)²/N
  var populationVariance: Double { count > 0 ? squares / Double(count) : 0 }

  /// √(Σ(x − x̄)²/(N − 1)/N); 0 for fewer than two numbers.
  var standardError: Double {
    let n = Double(count)
    return count > 1 ? (squares / (n - 1) / n).squareRoot() : 0
  }

  /// The standard error as it is told: nil for fewer than two numbers, of which nobody can tell it.
  var toldError: Double? { count > 1 ? standardError : nil }
}
