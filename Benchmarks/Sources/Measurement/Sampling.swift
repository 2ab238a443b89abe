// Repeated timings and their median: what is measured on a machine that does other things too.

/// The middle value; the mean of the two middle ones of an even number.
package func median(_ values: [Double]) -> Double {
  precondition(!values.isEmpty, "median: no values")
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// Milliseconds that one call takes.
///
/// After a first call that allocates and warms up, calls are timed in samples of at least a
/// millisecond, so that the clock's own cost doesn't show.
///
/// - Parameters:
///   - seconds: how long to go on
///   - least: the fewest samples, however long they take
/// - Returns: the median of the samples.
package func medianMilliseconds<Failure: Error>(
  seconds: Double, atLeast least: Int = 3, _ body: () throws(Failure) -> Void
) throws(Failure) -> Double {
  let clock = ContinuousClock()
  func milliseconds(calls: Int) throws(Failure) -> Double {
    let begun = clock.now
    for _ in 0..<calls { try body() }
    return begun.duration(to: clock.now) / .milliseconds(1)
  }
  _ = try milliseconds(calls: 1)
  let start = clock.now
  let first = try milliseconds(calls: 1)
  let calls = max(1, Int(1 / max(first, 1e-4)))
  var samples = calls == 1 ? [first] : []
  while samples.count < least || start.duration(to: clock.now) < .seconds(seconds) {
    samples.append(try milliseconds(calls: calls) / Double(calls))
  }
  return median(samples)
}
