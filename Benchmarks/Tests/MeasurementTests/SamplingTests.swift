import Measurement
import Testing

@Suite struct SamplingTests {
  @Test func theMedianIsTheMiddleOrTheMeanOfTheMiddleTwo() {
    #expect(median([3]) == 3)
    #expect(median([9, 1, 2]) == 2)
    #expect(median([4, 1, 9, 2]) == 3)
  }

  @Test func slowCallsAreRepeatedAsOftenAsAsked() throws {
    // Calls of two milliseconds are timed singly: one to warm up, then the fewest samples.
    var calls = 0
    let time = medianMilliseconds(seconds: 0, atLeast: 2) {
      calls += 1
      let clock = ContinuousClock()
      let start = clock.now
      while start.duration(to: clock.now) < .milliseconds(2) {}
    }
    #expect(calls == 3)
    #expect(time >= 2)
  }

  @Test func aLineIsJSONInTheOrderGiven() {
    var line = JSONLine()
    line.add("text", "a \"b\" \\ \n×")
    line.add("whole", 12)
    line.add("small", 0.25)
    line.add("large", 1234.5)
    #expect(
      line.description
        == #"{"text":"a \"b\" \\ \u000a×","whole":12,"small":0.250000,"large":1234.500}"#)
  }
}
