// An evaluation for people: names and values, the same in the table and on the page.

import Foundation

extension EvaluationReport {
  /// A heading with names and values.
  public struct Section: Sendable {
    /// Empty for the first one.
    public var title: String
    /// Names and values.
    public var rows: [(name: String, value: String)]
  }

  /// Every number in the order in which it is read.
  public var sections: [Section] {
    [
      Section(title: "", rows: summaryRows), Section(title: "latents", rows: latentRows),
      Section(title: "decoder", rows: decoderRows),
      Section(title: "disentanglement", rows: disentanglementRows),
    ].filter { !$0.rows.isEmpty }
  }

  private var summaryRows: [(name: String, value: String)] {
    let s = summary
    var rows: [(name: String, value: String)] = [
      ("data", data), ("examples", "\(s.examples)"), ("loss", number(s.loss)),
      ("reconstruction", number(s.reconstruction)), ("KL", number(s.kl) + " nats per example"),
      ("ELBO", number(s.elbo) + " nats per example"),
    ]
    if let estimate = s.logLikelihood {
      rows.append(
        (
          "log-likelihood",
          "\(number(estimate))\(error(s.logLikelihoodStandardError, 3)) nats per example "
            + "(\(s.importanceSamples ?? 0) samples)"
        ))
    }
    if let sampling = s.logLikelihoodSamplingError, let each = s.exampleSamplingError {
      rows.append(
        ("sampling error", "\(number(sampling)) nats of the mean, \(number(each)) of an example"))
    }
    if let size = s.effectiveSampleSize, let least = s.smallestEffectiveSampleSize {
      rows.append(("effective samples", "\(number(size, 1)) (fewest \(number(least, 1)))"))
    }
    if let share = s.largestWeightShare, let worst = s.worstWeightShare {
      rows.append(
        ("largest weight", "\(number(100 * share, 1)) % (worst \(number(100 * worst, 1)) %)"))
    }
    if let curve = s.importanceCurve, curve.count > 1 {
      let points = curve.map { "\($0.samples): \(number($0.logLikelihood, 2))" }
      rows.append(("bound by samples", points.joined(separator: "  ")))
    }
    if let fidelity {
      rows.append(
        (
          "squared error",
          "\(number(fidelity.error, 5)) a value (the mean example: \(number(fidelity.variance, 5)))"
        ))
    }
    return rows
  }

  private var latentRows: [(name: String, value: String)] {
    let count = latents.meanVariance.count
    var rows: [(name: String, value: String)] = [
      ("active units", "\(latents.activeUnits) of \(count)")
    ]
    if summary.saturations > 0 {
      rows.append(("saturated log-variances", "\(summary.saturations)"))
    }
    if let kl = latents.kl {
      rows.append(("KL by dimension", divergences(kl)))
    }
    func range(_ values: [Double]) -> String {
      "\(number(values.min() ?? 0, 2)) … \(number(values.max() ?? 0, 2))"
    }
    rows.append(
      (
        "aggregate means",
        "\(range(latents.aggregateMean)) (prior \(range(latents.priorMean)))"
      ))
    rows.append(
      (
        "aggregate variances",
        "\(range(latents.aggregateVariance)) (prior \(range(latents.priorVariance)))"
      ))
    if let aggregate = aggregatePosterior {
      rows.append(
        (
          "KL(q(z) ‖ p(z))",
          "\(number(aggregate.divergence, 2))\(error(aggregate.divergenceStandardError)) nats "
            + "(\(aggregate.examples) examples)"
        ))
      rows.append(
        (
          "information I(x; z)",
          "\(number(aggregate.mutualInformation, 2))"
            + "\(error(aggregate.mutualInformationStandardError)) nats "
            + "(at most \(number(aggregate.informationCeiling, 2)))"
        ))
    }
    return rows
  }

  // By the dimension's number, as in the charts; of many, the largest.
  private func divergences(_ kl: [Double]) -> String {
    let most = 12
    let chosen = kl.indices.sorted { (kl[$0], $1) > (kl[$1], $0) }.prefix(most).sorted()
    let shown = chosen.map { "\($0 + 1): \(number(kl[$0], 2))" }.joined(separator: "  ")
    return shown + (kl.count > most ? "  (the \(most) largest of \(kl.count))" : "")
  }

  private var decoderRows: [(name: String, value: String)] {
    var rows: [(name: String, value: String)] = []
    if let s = smoothness {
      rows += [
        (
          "output change, z by 1",
          "\(number(s.changeAtCodes, 2))\(error(s.changeAtCodesStandardError)) from the data's codes, "
            + "\(number(s.changeAtPrior, 2))\(error(s.changeAtPriorStandardError)) from draws of the prior"
        ),
        (
          "output change, z by σ",
          "\(number(s.changePerDeviation, 2))\(error(s.changePerDeviationStandardError)) from the data's "
            + "codes, σ their deviation (two examples are \(number(s.distanceBetweenExamples, 2)) apart)"
        ),
      ]
    }
    if let samples {
      rows += qualityRows(samples.samples, "samples", are: "samples")
      if let real = samples.realData {
        rows += qualityRows(real, "real data", are: "other examples, taken as samples,")
      }
    }
    return rows
  }

  // What is compared with the examples, as a name and in a sentence.
  private func qualityRows(
    _ quality: SampleQuality, _ name: String, are what: String
  ) -> [(name: String, value: String)] {
    [
      (
        "\(name): precision",
        "\(number(quality.precision)) of the \(what) lie near an example (no farther than its "
          + "neighbour \(quality.neighbours) of \(quality.points))"
      ),
      (
        "\(name): recall",
        "\(number(quality.recall)) of the examples lie near \(what == "samples" ? "a sample" : "one of those")"
      ),
      (
        "\(name): MMD²",
        "\(number(quality.discrepancy, 5)) ± \(number(quality.discrepancyStandardError, 5)) "
          + "(Gaussian kernel, width \(number(quality.kernelWidth, 2)))"
      ),
    ]
  }

  private var disentanglementRows: [(name: String, value: String)] {
    guard let scores = disentanglement else { return [] }
    let dci = scores.disentanglementCompleteness
    func part(_ value: Double?) -> String { value.map { number($0) } ?? "none" }
    return [
      ("MIG", number(scores.mutualInformationGap.score)),
      ("SAP", number(scores.separatedAttributePredictability.score)),
      (
        "DCI",
        "disentanglement \(part(dci.disentanglement)), completeness \(part(dci.completeness)), "
          + "informativeness \(number(dci.informativeness))"
      ),
      ("FactorVAE score", number(scores.factorVAEScore.score)),
    ]
  }

  // Of one number there is no standard error, which is not one of zero.
  private func error(_ value: Double?, _ decimals: Int = 2) -> String {
    value.map { " ± \(number($0, decimals))" } ?? ""
  }

  private func number(_ value: Double, _ decimals: Int = 3) -> String {
    String(format: "%.\(decimals)f", value)
  }
}
