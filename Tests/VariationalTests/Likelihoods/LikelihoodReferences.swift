// What likelihoods are compared with: values in 60 digits from Fixtures.

import Foundation
import Kernels
import Networks
import TestSupport
import Testing

@testable import Variational

/// Values of likelihoods.json, which make_likelihoods.py wrote.
struct ReferenceValues: Decodable {
  let likelihood: LikelihoodSpec
  let x: [Float]
  let output: [[Float]]
  let learned: [Float]
  let density: [Double]
  let densityMagnitude: [Double]
  let score: [[Double]]
  let scoreMagnitude: [[Double]]
  let own: [Double]
  let ownMagnitude: [Double]
  let mean: [Double]
  let meanMagnitude: [Double]

  static func read(_ name: String) throws -> [ReferenceValues] {
    let data = try Data(contentsOf: URL(fileURLWithPath: try fixture("likelihoods.json")))
    let found = try JSONDecoder().decode([ReferenceValues].self, from: data)
      .filter { $0.likelihood.name == name }
    try #require(!found.isEmpty)
    return found
  }
}

/// Roundings in the terms of a density or score: two or three elementary functions of 3 units in the last
/// place (6 roundoffs) each and the operations between them, each relative to the magnitude that the file
/// gives; 32 covers the longest formula, Stirling's.
private let roundings = 32.0

/// Below the normal range floats have the spacing of the smallest one.
private let smallest = Double(Float.leastNormalMagnitude)

/// Density, scores and mean of a likelihood, each value alone and all values as one row.
func expectReferenceValues(_ name: String) throws {
  for reference in try ReferenceValues.read(name) {
    for index in reference.x.indices { expect(reference, valueAt: index) }
    try expectRow(reference)
  }
}

private func expect(_ reference: ReferenceValues, valueAt index: Int) {
  let learned = reference.learned.isEmpty ? [] : [reference.learned[index]]
  let probe = LikelihoodProbe(reference.likelihood, dimensions: 1, learned: learned)
  let (x, output) = ([reference.x[index]], reference.output[index])
  let place = "\(reference.likelihood): x \(x), output \(output), learned \(learned)"
  func expect(_ found: Double, _ expected: Double, _ magnitude: Double, _ what: String) {
    let allowed = roundings * roundoff * (magnitude + abs(expected)) + smallest
    #expect(abs(found - expected) <= allowed, "\(what): \(found), not \(expected); \(place)")
  }
  for writingScore in [false, true] {
    let result = probe.run(x, output, writingScore: writingScore)
    expect(
      result.densities[0], reference.density[index], reference.densityMagnitude[index], "ln p")
    guard writingScore else {
      #expect(result.output == output)
      continue
    }
    for (column, score) in result.output.enumerated() {
      expect(
        Double(score), reference.score[index][column], reference.scoreMagnitude[index][column],
        "score \(column)")
    }
    if !learned.isEmpty {
      expect(
        Double(result.own[0]), reference.own[index], reference.ownMagnitude[index], "own score")
    }
  }
  expect(
    Double(probe.mean(output)[0]), reference.mean[index], reference.meanMagnitude[index], "mean")
}

private func expectRow(_ reference: ReferenceValues) throws {
  let count = reference.x.count
  let probe = LikelihoodProbe(
    reference.likelihood, dimensions: count, learned: reference.learned, threads: 2)
  // All values' first outputs, then all their second ones.
  let width = reference.output[0].count
  let output = (0..<width).flatMap { column in reference.output.map { $0[column] } }
  let result = probe.run(reference.x, output, writingScore: true)
  let expected = reference.density.reduce(0, +)
  // Each lane adds count/16 terms: that many roundings more of the sum of magnitudes.
  let magnitude = reference.densityMagnitude.reduce(0, +)
  let allowed = (roundings + Double(count / 16)) * roundoff * magnitude
  #expect(abs(result.densities[0] - expected) <= allowed, "\(reference.likelihood)")
  for column in 0..<width {
    for index in 0..<count {
      let score = Double(result.output[column * count + index])
      let expected = reference.score[index][column]
      let allowed =
        roundings * roundoff * (reference.scoreMagnitude[index][column] + abs(expected)) + smallest
      #expect(abs(score - expected) <= allowed, "\(reference.likelihood), value \(index)")
    }
  }
}
