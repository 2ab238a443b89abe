import Testing

@testable import vae

struct TrainingForecastTests {
  // 0.5 s a step, 100 steps an epoch, 3 epochs: 50 s an epoch.
  @Test func forecastIsToldOnceFromTheMeasuredSteps() {
    var forecast = TrainingForecast(epochs: 3)
    var told: [(batch: Int, text: String)] = []
    for batch in 1...100 {
      let now = UInt64(batch) * 500_000_000
      if let text = forecast.sentence(epoch: 1, batch: batch, batches: 100, now: now) {
        told.append((batch, text))
      }
    }
    #expect(told.map(\.batch) == [11])
    // (289 steps are left) · ½ s
    #expect(
      told.first?.text
        == "An epoch's steps take about 50 s, the rest of the run 2 min 25 s")
  }

  @Test func shortRunsAreNotWorthASentence() {
    var forecast = TrainingForecast(epochs: 1)
    for batch in 1...100 {
      let now = UInt64(batch) * 50_000_000
      #expect(forecast.sentence(epoch: 1, batch: batch, batches: 100, now: now) == nil)
    }
  }

  @Test(arguments: [(13.6, "14 s"), (125, "2 min 5 s"), (12_000, "3 h 20 min")])
  func durationsAreReadable(_ seconds: Double, _ text: String) {
    #expect(duration(seconds) == text)
  }

  @Test(arguments: [
    (2500.0, "2.5 kB"), (47_040_000, "47.0 MB"), (12_300_000_000, "12.30 GB"),
  ])
  func sizesAreReadable(_ bytes: Double, _ text: String) {
    #expect(PlanText.size(bytes) == text)
  }
}
