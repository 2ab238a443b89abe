// Which epoch of a training is the best one.

import Networks

/// What the validation data are asked for when epochs are compared.
public enum Selection: String, Sendable, Hashable, CaseIterable {
  /// The objective's own loss with β, and a capacity, at their final values; see ``Model/objectiveLoss(of:)``.
  case objective
  /// The evidence lower bound, in which β is 1.
  case bound
  /// The reconstruction term alone.
  case reconstruction

  /// The names in config.json and on the command line.
  public static let names = allCases.map(\.rawValue)

  /// What has not improved when training stops early.
  public var quantity: String {
    switch self {
    case .objective: "validation loss"
    case .bound: "validation bound"
    case .reconstruction: "reconstruction of the validation data"
    }
  }
}

extension Selection: Codable {
  /// Reads a name.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    let name = try value.decode(String.self)
    guard let selection = Selection(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: value,
        debugDescription: unknownName(name, what: "selection", valid: Selection.names))
    }
    self = selection
  }
}

extension Model {
  /// The number by which an epoch is judged; lower is better.
  func judgement(of evaluation: Evaluation, by selection: Selection) -> Double {
    switch selection {
    case .objective: objectiveLoss(of: evaluation)
    case .bound: -evaluation.elbo
    case .reconstruction: evaluation.reconstruction
    }
  }

  /// The objective's loss of an evaluation, as far as its means tell it, in the objective's units.
  ///
  /// It is ``Evaluation/loss``, reconstruction + β·KL, but for the capacity objective: reconstruction + β·γ·|KL − C| with
  /// the C that is reached in the end. Objectives that look at several samples, at a whole minibatch or at weights
  /// (importance-weighted bounds, free bits, total correlation, discrepancies, regularisers) have terms
  /// that an evaluation with one sample does not measure; of them too it is reconstruction + β·KL.
  public func objectiveLoss(of evaluation: Evaluation) -> Double {
    guard case .capacity(let nats, _, let weight) = spec.objective.kind else {
      return evaluation.loss
    }
    return evaluation.reconstruction + spec.objective.beta * weight * abs(evaluation.kl - nats)
  }
}

extension ObjectiveSpec {
  /// Epochs until the objective is what it stays: β has risen, and the capacity if it has one.
  var changingEpochs: Double {
    guard case .capacity(_, let epochs, _) = kind else { return warmUpEpochs }
    return max(warmUpEpochs, epochs)
  }

  /// Whether the objective is what it stays once so many epochs are over.
  func isSettled(afterEpochs epochs: Int) -> Bool { Double(epochs) >= changingEpochs }
}
