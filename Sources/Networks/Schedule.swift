import Foundation

/// The learning rate as a function of training's progress: a factor on the base rate.
public struct Schedule: Sendable, Hashable {
  /// The shape of the decline.
  public enum Decline: Sendable, Hashable {
    /// None.
    case constant
    /// Times `factor` every `epochs` epochs.
    case step(epochs: Int, factor: Double)
    /// Half a cosine from 1 to `floor` over the whole run (Loshchilov and Hutter, 2017).
    case cosine(floor: Double)
    /// Times `factor` whenever the number that epochs are judged by has not improved for `patience` epochs,
    /// but never below `floor`, a factor on the base rate too.
    case plateau(patience: Int, factor: Double, floor: Double = Schedule.usualFloor)
  }

  /// The floor of a plateau schedule where nobody says: a thousandth of the base rate.
  public static let usualFloor = 1e-3

  /// The shape of the decline.
  public var decline: Decline
  /// Steps over which the rate rises linearly from zero; 0 for none.
  public var warmUpSteps: Int

  /// A schedule.
  public init(_ decline: Decline = .constant, warmUpSteps: Int = 0) {
    self.decline = decline
    self.warmUpSteps = warmUpSteps
  }

  /// The factor for one step.
  ///
  /// - Parameters:
  ///   - step: steps taken before this one
  ///   - stepsPerEpoch: minibatches in an epoch
  ///   - epochs: the epochs of the whole run
  ///   - reductions: how often a plateau has been met
  public func factor(step: Int, stepsPerEpoch: Int, epochs: Int, reductions: Int = 0) -> Double {
    let warmUp =
      step < warmUpSteps ? Double(step + 1) / Double(warmUpSteps) : 1
    switch decline {
    case .constant: return warmUp
    case .step(let every, let factor):
      // A description may ask for any number of epochs; what leaves 64 bits is never reached.
      let (length, overflow) = stepsPerEpoch.multipliedReportingOverflow(by: every)
      return warmUp * pow(factor, overflow ? 0 : Double(step / max(length, 1)))
    case .cosine(let floor):
      let total = max(Double(stepsPerEpoch) * Double(epochs) - Double(warmUpSteps), 1)
      let progress = min(max((Double(step) - Double(warmUpSteps)) / total, 0), 1)
      return warmUp * (floor + (1 - floor) * 0.5 * (1 + cos(.pi * progress)))
    case .plateau(_, let factor, let floor):
      return warmUp * max(floor, pow(factor, Double(reductions)))
    }
  }

  /// Checks the numbers.
  package func validate(place: String) throws(SpecError) {
    guard warmUpSteps >= 0 else {
      throw SpecError(place, "warm_up_steps \(warmUpSteps) should not be negative")
    }
    switch decline {
    case .constant: break
    case .step(let epochs, let factor):
      guard epochs >= 1, factor > 0, factor <= 1 else {
        throw SpecError(place, "step needs epochs of at least 1 and a factor in (0, 1]")
      }
    case .cosine(let floor):
      guard (0...1).contains(floor) else {
        throw SpecError(place, "cosine's floor \(floor) should lie between 0 and 1")
      }
    case .plateau(let patience, let factor, let floor):
      guard patience >= 1, factor > 0, factor < 1 else {
        throw SpecError(place, "plateau needs a patience of at least 1 and a factor in (0, 1)")
      }
      guard (0...1).contains(floor) else {
        throw SpecError(place, "plateau's floor \(floor) should lie between 0 and 1")
      }
    }
  }
}

extension Schedule: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case type, epochs, factor, floor, patience
    case warmUpSteps = "warm_up_steps"

    // The fields that a type has.
    static func fields(of type: String) -> [Key] {
      switch type {
      case "step": [.type, .epochs, .factor, .warmUpSteps]
      case "cosine": [.type, .floor, .warmUpSteps]
      case "plateau": [.type, .patience, .factor, .floor, .warmUpSteps]
      default: [.type, .warmUpSteps]
      }
    }
  }

  /// Reads `{"type": "cosine", "floor": 0.01, "warm_up_steps": 100}`.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    let type = try values.decode(String.self, forKey: .type)
    warmUpSteps = try values.decodeIfPresent(Int.self, forKey: .warmUpSteps) ?? 0
    switch type {
    case "constant": decline = .constant
    case "step":
      decline = .step(
        epochs: try values.decode(Int.self, forKey: .epochs),
        factor: try values.decode(Double.self, forKey: .factor))
    case "cosine":
      decline = .cosine(floor: try values.decodeIfPresent(Double.self, forKey: .floor) ?? 0)
    case "plateau":
      decline = .plateau(
        patience: try values.decode(Int.self, forKey: .patience),
        factor: try values.decode(Double.self, forKey: .factor),
        floor: try values.decodeIfPresent(Double.self, forKey: .floor) ?? Schedule.usualFloor)
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .type, in: values,
        debugDescription: unknownName(
          type, what: "schedule", valid: ["constant", "step", "cosine", "plateau"]))
    }
    try decoder.rejectUnknownKeys(allowed: Key.fields(of: type).map(\.rawValue))
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(warmUpSteps, forKey: .warmUpSteps)
    switch decline {
    case .constant: try values.encode("constant", forKey: .type)
    case .step(let epochs, let factor):
      try values.encode("step", forKey: .type)
      try values.encode(epochs, forKey: .epochs)
      try values.encode(factor, forKey: .factor)
    case .cosine(let floor):
      try values.encode("cosine", forKey: .type)
      try values.encode(floor, forKey: .floor)
    case .plateau(let patience, let factor, let floor):
      try values.encode("plateau", forKey: .type)
      try values.encode(patience, forKey: .patience)
      try values.encode(factor, forKey: .factor)
      if floor != Schedule.usualFloor { try values.encode(floor, forKey: .floor) }
    }
  }
}
