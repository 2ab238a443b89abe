// From the options of `vae train` to a description and a compiled model.

import ArgumentParser
import Formats
import Variational

extension TrainCommand {
  // What is held out is known before the model: a preset holds nothing out by itself.
  func load(_ base: ModelSpec?) throws -> DataParts {
    var training = base?.training ?? TrainingSpec()
    if resume == nil { settings.applySplit(to: &training) }
    var reading = try data.reading(for: base?.data)
    if data.tables.schema != nil && base?.table != nil {
      throw ValidationError("--schema does not go with a --config that has the schema of a table.")
    }
    reading.table.schema = base?.table
    if base?.data.missing == true { reading.allowsMissing = true }
    if reading.classes.isEmpty, let classes = base?.data.classes {
      reading.classes = classes.forOtherData
    }
    let given = reading
    let parts = try readingRows { try data.source.load(splitting: training, given) }
    if resume != nil, let known = base?.data.classes, parts.classes?.isSame(as: known) == false {
      throw ValidationError(
        "--resume goes on with the classes of the run, which was trained with"
          + "\(ClassOptions.arguments(known)); leave --only-class and --exclude-class out.")
    }
    var said: Set<String> = []
    for set in [parts.all, parts.validation, parts.test].compactMap({ $0 })
    where said.insert(set.name).inserted {
      for note in set.notes { Console.error(note) }
    }
    return parts
  }

  func makeSpec(for parts: DataParts, _ base: ModelSpec?) throws -> ModelSpec {
    if resume != nil, var spec = base {
      if let epochs = settings.epochs { spec.training.epochs = epochs }
      return spec
    }
    var spec = try base ?? preset(for: parts)
    if spec.table == nil { spec.table = parts.table }
    if let images = data.files.images.preparation { spec.data.images = images }
    if let fullScale = data.files.fullScale { spec.data.fullScale = fullScale }
    if let likelihood { spec = try replaceLikelihood(likelihood, in: spec) }
    try objective.apply(to: &spec)
    spec.data.classes = parts.classes
    try condition.apply(to: &spec, parts: parts)
    settings.apply(to: &spec.training)
    return spec
  }

  private func preset(for parts: DataParts) throws -> ModelSpec {
    let name = preset ?? (parts.table == nil ? "dense" : "table")
    guard name == "table" else {
      return try ModelSpec.preset(name, for: parts.all.shape, latents: latents)
    }
    guard let table = parts.table else {
      throw DataError(
        data.data, "is no CSV file, for whose columns the preset table is; \"dense\" takes any data"
      )
    }
    return try ModelSpec.table(table, latents: latents)
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
    } catch let error as SpecError {
      if let config { throw FormatError(file: config, reason: "\(error)") }
      throw error
    }
    if output == nil && (spec.name.isEmpty || spec.name.hasPrefix(".") || spec.name.contains("/")) {
      throw ValidationError(
        "The model's name \"\(spec.name)\" cannot name a folder in runs; give --output too.")
    }
    try refuseOccupied(folder)
    return model
  }
}
