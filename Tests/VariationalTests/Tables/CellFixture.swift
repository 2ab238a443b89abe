// Fixtures/cells.json, made by make_cells.py with pandas and numpy.

import Foundation

struct CellFixture: Decodable {
  struct Statistics: Decodable {
    let name: String
    let numbers: [Double]
    let mean: Double
    let deviation: Double
    let least: Double
    let largest: Double
    let plainMean: Double
    let plainDeviation: Double

    enum CodingKeys: String, CodingKey {
      case name, numbers, mean, deviation, least, largest
      case plainMean = "plain_mean"
      case plainDeviation = "plain_deviation"
    }
  }

  struct Completion: Decodable {
    let file: String
    let columns: [String]
    let cells: [[String]]
  }

  struct Notation: Decodable {
    let cells: [String]
    let least: Double
    let largest: Double
    let decimals: Int
    let digits: Int
  }

  let statistics: [Statistics]
  let completion: Completion
  let notation: [Notation]

  static func read() throws -> CellFixture {
    let data = try Data(contentsOf: URL(fileURLWithPath: try fixture("cells.json")))
    return try JSONDecoder().decode(CellFixture.self, from: data)
  }
}
