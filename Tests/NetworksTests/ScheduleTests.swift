import Foundation
import Testing

@testable import Networks

@Suite struct ScheduleTests {
  static let all: [Schedule] = [
    Schedule(), Schedule(.constant, warmUpSteps: 10), Schedule(.step(epochs: 2, factor: 0.5)),
    Schedule(.cosine(floor: 0.1), warmUpSteps: 4), Schedule(.plateau(patience: 3, factor: 0.2)),
  ]

  private func factor(_ schedule: Schedule, _ step: Int, reductions: Int = 0) -> Double {
    schedule.factor(step: step, stepsPerEpoch: 10, epochs: 5, reductions: reductions)
  }

  @Test func warmUpRisesLinearlyToOne() {
    let schedule = Schedule(.constant, warmUpSteps: 4)
    #expect([0, 1, 2, 3, 4, 49].map { factor(schedule, $0) } == [0.25, 0.5, 0.75, 1, 1, 1])
    #expect(factor(Schedule(), 0) == 1)
  }

  @Test func stepsFallEverySoManyEpochs() {
    let schedule = Schedule(.step(epochs: 2, factor: 0.5))
    #expect(
      [0, 19, 20, 39, 40, 49].map { factor(schedule, $0) } == [1, 1, 0.5, 0.5, 0.25, 0.25])
  }

  /// 50 steps, 2 of them warm-up: progress is (step − 2)/48. cos takes an argument that is off by half a unit
  /// in the last place of π: 2⁻⁵² of the value is ample.
  @Test func cosineFallsFromOneToItsFloor() {
    let schedule = Schedule(.cosine(floor: 0.2), warmUpSteps: 2)
    for (step, exact) in [
      (0, 0.5), (1, 1), (2, 1), (26, 0.6), (18, 0.2 + 0.8 * 0.75), (34, 0.2 + 0.8 * 0.25),
      (50, 0.2), (1000, 0.2),
    ] {
      #expect(abs(factor(schedule, step) - exact) <= 4 * Double.ulpOfOne, "step \(step)")
    }
    #expect(factor(Schedule(.cosine(floor: 0)), 0) == 1)
    let whole = (2...50).map { factor(schedule, $0) }
    #expect(zip(whole, whole.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func plateausCountReductions() {
    let schedule = Schedule(.plateau(patience: 3, factor: 0.5), warmUpSteps: 2)
    #expect([0, 1, 2, 3].map { factor(schedule, 40, reductions: $0) } == [1, 0.5, 0.25, 0.125])
    #expect(factor(schedule, 0, reductions: 1) == 0.25)
  }

  @Test func aPlateauHasAFloor() throws {
    let usual = Schedule(.plateau(patience: 1, factor: 0.1))
    #expect([3, 4, 400].map { factor(usual, 40, reductions: $0) } == [pow(0.1, 3.0), 1e-3, 1e-3])
    let low = Schedule(.plateau(patience: 1, factor: 0.5, floor: 0.25))
    #expect([1, 2, 3].map { factor(low, 40, reductions: $0) } == [0.5, 0.25, 0.25])
    let none = Schedule(.plateau(patience: 1, factor: 0.5, floor: 0))
    #expect(factor(none, 40, reductions: 100) == pow(0.5, 100))
    // The usual one is not written, so that older programs read the description.
    let text = String(decoding: try JSONEncoder().encode(usual), as: UTF8.self)
    #expect(!text.contains("floor"))
    for schedule in [low, none] {
      let data = try JSONEncoder().encode(schedule)
      #expect(try JSONDecoder().decode(Schedule.self, from: data) == schedule)
    }
    for floor in [-0.1, 1.1, .nan] {
      #expect(throws: SpecError.self) {
        try Schedule(.plateau(patience: 1, factor: 0.5, floor: floor)).validate(place: "x")
      }
    }
  }

  /// Numbers that a description may hold, whose products leave 64 bits.
  @Test(arguments: [1 << 62, Int.max, Int.max / 7 + 1])
  func numbersOfAnySizeAreNoTrap(_ number: Int) {
    #expect(factor(Schedule(.step(epochs: number, factor: 0.5)), 1000) == 1)
    #expect(factor(Schedule(.step(epochs: 1, factor: 0.5), warmUpSteps: number), 0) < 1e-17)
    #expect(factor(Schedule(.cosine(floor: 0), warmUpSteps: number), 1000) < 1e-14)
    #expect(factor(Schedule(.plateau(patience: number, factor: 0.5)), 1000) == 1)
  }

  @Test(arguments: all)
  func schedulesSurviveJSON(_ schedule: Schedule) throws {
    let data = try JSONEncoder().encode(schedule)
    #expect(try JSONDecoder().decode(Schedule.self, from: data) == schedule)
    try schedule.validate(place: "training.schedule")
  }

  @Test func defaultsAreFilledIn() throws {
    func decode(_ json: String) throws -> Schedule {
      try JSONDecoder().decode(Schedule.self, from: Data(json.utf8))
    }
    #expect(try decode(#"{"type": "constant"}"#) == Schedule())
    #expect(try decode(#"{"type": "cosine"}"#) == Schedule(.cosine(floor: 0)))
    #expect(
      try decode(#"{"type": "step", "epochs": 3, "factor": 0.5, "warm_up_steps": 7}"#)
        == Schedule(.step(epochs: 3, factor: 0.5), warmUpSteps: 7))
  }

  @Test(arguments: [
    (#"{"type": "cosin"}"#, #"unknown schedule "cosin"; did you mean "cosine"?"#),
    (#"{"type": "cosine", "warmup_steps": 3}"#, #"did you mean "warm_up_steps"?"#),
    (#"{"type": "cosine", "patience": 3}"#, #"unknown field "patience""#),
    (#"{"type": "constant", "floor": 0.5}"#, #"unknown field "floor""#),
    (#"{"type": "step", "epochs": 3}"#, "factor"),
    (#"{"type": "plateau", "factor": 0.5}"#, "patience"),
  ])
  func mistakesAreNamed(json: String, text: String) {
    #expect(errorText(json, as: Schedule.self)?.contains(text) == true)
  }

  @Test(arguments: [
    Schedule(.constant, warmUpSteps: -1), Schedule(.step(epochs: 0, factor: 0.5)),
    Schedule(.step(epochs: 1, factor: 0)), Schedule(.step(epochs: 1, factor: 1.5)),
    Schedule(.step(epochs: 1, factor: .nan)), Schedule(.cosine(floor: -0.1)),
    Schedule(.cosine(floor: 1.1)), Schedule(.cosine(floor: .nan)),
    Schedule(.plateau(patience: 0, factor: 0.5)), Schedule(.plateau(patience: 1, factor: 1)),
  ])
  func numbersOutOfRangeAreErrors(_ schedule: Schedule) {
    let error = #expect(throws: SpecError.self) {
      try schedule.validate(place: "training.schedule")
    }
    #expect(error?.place == "training.schedule")
  }
}
