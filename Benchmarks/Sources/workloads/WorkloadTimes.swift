import Measurement

/// Milliseconds of a workload's four calls, each the median of many.
struct WorkloadTimes {
  let train: Double
  let encode: Double
  let decode: Double
  let decodeOne: Double
  /// How often each was timed.
  let repetitions: Int

  /// Times the calls in turn, so that a slow spell of the machine meets all four alike.
  ///
  /// - Parameter seconds: how long to go on; at least five rounds are made
  init(_ workload: Workload, seconds: Double) throws {
    let clock = ContinuousClock()
    var samples: [[Double]] = [[], [], [], []]
    let calls: [() throws -> Void] = [
      workload.train, workload.encode, workload.decode, workload.decodeOne,
    ]
    // The first calls allocate buffers and wake the workers.
    for call in calls {
      for _ in 0..<2 { try call() }
    }
    let start = clock.now
    repeat {
      for (index, call) in calls.enumerated() {
        let begun = clock.now
        try call()
        samples[index].append(begun.duration(to: clock.now) / .milliseconds(1))
      }
    } while samples[0].count < 5 || start.duration(to: clock.now) < .seconds(seconds)
    train = median(samples[0])
    encode = median(samples[1])
    decode = median(samples[2])
    decodeOne = median(samples[3])
    repetitions = samples[0].count
  }
}

private func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let middle = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
