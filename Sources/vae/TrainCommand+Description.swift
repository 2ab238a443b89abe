// From the options of `vae train` to a description and a compiled model.

import ArgumentParser
import Formats
import Variational

extension TrainCommand {
  func makeSpec(for data: DataSet) throws -> ModelSpec {
    if let resume {
      var spec = try RunFolder(resume).loadSpec()
      if let epochs = settings.epochs { spec.training.epochs = epochs }
      return spec
    }
    var spec =
      if let config { try ModelSpec.read(config) } else {
        try ModelSpec.preset(preset ?? "dense", for: data.shape, latents: latents)
      }
    if let likelihood { spec = try replaceLikelihood(likelihood, in: spec) }
    try objective.apply(to: &spec)
    try condition.apply(to: &spec, data: data)
    settings.apply(to: &spec.training)
    return spec
  }

  private func replaceLikelihood(_ name: String, in spec: ModelSpec) throws -> ModelSpec {
    let result: ModelSpec
    do {
      result = try spec.replacing(
        likelihood: try LikelihoodSpec(named: name, channels: spec.data.channels))
    } catch {
      throw ValidationError("--likelihood \(name): \(error.reason).")
    }
    if result.objective.reconstruction != spec.objective.reconstruction {
      Console.error(
        "The weighted mean of \"\(spec.name)\" as reconstruction loss was meant for another "
          + "likelihood; the negative log-likelihood is used.")
    }
    return result
  }

  func compile(_ spec: ModelSpec, _ folder: RunFolder) throws -> Model {
    if resume != nil {
      // Weights that cannot be read would be noticed only when the run has ended.
      _ = try folder.loadModel(threads: threadOptions.threads)
      return try Model(spec, threads: threadOptions.threads, backend: backend.backend)
    }
    let model: Model
    do {
      model = try Model(spec, threads: threadOptions.threads, backend: backend.backend)
    } catch {
      if let config { throw FormatError(file: config, reason: "\(error)") }
      throw error
    }
    if output == nil && (spec.name.isEmpty || spec.name.hasPrefix(".") || spec.name.contains("/")) {
      throw ValidationError(
        "The model's name \"\(spec.name)\" cannot name a folder in runs; give --output too.")
    }
    if folder.hasModel && !overwrite {
      throw DataError(
        folder.path,
        "there is a model in this folder already; --resume \(folder.path) goes on with it, "
          + "--overwrite replaces it, --output names another folder")
    }
    return model
  }
}
