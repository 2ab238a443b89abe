import ArgumentParser
import Formats
import Foundation
import Networks
import Variational

/// `vae fit-prior`
struct FitPriorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit-prior",
    abstract: "Fits a prior to the latents of a trained model's data.",
    discussion: """
      gaussian is one normal distribution with a full covariance, mixture several of them, two-stage a \
      small second autoencoder of the latents. The prior goes into the model's folder, where \
      vae sample --prior finds it. Works for plain autoencoders too.
      """)

  /// The names that `--kind` takes.
  static let kinds = FittedPrior.Kind.allCases.map(\.rawValue)

  @OptionGroup var model: ModelArgument
  @OptionGroup var data: DataOptions
  @OptionGroup var threads: ThreadOptions

  @Option(
    name: .long, help: "What is fitted: \(kinds.joined(separator: ", ")).",
    completion: .list(kinds))
  var kind: String

  @Option(
    name: .long, parsing: .unconditional,
    help: "Components of a mixture: a number (10 unless given), or auto to choose by BIC.")
  var components: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Starts of a mixture's fit, of which the best is kept; 3 unless given.")
  var restarts: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Epochs of a second stage's training; 20 unless given.")
  var epochs: Int?

  @Option(name: .long, parsing: .unconditional, help: "The same seed gives the same prior.")
  var seed: UInt64 = 1

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  func validate() throws {
    guard let kind = FittedPrior.Kind(rawValue: kind) else {
      throw ValidationError(unknownName(self.kind, what: "kind of prior", valid: Self.kinds) + ".")
    }
    for (name, isGiven) in [("--components", components != nil), ("--restarts", restarts != nil)]
    where isGiven && kind != .mixture {
      throw ValidationError("\(name) goes with --kind mixture, not with \(self.kind).")
    }
    if epochs != nil && kind != .twoStage {
      throw ValidationError("--epochs goes with --kind two-stage, not with \(self.kind).")
    }
    let largest = GaussianMixture.largestCount
    if let components, components != "auto" {
      guard let count = Int(components), count >= 1 && count <= largest else {
        throw ValidationError(
          "--components \(components) should be auto or lie between 1 and \(largest).")
      }
    }
    if let restarts, restarts < 1 || restarts > 10_000 {
      throw ValidationError("--restarts \(restarts) should lie between 1 and 10000.")
    }
    if let epochs, epochs < 1 || epochs > 1_000_000 {
      throw ValidationError("--epochs \(epochs) should lie between 1 and 1000000.")
    }
  }

  mutating func run() throws {
    let folder = RunFolder(model.model)
    guard let kind = FittedPrior.Kind(rawValue: kind) else { return }
    try FileUses(
      reading: data.uses, writing: [FileUses.Use("MODEL", folder.file(kind.fileName))]
    ).check()
    // The weights must not change between the fit and its record, and one writer at a time is enough.
    let lock = try FolderLock(folder.path)
    defer { lock.unlock() }
    let model = try model.load(threads: threads.threads)
    try writing { try folder.requireReplaceable(kind) }
    if kind != .twoStage { try writing { try AtomicFile.check(folder.file(kind.fileName)) } }
    let encodings = try model.encode(trainingData(model))
    let draws = encodings.draws(seed: seed)
    let (prior, hasConverged) = try fit(kind, model, encodings, draws)

    // A second stage's densities are estimated with samples of u: ten thousand rows are enough.
    let counted = kind == .twoStage ? draws.prefix(10_000) : draws
    let logDensity = try prior.meanLogDensity(of: counted, threads: model.threads)
    let heldOut =
      try data.source.hasParts
      ? model.aggregatePosteriorSamples(
        try data.load(nil, for: model, modelClasses: .always), seed: seed)
      : nil
    let record = FittedPriorRecord(
      prior, of: model, rows: draws.rows, seed: seed, logDensity: logDensity,
      heldOutLogDensity: try heldOut.map {
        try prior.meanLogDensity(of: $0, threads: model.threads)
      }, hasConverged: hasConverged)
    try writing { try folder.save(prior, record: record) }
    let standard = FittedPrior.gaussian(.standardNormal(dimensions: model.spec.latents))
    try Report(
      record: record, file: folder.file(kind.fileName),
      standardNormal: try standard.meanLogDensity(of: heldOut ?? draws, threads: model.threads)
    ).print(asJSON: json)
  }

  // The training part of a published set, and all of a file; of the classes that the model was trained on.
  private func trainingData(_ model: Model) throws -> DataSet {
    guard data.source.hasParts else {
      return try data.load(nil, for: model, modelClasses: .always)
    }
    var reading = try data.reading(for: model.spec.data)
    reading.modelClasses = .always
    return try data.source.loadTraining(for: model.spec, reading)
  }

  private func fit(
    _ kind: FittedPrior.Kind, _ model: Model, _ encodings: Encodings, _ draws: Matrix<Float>
  ) throws -> (FittedPrior, hasConverged: Bool?) {
    switch kind {
    case .gaussian:
      let prior = try GaussianPrior(
        fitting: encodings.means, logVariances: encodings.logVariances)
      return (.gaussian(prior), nil)
    case .mixture:
      let result = try fitMixture(draws, threads: model.threads)
      if !result.hasConverged {
        Console.error("Warning: expectation maximisation ended before it had converged.")
      }
      return (.mixture(result.mixture), result.hasConverged)
    case .twoStage: return (.twoStage(try fitSecondStage(draws, threads: model.threads)), nil)
    }
  }

  private func fitMixture(_ draws: Matrix<Float>, threads: Int) throws -> GaussianMixtureFit {
    var settings = GaussianMixture.Settings(seed: seed)
    if let restarts { settings.restarts = restarts }
    guard components == "auto" else {
      return try GaussianMixture.fit(
        draws, components: components.flatMap(Int.init) ?? 10, settings: settings,
        threads: threads)
    }
    return try GaussianMixture.fit(draws, settings: settings, threads: threads) { found in
      let criterion = Console.number(found.bayesianInformationCriterion, decimals: 1)
      Console.error("\(found.mixture.components) components: BIC \(criterion)")
    }
  }

  private func fitSecondStage(_ draws: Matrix<Float>, threads: Int) throws -> TwoStagePrior {
    var spec = ModelSpec.secondStage(dimensions: draws.columns)
    spec.training.seed = seed
    if let epochs { spec.training.epochs = epochs }
    let progress = TrainingDisplay(epochs: spec.training.epochs, hasDivergence: true)
    defer { progress.end() }
    return try TwoStagePrior(
      fitting: draws, spec: spec, threads: threads, report: progress.show)
  }
}

extension Matrix {
  fileprivate func prefix(_ count: Int) -> Matrix {
    submatrix(rows: 0..<Swift.min(count, rows), columns: 0..<columns)
  }
}

/// A fitted prior's numbers.
private struct Report: Encodable {
  let record: FittedPriorRecord
  let file: String
  /// What N(0, 1) gives the latents that were held out, or else those of the fit; nats.
  let standardNormal: Double

  private enum Key: String, CodingKey {
    case file
    case standardNormal = "standard_normal_log_density"
  }

  func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(file, forKey: .file)
    try values.encode(standardNormal, forKey: .standardNormal)
  }

  func print(asJSON: Bool) throws {
    if asJSON { return try Console.outputJSON(self) }
    func nats(_ value: Double) -> String {
      Console.number(value, decimals: 3) + " nats per example"
    }
    try Console.outputRow("prior", record.summary)
    try Console.outputRow("ln p(z)", nats(record.logDensity))
    if let heldOut = record.heldOutLogDensity {
      try Console.outputRow("ln p(z), held out", nats(heldOut))
    }
    try Console.outputRow("under N(0, 1)", nats(standardNormal))
    if let criterion = record.bayesianInformationCriterion {
      try Console.outputRow("BIC", Console.number(criterion, decimals: 1))
    }
    try Console.outputRow("file", file)
  }
}
