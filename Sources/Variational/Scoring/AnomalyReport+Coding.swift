// A report as JSON, which has no number for what is none.

import Foundation

extension AnomalyReport {
  /// Writes the report; what is not a number is null.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    func write(_ number: Double, _ key: CodingKeys) throws {
      try values.encode(number.isFinite ? number : nil, forKey: key)
    }
    try values.encode(score, forKey: .score)
    try write(mean, .mean)
    try write(standardDeviation, .standardDeviation)
    try write(smallest, .smallest)
    try write(largest, .largest)
    try values.encodeIfPresent(infinite, forKey: .infinite)
    try values.encodeIfPresent(alarms, forKey: .alarms)
    try values.encodeIfPresent(area, forKey: .area)
  }

  /// Reads what ``encode(to:)`` writes.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func read(_ key: CodingKeys) throws -> Double {
      try values.decode(Double?.self, forKey: key) ?? .nan
    }
    score = try values.decode(AnomalyScore.self, forKey: .score)
    mean = try read(.mean)
    standardDeviation = try read(.standardDeviation)
    smallest = try read(.smallest)
    largest = try read(.largest)
    infinite = try values.decodeIfPresent(Int.self, forKey: .infinite)
    alarms = try values.decodeIfPresent(Alarms.self, forKey: .alarms)
    area = try values.decodeIfPresent(ROCArea.self, forKey: .area)
  }
}
