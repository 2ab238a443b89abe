// Exact checks of the engine on this machine: what `vae verify` runs.

import Foundation
import Kernels
import Networks

/// Compares what the engine computes with exact answers.
///
///     let report = try Verification().run(on: garments)
///     for check in report.checks where !check.passed { print(check.name, check.got, check.expected) }
///
/// Everything is drawn from fixed seeds: the same data, machine and number of threads give the same numbers.
/// docs/VERIFICATION.md says what each part compares, and by which formula.
public struct Verification: Sendable {
  /// What can be verified by itself.
  public enum Part: String, CaseIterable, Sendable, Hashable, Codable {
    /// Gradients of every layer, likelihood, objective and prior against differences.
    case gradients
    /// The divergence in closed form against Monte Carlo.
    case divergence
    /// A linear model trained on the data against probabilistic principal components.
    case linear
    /// Importance sampling against quadrature over a grid of two latents.
    case quadrature
    /// The importance-weighted bound's course with the number of samples.
    case bounds
    /// Priors: densities integrate to one, draws have their moments.
    case priors
    /// Likelihoods: the same.
    case likelihoods
  }

  /// What to verify.
  public var parts: [Part]
  /// Shorter training, fewer draws and examples, for continuous integration.
  public var isQuick: Bool
  /// Threads that share the work; nil takes one for each processor.
  public var threads: Int?

  /// A verification; everything unless told otherwise.
  public init(parts: [Part] = Part.allCases, isQuick: Bool = false, threads: Int? = nil) {
    self.parts = parts
    self.isQuick = isQuick
    self.threads = threads
  }

  /// Runs the parts.
  ///
  /// - Parameters:
  ///   - data: at least 100 examples of 4 to 2,048 values, which are not all in a plane
  ///   - progress: told what is done next
  /// - Throws: `DataError` for data that cannot serve, `TrainingError` when training diverges.
  public func run(
    on data: DataSet, progress: (String) -> Void = { _ in }
  ) throws -> VerificationReport {
    let standardised = try StandardisedData(data, limit: isQuick ? 2_000 : 10_000)
    var report = VerificationReport(
      data: data.name, examples: standardised.count, dimensions: standardised.dimensions,
      checks: [], seconds: [:], passed: false)
    var fit: LinearFit?
    func linearFit() throws -> LinearFit {
      if let fit { return fit }
      let made = try LinearFit(standardised, isQuick: isQuick, threads: threads)
      fit = made
      return made
    }
    for part in Part.allCases where parts.contains(part) {
      progress("verifying \(part.rawValue)")
      let start = DispatchTime.now().uptimeNanoseconds
      switch part {
      case .gradients:
        report.checks += LayerGradients().checks() + StepGradients().checks()
      case .divergence: report.checks += DivergenceChecks(isQuick: isQuick).checks()
      case .linear: report.checks += try linearFit().checks(isQuick: isQuick)
      case .quadrature:
        report.checks += try QuadratureChecks(
          data, standardised, isQuick: isQuick, threads: threads
        ).checks()
      case .bounds: report.checks += try BoundChecks(try linearFit(), isQuick: isQuick).checks()
      case .priors: report.checks += PriorChecks(isQuick: isQuick).checks()
      case .likelihoods: report.checks += LikelihoodChecks(isQuick: isQuick).checks()
      }
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
      report.seconds[part.rawValue] = seconds
    }
    report.passed = !report.checks.isEmpty && report.checks.allSatisfy(\.passed)
    return report
  }
}
