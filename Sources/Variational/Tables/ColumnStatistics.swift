// Mean and deviation of a column, which a few far outliers do not change.

/// What a real column is standardised by.
///
/// The numbers' own mean and deviation, unless there are far outliers among them. Those lie farther from the middle
/// 98 % of the numbers (without the two least and the two largest at least, of fewer than twenty without one each)
/// than ten times its width. They are cut off at four times the width from the middle, or at the farthest number that
/// is no outlier, and mean and deviation are those of the numbers so cut off. One 10¹² among a thousand normal numbers
/// then stands where a deviation of 21 is, and the others keep five sixths of their spread.
struct ColumnStatistics: Hashable {
  private(set) var mean = 0.0
  /// Of the population: squares over the count.
  private(set) var deviation = 0.0
  /// What outliers are cut off at; nil where there are none.
  private(set) var clip: ColumnBounds?

  /// - Complexity: O(n log n), and O(n) for a thousand or more numbers whose farthest lies near the mean.
  init(_ numbers: [Double]) {
    take(numbers)
    guard mayHoldOutliers(numbers) else { return }
    clip = ColumnStatistics.clip(numbers.sorted())
    if let clip { take(numbers.map(clip.clamped)) }
  }

  // Welford (1962): no difference of large sums.
  private mutating func take(_ numbers: [Double]) {
    var (count, mean, squares) = (0.0, 0.0, 0.0)
    for number in numbers {
      count += 1
      let difference = number - mean
      mean += difference / count
      squares += difference * (number - mean)
    }
    self.mean = mean
    deviation = count > 0 ? (squares / count).squareRoot() : 0
  }

  // Let D be the farthest number's distance from the middle's centre. With an outlier the middle lies within
  // D/21 of the centre and at most 2 % of the numbers outside it, so that the mean lies within 0.067 D of the
  // centre, the deviation is below (1/441 + 0.02)^½ D = 0.15 D, and the farthest number is at least
  // (1 − 0.067)/0.15 > 6 deviations from the mean.
  private func mayHoldOutliers(_ numbers: [Double]) -> Bool {
    guard numbers.count >= 1_000, mean.isFinite, deviation.isFinite else { return true }
    return numbers.contains { abs($0 - mean) > 6 * deviation }
  }

  private static func clip(_ sorted: [Double]) -> ColumnBounds? {
    guard var (low, high) = middle(sorted) else { return nil }
    if low == high {
      // Nearly all numbers are one: what is far is seen by the others.
      guard let others = middle(sorted.filter { $0 != low }) else { return nil }
      (low, high) = (min(low, others.low), max(high, others.high))
    }
    let width = high - low
    let near = sorted.filter { $0 >= low - 10 * width && $0 <= high + 10 * width }
    guard width.isFinite, near.count < sorted.count, let first = near.first, let last = near.last
    else { return nil }
    return ColumnBounds(
      lower: first == sorted.first ? nil : min(first, low - 4 * width),
      upper: last == sorted.last ? nil : max(last, high + 4 * width))
  }

  // The middle 98 %; nil for fewer than five numbers.
  private static func middle(_ sorted: [Double]) -> (low: Double, high: Double)? {
    let count = sorted.count
    guard count >= 5 else { return nil }
    let outside = count < 20 ? 1 : max(2, count / 100)
    return (sorted[outside], sorted[count - 1 - outside])
  }
}
