// README.md of a model folder: what the model is, how it was trained, how to use it. Hubs that show models read
// the lines between the dashes at its top.

import Formats
import Foundation

/// A model folder's README.md.
///
/// The front matter follows the Hugging Face hub's model cards
/// (https://huggingface.co/docs/hub/model-cards): `library_name`, `pipeline_tag`, `tags`, `datasets` where the
/// data is a published set, and the last evaluation as `model-index`. A licence is the author's to give.
public struct ModelCard: Sendable {
  /// The file's name.
  public static let fileName = "README.md"
  /// The line by which a card is known as ours. A README.md without it is never replaced.
  public static let mark =
    "<!-- Written by `vae train`; without this line it is yours and stays as it is. -->"

  let spec: ModelSpec
  let summary: ModelSummary
  let tensors: [(name: String, shape: [Int])]
  let dataName: String
  let isFashionMNIST: Bool
  let trainingExamples: Int
  let epochs: Int
  let evaluation: Evaluation?
  let evaluationName: String

  /// Describes a model as it is after training.
  ///
  /// - Parameters:
  ///   - model: with the weights that the folder holds
  ///   - data: what it was trained on
  ///   - epochs: how many were run
  ///   - evaluation: its last numbers; nil if there are none
  ///   - evaluationName: which part of the data they are of: "test", "validation" or "training"
  public init(
    _ model: Model, data: DataSet, epochs: Int, evaluation: Evaluation? = nil,
    evaluationName: String = "test"
  ) {
    spec = model.spec
    summary = ModelSummary(model)
    tensors = model.layout.tensors.map { ($0.name, $0.shape) }
    isFashionMNIST = data.name.lowercased().hasPrefix("fashion-mnist")
    // A path tells more about the author's machine than about the data.
    dataName =
      isFashionMNIST
      ? "Fashion-MNIST" : data.name.split(separator: "/").last.map(String.init) ?? data.name
    trainingExamples = data.count
    self.epochs = epochs
    self.evaluation = evaluation
    self.evaluationName = evaluationName
  }

  /// Writes the card, unless somebody else's README.md is there.
  ///
  /// - Returns: whether it was written.
  /// - Throws: `FormatError` when the file cannot be written.
  @discardableResult
  public func write(to folder: RunFolder) throws(FormatError) -> Bool {
    let path = folder.file(ModelCard.fileName)
    if FileManager.default.fileExists(atPath: path) && !ModelCard.isOurs(folder) { return false }
    try AtomicFile.write([Array(text.utf8)], to: path)
    return true
  }

  /// Removes a card of an earlier model; somebody else's README.md stays.
  public static func remove(from folder: RunFolder) throws(FormatError) {
    if isOurs(folder) { try folder.remove([fileName]) }
  }

  private static func isOurs(_ folder: RunFolder) -> Bool {
    guard let bytes = try? FileBytes.read(folder.file(fileName)) else { return false }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").contains { $0 == mark }
  }

  /// The whole file.
  public var text: String { frontMatter + "\n" + ModelCard.mark + "\n\n" + body }

  private var isImage: Bool { !spec.data.stored.isFlat }

  private var kind: String {
    spec.posterior == .deterministic ? "autoencoder" : "variational autoencoder"
  }

  // MARK: front matter

  private var frontMatter: String {
    var lines = ["---", "library_name: variational"]
    lines.append(
      "pipeline_tag: " + (isImage ? "unconditional-image-generation" : "feature-extraction"))
    lines += ["tags:", "- \(kind.replacingOccurrences(of: " ", with: "-"))", "- safetensors"]
    if isImage { lines.append("- image-generation") } else { lines.append("- tabular") }
    if isFashionMNIST { lines += ["datasets:", "- zalando-datasets/fashion_mnist"] }
    if let evaluation { lines += modelIndex(evaluation) }
    return (lines + ["---"]).joined(separator: "\n") + "\n"
  }

  private func modelIndex(_ evaluation: Evaluation) -> [String] {
    var lines = [
      "model-index:", "- name: \(quoted(spec.name))", "  results:", "  - task:",
      "      type: " + (isImage ? "unconditional-image-generation" : "feature-extraction"),
      "    dataset:", "      name: \(quoted(dataName))",
      "      type: " + (isFashionMNIST ? "zalando-datasets/fashion_mnist" : quoted(dataName)),
      "      split: \(evaluationName)", "    metrics:",
    ]
    for (type, name, value) in metrics(evaluation) {
      lines += [
        "    - type: \(type)", "      name: \(quoted(name))", "      value: \(value)",
      ]
    }
    return lines
  }

  private func metrics(_ evaluation: Evaluation) -> [(type: String, name: String, value: Double)] {
    var metrics = [
      ("loss", "loss (training objective)", evaluation.loss),
      ("reconstruction", "reconstruction term of the loss", evaluation.reconstruction),
    ]
    if spec.posterior == .diagonalGaussian {
      metrics.append(("kl", "KL divergence, nats per example", evaluation.kl))
    }
    metrics.append(("elbo", "evidence lower bound, nats per example", evaluation.elbo))
    if let estimate = evaluation.logLikelihood {
      metrics.append(("log_likelihood", "importance-sampled log-likelihood, nats", estimate))
    }
    return metrics.map { (type: $0.0, name: $0.1, value: $0.2) }
  }

  // A text as YAML's double-quoted scalar, of which JSON's strings are a part.
  private func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let data = (try? encoder.encode(text)) ?? Data("\"\"".utf8)
    return String(decoding: data, as: UTF8.self)
  }
}
