import ArgumentParser
import Networks
import Variational

/// `--objective` and `--prior` with what belongs to them.
struct ObjectiveOptions: ParsableArguments {
  /// The names that `--objective` takes.
  static let names = ObjectiveKind.all.map(\.name) + ["autoencoder"]

  @Option(
    name: .long,
    help: """
      What is minimised: \(names.joined(separator: ", ")); elbo unless given. autoencoder has no noise \
      and no divergence. docs/OBJECTIVES.md says what each is for.
      """, completion: .list(names))
  var objective: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The weight of the KL divergence in the loss, or of what takes its place.")
  var beta: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Epochs over which beta rises from zero; none unless given.")
  var warmUpEpochs: Double?

  @Option(
    name: .long,
    help: "How beta rises: \(WarmUp.names.joined(separator: ", ")); linear unless given.",
    completion: .list(WarmUp.names))
  var warmUp: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Draws of the latents for each example; 1 (iwae: 5, miwae: 8) unless given.")
  var samples: Int?

  @Option(
    name: .long,
    help: "The prior: \(PriorSpec.names.joined(separator: ", ")); standard_normal unless given.",
    completion: .list(PriorSpec.names))
  var prior: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Components of a mixture or pseudo-inputs of a vamp_prior; 500 unless given.")
  var priorComponents: Int?

  func validate() throws {
    if let objective, !Self.names.contains(objective) {
      throw ValidationError(unknownName(objective, what: "objective", valid: Self.names) + ".")
    }
    if let prior, !PriorSpec.names.contains(prior) {
      throw ValidationError(unknownName(prior, what: "prior", valid: PriorSpec.names) + ".")
    }
    if let warmUp, !WarmUp.names.contains(warmUp) {
      throw ValidationError(unknownName(warmUp, what: "warm-up", valid: WarmUp.names) + ".")
    }
    for (name, value) in [("--beta", beta), ("--warm-up-epochs", warmUpEpochs)] {
      if let value, !(value >= 0 && value.isFinite) {
        throw ValidationError("\(name) \(value) should be a number of at least 0.")
      }
    }
    for (name, value) in [("--samples", samples), ("--prior-components", priorComponents)] {
      if let value, value < 1 || value > 1 << 16 {
        throw ValidationError("\(name) \(value) should lie between 1 and \(1 << 16).")
      }
    }
    if priorComponents != nil && (prior ?? "standard_normal") == "standard_normal" {
      throw ValidationError("--prior-components goes with --prior mixture or vamp_prior.")
    }
    if beta != nil && objective == "autoencoder" {
      throw ValidationError("--beta has nothing to weigh with --objective autoencoder.")
    }
  }

  /// The options that were given, for those that `--resume` excludes.
  var given: [(String, Bool)] {
    [
      ("--objective", objective != nil), ("--beta", beta != nil),
      ("--warm-up-epochs", warmUpEpochs != nil), ("--warm-up", warmUp != nil),
      ("--samples", samples != nil),
      ("--prior", prior != nil), ("--prior-components", priorComponents != nil),
    ]
  }

  /// Changes a description as the options say.
  func apply(to spec: inout ModelSpec) throws {
    if objective == "autoencoder" {
      spec = spec.asAutoencoder()
    } else if let objective, let kind = ObjectiveKind.named(objective) {
      if spec.posterior == .deterministic && !kind.isUsuallyDeterministic {
        throw ValidationError(
          "--objective \(objective) does not fit a model whose posterior is deterministic.")
      }
      if kind.name != spec.objective.kind.name {
        if kind.isUsuallyDeterministic { spec = spec.asAutoencoder() }
        spec.objective.kind = kind
        spec.objective.beta = kind.usualBeta
        spec.training.samples = max(spec.training.samples, kind.usualSamples)
      }
    }
    if let prior { spec.prior = try PriorSpec.named(prior, components: priorComponents) }
    if let beta { spec.objective.beta = beta }
    if let warmUpEpochs { spec.objective.warmUpEpochs = warmUpEpochs }
    if let shape = warmUp.flatMap(WarmUp.named) { spec.objective.warmUp = shape }
    if let samples { spec.training.samples = samples }
  }
}
