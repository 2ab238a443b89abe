// Training as TensorBoard shows it: curves and pictures, a point an epoch.

import Formats
import Foundation

/// An observer of training that writes an event file for TensorBoard into a folder.
///
///     let log = try TensorBoardLog(folder: RunFolder("garments"), model: model, data: heldOut)
///     let outcome = try fit.run { event in log.observe(event) }
///     // tensorboard --logdir .
///
/// The horizontal axis is the training step. Every log has a file of its own, so a resumed run's curves go on
/// where the earlier file's ended. The curves are metrics.jsonl's numbers in single precision: `loss`,
/// `reconstruction` and `kl` of training and validation, `elbo/validation`, `gradient_norm`, `beta`,
/// `learning_rate`, `saturations`, `seconds`, and `penalty/training` where the objective has one.
public final class TensorBoardLog {
  /// Why nothing is written any more; nil if all is well. Training need not end for that.
  public private(set) var failure: (any Error)?

  private let file: EventFile
  private let model: Model?
  private let pictured: DataSet?

  /// How many samples, and how many examples with their reconstructions, an epoch's pictures show.
  public static let samples = 25
  /// See ``samples``.
  public static let reconstructions = 20

  /// Begins a file.
  ///
  /// - Parameters:
  ///   - folder: where the file goes; must exist
  ///   - model: draws pictures after every epoch, if its examples are images; nil for curves only
  ///   - data: examples whose reconstructions are shown; nil for samples only
  /// - Throws: `FormatError` when the file cannot be made.
  public init(
    folder: RunFolder, model: Model? = nil, data: DataSet? = nil
  ) throws(FormatError) {
    self.model = model.flatMap { RunPictures.canDraw($0.spec) ? $0 : nil }
    pictured = data?.prefix(TensorBoardLog.reconstructions)
    file = try EventFile(folder: folder.path, time: Date().timeIntervalSince1970)
  }

  /// The path of the event file.
  public var path: String { file.path }

  /// Writes what an epoch left behind; steps are passed over.
  public func observe(_ event: FitEvent) {
    guard failure == nil, case .epoch(let record) = event else { return }
    do {
      let values = try TensorBoardLog.scalars(record) + pictures()
      try file.append(
        SummaryEvent(time: Date().timeIntervalSince1970, step: record.step, values: values))
    } catch { failure = error }
  }

  /// The names of the event files that logs have left in a folder.
  public static func files(in folder: RunFolder) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.contains("tfevents") && $0.hasSuffix(".variational") }.sorted()
  }

  static func scalars(_ record: EpochRecord) -> [(tag: String, value: SummaryValue)] {
    let training = record.training
    var numbers: [(String, Double?)] = [
      ("loss/training", training.loss), ("reconstruction/training", training.reconstruction),
      ("kl/training", training.kl), ("penalty/training", training.penalty),
      ("gradient_norm", training.gradientNorm), ("learning_rate", record.learningRate),
      ("beta", record.beta), ("saturations", Double(record.saturations)),
      ("seconds", record.seconds),
    ]
    if let validation = record.validation {
      numbers += [
        ("loss/validation", validation.loss),
        ("reconstruction/validation", validation.reconstruction),
        ("kl/validation", validation.kl), ("elbo/validation", validation.elbo),
      ]
    }
    return numbers.compactMap { tag, value in
      value.map { (tag: tag, value: SummaryValue.scalar(Float($0))) }
    }
  }

  private func pictures() throws -> [(tag: String, value: SummaryValue)] {
    guard let model else { return [] }
    let pictures = RunPictures(model, seed: model.spec.training.seed)
    var grids = [("samples", pictures.samples(TensorBoardLog.samples))]
    if let pictured {
      grids.append(
        ("reconstructions", try pictures.reconstructions(of: pictured, count: pictured.count)))
    }
    return try grids.map { tag, grid in
      let image = PNGImage(
        width: grid.width, height: grid.height, channels: grid.channels, pixels: grid.pixels)
      return (
        tag: tag,
        value: .image(
          png: try PNG.encode(image), width: grid.width, height: grid.height,
          channels: grid.channels)
      )
    }
  }
}
