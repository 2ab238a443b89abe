import Foundation
import Networks

/// How β rises from zero to its value over the warm-up.
public enum WarmUp: Sendable, Hashable {
  /// In proportion to the steps (Bowman et al., 2016; Sønderby et al., 2016).
  case linear
  /// Along a logistic curve from −5 to 5, moved and stretched to end in 0 and 1 (Bowman et al., 2016).
  case sigmoid
  /// In `cycles` equal parts; β rises linearly in the first `rising` of each and is held for the rest of
  /// it (Fu et al., 2019, "Cyclical annealing schedule", equations 6 and 7).
  case cyclical(cycles: Int, rising: Double)

  /// The factor of β when `progress` of the warm-up is over; 1 from its end on.
  ///
  /// - Parameter progress: steps taken by steps of the warm-up, at least 0
  public func factor(_ progress: Double) -> Double {
    if progress >= 1 { return 1 }
    switch self {
    case .linear: return progress
    case .sigmoid:
      func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
      let (low, high) = (logistic(-5), logistic(5))
      return (logistic(10 * progress - 5) - low) / (high - low)
    case .cyclical(let cycles, let rising):
      let place = (progress * Double(cycles)).truncatingRemainder(dividingBy: 1)
      return min(1, place / rising)
    }
  }

  func validate() throws(SpecError) {
    guard case .cyclical(let cycles, let rising) = self else { return }
    guard cycles >= 1 && cycles <= 1_000_000 else {
      throw SpecError("objective.warm_up", "\(cycles) cycles should be at least 1")
    }
    guard rising > 0 && rising <= 1 else {
      throw SpecError(
        "objective.warm_up", "the rising part of a cycle, \(rising), should lie in (0, 1]")
    }
  }

  /// The names in config.json and on the command line.
  public static let names = ["linear", "sigmoid", "cyclical"]

  /// The shape of a name with its usual numbers: four cycles, half of each rising.
  public static func named(_ name: String) -> WarmUp? {
    switch name {
    case "linear": .linear
    case "sigmoid": .sigmoid
    case "cyclical": .cyclical(cycles: 4, rising: 0.5)
    default: nil
    }
  }
}

extension WarmUp: Codable {
  private enum Key: String, CodingKey, CaseIterable { case shape, cycles, rising }

  /// Reads `{"shape": "cyclical", "cycles": 4, "rising": 0.5}`.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    let name = try values.decode(String.self, forKey: .shape)
    guard let usual = WarmUp.named(name) else {
      throw DecodingError.dataCorruptedError(
        forKey: .shape, in: values,
        debugDescription: unknownName(name, what: "warm-up", valid: WarmUp.names))
    }
    self = usual
    var allowed = [Key.shape.rawValue]
    if case .cyclical(let cycles, let rising) = usual {
      allowed = Key.allCases.map(\.rawValue)
      self = .cyclical(
        cycles: try values.decodeIfPresent(Int.self, forKey: .cycles) ?? cycles,
        rising: try values.decodeIfPresent(Double.self, forKey: .rising) ?? rising)
    }
    try decoder.rejectUnknownKeys(allowed: allowed)
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    switch self {
    case .linear: try values.encode("linear", forKey: .shape)
    case .sigmoid: try values.encode("sigmoid", forKey: .shape)
    case .cyclical(let cycles, let rising):
      try values.encode("cyclical", forKey: .shape)
      try values.encode(cycles, forKey: .cycles)
      try values.encode(rising, forKey: .rising)
    }
  }
}
