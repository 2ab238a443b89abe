import Kernels
import Networks

/// A mixture fitted by expectation maximisation, and how that went.
public struct GaussianMixtureFit: Sendable {
  /// The mixture.
  public let mixture: GaussianMixture
  /// The rows it was fitted to.
  public let rows: Int
  /// Σ ln p(z) over the rows under the start and after each turn, nats; it never falls but for rounding.
  public let logLikelihoods: [Double]
  /// Whether the last turn gained less than the tolerance.
  public let hasConverged: Bool

  /// Σ ln p(z) over the rows, nats.
  public var logLikelihood: Double { logLikelihoods.last ?? 0 }

  /// −2 ln p + parameters · ln N; lower is better.
  public var bayesianInformationCriterion: Double {
    mixture.bayesianInformationCriterion(logLikelihood: logLikelihood, rows: rows)
  }
}

extension GaussianMixture {
  /// How a mixture is fitted.
  public struct Settings: Sendable, Hashable {
    /// Starts, of which the most likely outcome is kept.
    public var restarts: Int
    /// What the starts are derived from.
    public var seed: UInt64
    /// Nats a row that a turn must gain for another to follow.
    public var tolerance: Double
    /// The most turns.
    public var maximumTurns: Int
    /// The smallest variance in any direction, as a fraction of the mean variance of a latent.
    public var covarianceFloor: Double

    /// Settings that suit tens of thousands of rows.
    public init(
      restarts: Int = 3, seed: UInt64 = 1, tolerance: Double = 1e-4, maximumTurns: Int = 200,
      covarianceFloor: Double = 1e-6
    ) {
      self.restarts = restarts
      self.seed = seed
      self.tolerance = tolerance
      self.maximumTurns = maximumTurns
      self.covarianceFloor = covarianceFloor
    }

    func validate() throws(SpecError) {
      guard restarts >= 1 && restarts <= 10_000 else {
        throw SpecError("restarts", "\(restarts) restarts should lie between 1 and 10000")
      }
      guard maximumTurns >= 1 && maximumTurns <= 1_000_000 else {
        throw SpecError("maximumTurns", "\(maximumTurns) turns should lie between 1 and 1000000")
      }
      guard tolerance >= 0 && tolerance.isFinite else {
        throw SpecError("tolerance", "the tolerance \(tolerance) should be at least 0")
      }
      guard covarianceFloor > 0 && covarianceFloor < 1 else {
        throw SpecError("covarianceFloor", "the floor \(covarianceFloor) should lie in (0, 1)")
      }
    }
  }

  /// Starts are tried out on so many rows; the best is then fitted to all.
  static let rowsOfAStart = 10_000

  /// Numbers of components that `fit(_:choosingFrom:)` takes unless told.
  public static let usualChoices = [1, 2, 4, 8, 16, 32]

  /// The mixture that ``fit(_:components:settings:threads:)`` finds.
  ///
  /// - Throws: `SpecError` and `DataError` as it does.
  public init(
    fitting latents: Matrix<Float>, components: Int, settings: Settings = Settings(),
    threads: Int? = nil
  ) throws {
    self = try GaussianMixture.fit(
      latents, components: components, settings: settings, threads: threads
    ).mixture
  }

  /// Fits a mixture by expectation maximisation.
  ///
  /// Every start runs to its end on the same 10,000 rows at most, chosen at random; the most likely outcome
  /// then goes on with all rows. The same seed and number of threads give the same bits.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]: draws from the aggregate posterior, or a plain autoencoder's encodings
  ///   - components: C, at most N
  ///   - settings: starts, seed, tolerance and floor
  ///   - threads: how many share the work; nil takes one for each processor
  /// - Throws: `SpecError` for settings out of range; `DataError` for fewer rows, or fewer different rows,
  ///   than components, for a number that is none, and for rows that are all the same.
  /// - Complexity: O(N·C·L²) a turn.
  public static func fit(
    _ latents: Matrix<Float>, components: Int, settings: Settings = Settings(),
    threads: Int? = nil
  ) throws -> GaussianMixtureFit {
    try settings.validate()
    guard components >= 1 && components <= largestCount else {
      throw SpecError(
        "components", "\(components) components should lie between 1 and \(largestCount)")
    }
    let moments = try LatentMoments(of: latents)
    guard latents.rows >= components else {
      throw DataError(
        "latents",
        "\(latents.rows) rows are fewer than \(components) components; take fewer components")
    }
    let size = Double(components) * Double(latents.columns)
    guard Memory.holds(floats: 12 * size * Double(latents.columns + 1)) else {
      throw SpecError(
        "components",
        "\(components) components of \(latents.columns) latents take more memory than is free")
    }
    do {
      let problem = ExpectationMaximisation(
        observations: MixtureSweep.observations(latents, from: moments.mean),
        floor: moments.floor(settings.covarianceFloor),
        compute: try Compute(threads: threads ?? WorkerPool.processors))
      return try fit(problem, components, settings, origin: moments.mean)
    } catch let error as LAPACKError {
      throw DataError("latents", "their covariances cannot be factorised: \(error)")
    }
  }

  private static func fit(
    _ problem: ExpectationMaximisation, _ components: Int, _ settings: Settings, origin: [Double]
  ) throws -> GaussianMixtureFit {
    let stream = RandomStream(seed: settings.seed, purpose: .initialisation, lane: 1 << 21)
    let sample = rows(of: problem.observations, atMost: max(rowsOfAStart, components), stream)
    let trial = ExpectationMaximisation(
      observations: sample, floor: problem.floor, compute: problem.compute)
    let start = MixtureStart(sample)
    var best: ExpectationMaximisation.Outcome?
    for attempt in 0..<settings.restarts {
      let outcome = try trial.run(
        from: try start.mixture(
          components: components, floor: problem.floor, stream: stream, attempt: attempt),
        tolerance: settings.tolerance, maximumTurns: settings.maximumTurns)
      if outcome.logLikelihoods.last ?? 0 > best?.logLikelihoods.last ?? -.infinity {
        best = outcome
      }
    }
    guard var outcome = best else {
      throw DataError("latents", "their log-likelihood is not a finite number")
    }
    if sample.rows < problem.observations.rows {
      outcome = try problem.run(
        from: outcome.mixture, tolerance: settings.tolerance, maximumTurns: settings.maximumTurns)
    }
    guard outcome.logLikelihoods.last?.isFinite == true else {
      throw DataError("latents", "their log-likelihood is not a finite number")
    }
    let gaussians = outcome.mixture.gaussians.map { gaussian in
      GaussianPrior(
        mean: zip(gaussian.mean, origin).map { $0 + $1 }, covariance: gaussian.covariance,
        factor: gaussian.factor)
    }
    return GaussianMixtureFit(
      mixture: GaussianMixture(trusting: outcome.mixture.weights, gaussians),
      rows: problem.observations.rows, logLikelihoods: outcome.logLikelihoods,
      hasConverged: outcome.hasConverged)
  }

  private static func rows(
    of observations: Matrix<Double>, atMost count: Int, _ stream: RandomStream
  ) -> Matrix<Double> {
    guard observations.rows > count else { return observations }
    let chosen = stream.permutation(count: observations.rows).prefix(count)
    let width = observations.columns
    let values = observations.elements
    return Matrix(
      rows: count, columns: width,
      chosen.flatMap { values[$0 * width..<($0 + 1) * width] })
  }

  /// Fits a mixture of every size and keeps the one with the lowest Bayesian information criterion.
  ///
  /// Sizes with as many parameters as rows or more are passed over, except the smallest. The search ends
  /// when the criterion has risen twice in a row.
  ///
  /// - Parameters:
  ///   - latents: z, [N, L]
  ///   - choices: numbers of components; tried in ascending order
  ///   - settings: how each is fitted
  ///   - threads: how many share the work; one for each processor unless given
  ///   - report: told of every fit
  /// - Throws: as ``fit(_:components:settings:threads:)``; `SpecError` for no choices.
  public static func fit(
    _ latents: Matrix<Float>, choosingFrom choices: [Int] = usualChoices,
    settings: Settings = Settings(), threads: Int? = nil,
    report: (GaussianMixtureFit) -> Void = { _ in }
  ) throws -> GaussianMixtureFit {
    guard let smallest = choices.min() else {
      throw SpecError("components", "there are no numbers of components to choose from")
    }
    let width = latents.columns
    var best: GaussianMixtureFit?
    var rises = 0
    for count in Set(choices).sorted() {
      let parameters = Double(count) * (1 + Double(width) + Double(width * (width + 1) / 2))
      if count > smallest && parameters >= Double(latents.rows) { continue }
      let found: GaussianMixtureFit
      do {
        found = try fit(latents, components: count, settings: settings, threads: threads)
      } catch is DataError where best != nil {
        // Fewer different rows than components: larger sizes have them no less.
        break
      }
      report(found)
      if let value = best?.bayesianInformationCriterion, value <= found.bayesianInformationCriterion
      {
        rises += 1
        if rises == 2 { break }
      } else {
        (best, rises) = (found, 0)
      }
    }
    guard let best else { preconditionFailure("GaussianMixture.fit: no choice was tried") }
    return best
  }
}
