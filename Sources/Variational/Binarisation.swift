// Grey levels as probabilities: data of zeros and ones, drawn from images of values in between.

import Kernels
import Networks

/// How values in [0, 1] become zeros and ones before a model sees them.
///
/// A Bernoulli likelihood is a density of zeros and ones only; of grey levels it is a loss. With grey levels
/// taken as probabilities the log-likelihood means something again (Salakhutdinov and Murray, 2008), and
/// drawing anew whenever an example is seen keeps a model from learning one draw by heart.
///
/// Training may draw anew; all else (validation, test, encoding, reconstruction) sees each example as one
/// fixed draw, a function of the example's place in its file, so that numbers can be compared.
public enum Binarisation: String, Sendable, Hashable, Codable, CaseIterable {
  /// Values are taken as they are.
  case none
  /// One draw, in training too.
  case fixed
  /// A new draw in every minibatch of training, a function of seed, step, example and dimension.
  case dynamic

  /// Reads the name; an unknown one is answered with the nearest.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let value = Binarisation(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: unknownName(
          name, what: "binarisation", valid: Binarisation.allCases.map(\.rawValue)))
    }
    self = value
  }
}

/// One draw for every example there is.
struct BinaryDraws: Sendable {
  private let stream: RandomStream
  private let step: Int

  /// The draw of everything but training. Its seed is no setting: two models that are compared should have
  /// seen the same test data.
  static let fixed = BinaryDraws(
    stream: RandomStream(seed: 0, purpose: .binarisation, lane: 0), step: 0)

  /// The draws of a training step.
  static func training(seed: UInt64, step: Int) -> BinaryDraws {
    BinaryDraws(stream: RandomStream(seed: seed, purpose: .binarisation, lane: 1), step: step)
  }

  /// Replaces probabilities by zeros and ones.
  ///
  /// - Parameters:
  ///   - example: as the model sees it, padding included
  ///   - index: its place in the file
  func apply(to example: VectorView, index: Int) {
    stream.binarise(example, step: step, row: index)
  }
}

extension DataSpec {
  /// What training draws at a step; nil if values stay as they are.
  ///
  /// - Parameter step: steps taken before
  func trainingDraws(seed: UInt64, step: Int) -> BinaryDraws? {
    switch binarisation {
    case .none: nil
    case .fixed: .fixed
    case .dynamic: .training(seed: seed, step: step)
    }
  }

  /// What everything else draws; nil if values stay as they are.
  var evaluationDraws: BinaryDraws? { binarisation == .none ? nil : .fixed }
}
