// The FactorVAE score: whether holding a factor fixed holds one latent still.

public import Kernels

/// The accuracy of a majority vote that names the fixed factor by the latent that varies least.
///
/// A vote: a factor is chosen, one of its levels, and 64 examples of it; the latent whose variance over them,
/// divided by its variance over all examples, is smallest names the vote. From 800 votes each latent learns its
/// most frequent factor; the score is how often that is right in 800 others. Chance is about 1/F. Latents
/// with a variance below 0.01 take no part. The examples of a vote are drawn with replacement from those that
/// there are, as no generator can be asked for more.
///
/// - SeeAlso: Kim and Mnih (2018), "Disentangling by factorising", section 4.
public struct FactorVAEScore: Sendable, Hashable, Codable {
  /// In [0, 1].
  public var score: Double
  /// How often each latent was named for each factor while learning, [L][F].
  public var votes: [[Int]]

  static let (votesOfEachHalf, votingExamples) = (800, 64)

  /// Scores codes against the factors that they were made from.
  ///
  /// - Parameters:
  ///   - codes: [N, L]
  ///   - factors: as many rows, at least one factor that varies
  ///   - seed: what the votes are drawn from
  public init(codes: Matrix<Float>, factors: FactorTable, seed: UInt64 = 1) {
    precondition(
      codes.rows == factors.count && factors.factors > 0, "FactorVAEScore: shapes")
    let columns = (0..<codes.columns).map { codes.column($0).map(Double.init) }
    let variances = columns.map { variance($0[...]) }
    let members = (0..<factors.factors).map { factor in
      var groups = [[Int]](repeating: [], count: factors.levelCounts[factor])
      for (example, level) in factors.levels[factor].enumerated() { groups[level].append(example) }
      return groups
    }
    let stream = RandomStream(seed: seed, purpose: .evaluation, lane: 4)

    // The latent that a vote names, and the factor that was fixed.
    func vote(_ number: Int) -> (latent: Int?, factor: Int) {
      let draws = stream.uniform(count: FactorVAEScore.votingExamples + 2, step: number)
      let factor = min(Int(draws[0] * Float(factors.factors)), factors.factors - 1)
      let groups = members[factor]
      let group = groups[min(Int(draws[1] * Float(groups.count)), groups.count - 1)]
      let chosen = draws[2...].map {
        group[min(Int(Double($0) * Double(group.count)), group.count - 1)]
      }
      var best: (latent: Int, value: Double)?
      for (latent, column) in columns.enumerated() where variances[latent] >= 0.01 {
        let value = variance(chosen.map { column[$0] }[...]) / variances[latent]
        if value < best?.value ?? .infinity { best = (latent, value) }
      }
      return (best?.latent, factor)
    }

    var table = [[Int]](
      repeating: [Int](repeating: 0, count: factors.factors), count: codes.columns)
    for number in 0..<FactorVAEScore.votesOfEachHalf {
      let (latent, factor) = vote(number)
      if let latent { table[latent][factor] += 1 }
    }
    let majority = table.map { row in row.firstIndex(of: row.max() ?? 0) ?? 0 }
    let right = (0..<FactorVAEScore.votesOfEachHalf).count { number in
      let (latent, factor) = vote(FactorVAEScore.votesOfEachHalf + number)
      return latent.map { majority[$0] == factor } ?? false
    }
    votes = table
    score = Double(right) / Double(FactorVAEScore.votesOfEachHalf)
  }
}

private func variance(_ values: ArraySlice<Double>) -> Double {
  var moments = RunningMean()
  for value in values { moments.add(value) }
  return moments.populationVariance
}
