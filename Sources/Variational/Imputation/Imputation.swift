// What missing values may be, given those that are there.

public import Kernels
import Networks

/// How missing values are drawn.
public struct ImputationSettings: Sendable, Hashable {
  /// What decides about each new draw of z.
  public enum Method: String, Sendable, Hashable, Codable, CaseIterable {
    /// The encoder's draw is a proposal that is accepted or not, which makes the chain's limit exact.
    case metropolis
    /// Every draw of the encoder is taken for one of the true posterior.
    case pseudoGibbs = "pseudo-gibbs"
  }

  /// What decides about each new z.
  public var method: Method
  /// M, the completed data sets that are kept.
  public var imputations: Int
  /// Rounds before the first is kept.
  public var burnIn: Int
  /// Rounds from one that is kept to the next.
  public var spacing: Int
  /// The same seed gives the same draws.
  public var seed: UInt64

  /// The most rounds of a chain: streams of random numbers are told apart by the round's number.
  public static let mostRounds = 60_000

  /// The rounds of a chain.
  public var rounds: Int { burnIn + imputations * spacing }

  /// Settings; counts must be positive and `rounds` at most ``mostRounds`` where they are used.
  public init(
    method: Method = .metropolis, imputations: Int = 5, burnIn: Int = 200, spacing: Int = 20,
    seed: UInt64 = 1
  ) {
    self.method = method
    self.imputations = imputations
    self.burnIn = burnIn
    self.spacing = spacing
    self.seed = seed
  }
}

/// Completed data: observed values as they were, missing ones drawn.
public struct Imputation: Sendable {
  /// The mean of each value over the rounds after the burn-in; an observed one is itself. [N, stored values]
  public let means: Matrix<Float>
  /// The standard deviation over the same rounds; 0 for an observed one. [N, stored values]
  public let deviations: Matrix<Float>
  /// M completed data sets, [N, stored values] each.
  public let draws: [Matrix<Float>]
  /// Whether each value was drawn, [N × stored values].
  public let isMissing: [Bool]
  /// The part of the proposals that were accepted; nil for `pseudoGibbs`.
  public let acceptance: Double?

  /// The number of values that were drawn.
  public var missingCount: Int { isMissing.count { $0 } }
}

extension Model {
  /// Draws what missing values may be, given those that are there, by turns with the latents.
  ///
  /// A round of `pseudoGibbs` draws z from q(z|x), x completed, and then the missing values from p(x|z). Its limit is
  /// p(x_mis|x_obs) where q is the true posterior, and near it where q is near. `metropolis` treats z′ from q as a
  /// proposal against the z it has, accepted with probability min(1, ρ),
  ///
  ///     ρ = p(x|z′) p(z′) q(z|x) / (p(x|z) p(z) q(z′|x))
  ///
  /// which leaves p(z, x_mis|x_obs) unchanged whatever q is. Each example has a chain of its own.
  ///
  /// - Parameters:
  ///   - data: the examples; a NaN is a missing value
  ///   - mask: further values to be drawn, [N × stored values], true where one is missing; nil for none
  ///   - settings: method, number and length of the chains
  /// - Throws: `DataError` when the data does not fit the model, or the model is a plain autoencoder, or what is
  ///   drawn is not a finite number.
  /// - Complexity: an encoder pass and a decoder pass a round; memory for M + 2 copies of the data.
  /// - SeeAlso: Rezende, Mohamed and Wierstra (2014), "Stochastic backpropagation", appendix F; Mattei and Frellsen
  ///   (2018), "Leveraging the exact likelihood of deep latent variable models", section 3, algorithm 1.
  public func impute(
    _ data: DataSet, mask: [Bool]? = nil, _ settings: ImputationSettings = ImputationSettings()
  ) throws(DataError) -> Imputation {
    guard isVariational else {
      throw DataError(
        spec.name, "a plain autoencoder has no distribution that missing values could be drawn from"
      )
    }
    var spec = spec
    spec.data.missing = true
    try data.check(against: spec)
    let width = spec.data.stored.count
    precondition(
      settings.imputations >= 1 && settings.burnIn >= 0 && settings.spacing >= 1
        && settings.rounds <= ImputationSettings.mostRounds,
      "Model.impute: \(settings)")
    precondition(
      mask.map { $0.count == data.count * width } ?? true,
      "Model.impute: a mask of \(mask?.count ?? 0) values for \(data.count) × \(width)")
    let pass = ImputationPass(self, settings)
    var result = ImputationPass.Result(imputations: settings.imputations)
    var first = 0
    while first < data.count {
      let rows = min(pass.capacity, data.count - first)
      pass.run(data, rows: first..<first + rows, mask: mask, into: &result)
      first += rows
    }
    try data.checkUnchanged()
    for values in [result.means, result.deviations] + result.draws {
      guard let bad = values.firstIndex(where: { !$0.isFinite }) else { continue }
      throw DataError(
        data.name,
        "value \(bad % width) of example \(bad / width) is drawn as \(values[bad]); the model's "
          + "weights are far too large")
    }
    func matrix(_ values: [Float]) -> Matrix<Float> {
      Matrix(rows: data.count, columns: width, values)
    }
    let proposals = Double(data.count) * Double(max(1, settings.rounds))
    return Imputation(
      means: matrix(result.means), deviations: matrix(result.deviations),
      draws: result.draws.map(matrix), isMissing: result.isMissing,
      acceptance: settings.method == .metropolis ? Double(result.accepted) / proposals : nil)
  }
}

extension DataSpec {
  /// One stored example with zeros around it, as the model sees it.
  public func withPadding(_ example: [Float]) -> [Float] {
    precondition(
      example.count == stored.count,
      "DataSpec.withPadding: \(example.count) values, not \(stored.count)")
    if padding == 0 { return example }
    var result = [Float](repeating: 0, count: padded.count)
    let (line, stride) = (width * channels, padded.width * channels)
    for y in 0..<height {
      let start = (padding.top + y) * stride + padding.left * channels
      result.replaceSubrange(start..<start + line, with: example[y * line..<(y + 1) * line])
    }
    return result
  }
}
