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
  /// - Parameters:
  ///   - seconds: how long to go on; at least five rounds are made unless `most` is less
  ///   - most: the most rounds
  init(_ workload: Workload, seconds: Double, atMost most: Int) throws {
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
    var rounds = 0
    repeat {
      for (index, call) in calls.enumerated() {
        let begun = clock.now
        try call()
        samples[index].append(begun.duration(to: clock.now) / .milliseconds(1))
      }
      rounds += 1
    } while rounds < most && (rounds < 5 || start.duration(to: clock.now) < .seconds(seconds))
    train = median(samples[0])
    encode = median(samples[1])
    decode = median(samples[2])
    decodeOne = median(samples[3])
    repetitions = rounds
  }
}
