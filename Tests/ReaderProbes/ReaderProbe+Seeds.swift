import Foundation
import Kernels
import Networks
import Variational

extension ReaderProbe {
  /// Valid inputs to begin with, for the readers whose files belong to the engine; the array and image
  /// formats begin with the fixtures of FormatsTests.
  public func seeds() throws -> [[UInt8]] {
    switch self {
    case .idx, .npy, .npz, .png, .jpeg, .safetensors: []
    case .config: try ReaderProbe.descriptions().map { $0.json() }
    case .state: try [ReaderProbe.files(ofRunEndedAfter: 0).state, ReaderProbe.files().state]
    case .metrics: try [ReaderProbe.files().metrics]
    case .csv: ProbedTable.tables.map { Array($0.utf8) }
    case .schema: ProbedTable.schemas.map { Array($0.utf8) }
    }
  }

  // Every preset; a small model with every likelihood, objective, prior and kind of layer.
  private static func descriptions() throws -> [ModelSpec] {
    // The other presets take more memory than a probe may.
    var specs = try ["dense", "fashion"].map {
      try ModelSpec.preset($0, for: Shape(height: 8, width: 8, channels: 1), latents: 2)
    }
    for name in LikelihoodSpec.choiceNames {
      specs.append(
        try ProbedTraining.spec.replacing(likelihood: LikelihoodSpec(named: name, channels: 3)))
    }
    for kind in ObjectiveKind.all {
      var spec = ProbedTraining.spec
      if kind.isUsuallyDeterministic { spec = spec.asAutoencoder() }
      spec.objective = ObjectiveSpec(kind, beta: kind.usualBeta)
      spec.training.samples = max(spec.training.samples, kind.usualSamples)
      specs.append(spec)
    }
    for name in PriorSpec.names {
      var spec = ProbedTraining.spec
      // Pseudo-inputs do not go through batch normalisation.
      spec.encoder = [.dense(outputs: 2)]
      spec.prior = try PriorSpec.named(name, components: name == "standard_normal" ? nil : 2)
      specs.append(spec)
    }
    return specs + [layers, try ProbedTable.description()]
  }

  private static var layers: ModelSpec {
    ModelSpec(
      name: "layers", data: DataSpec(height: 4, width: 4, channels: 1, padding: 1),
      encoder: [
        .conv2D(ConvolutionSpec(filters: 2, stride: [2, 2])), .leakyReLU(slope: 0.2),
        .flatten, .dropout(rate: 0.1), .gatedDense(outputs: 4), .elu(alpha: 1), .gelu, .tanh,
        .dense(outputs: 2),
      ], latents: 1, logVarianceRange: -6...2,
      decoder: [
        .dense(outputs: 9), .softplus, .reshape(height: 3, width: 3, channels: 1),
        .convTranspose2D(ConvolutionSpec(filters: 1, stride: [2, 2])), .sigmoid,
      ], likelihood: .gaussian(.fixed(0.5)))
  }

  /// What a run of the probed model leaves, interrupted after some steps or whole.
  private static func files(
    ofRunEndedAfter steps: Int? = nil
  ) throws -> (state: [UInt8], metrics: [UInt8]) {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent(
      "vae-seed-\(UUID().uuidString)"
    ).path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let fit = try ProbedTraining.fit(in: RunFolder(path))
    _ = try fit.run(shouldStop: { steps.map { fit.trainer.completedSteps > $0 } ?? false })
    func bytes(_ name: String) -> [UInt8] {
      FileManager.default.contents(atPath: "\(path)/\(name)").map { [UInt8]($0) } ?? []
    }
    return (bytes("training_state.safetensors"), bytes("metrics.jsonl"))
  }
}
