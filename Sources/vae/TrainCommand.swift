import ArgumentParser
import Formats
import Foundation
import Networks
import Variational

/// `vae train`
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a model and writes its folder.",
    discussion: """
      The folder holds config.json, model.safetensors, metrics.jsonl, training_state.safetensors and \
      pictures. Ctrl-C finishes the step, saves and says how to go on.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var backend: BackendOptions

  @Option(
    name: .long,
    help:
      "The model: dense, fashion, faces or table; table for a CSV file and dense for others unless given."
  )
  var preset: String?

  @Option(
    name: .long, help: "A model's description, such as a run's config.json, instead of a preset.")
  var config: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Latent dimensions; dense takes 20, fashion 2, faces 200, table up to 10 unless given.")
  var latents: Int?

  @OptionGroup var objective: ObjectiveOptions
  @OptionGroup var condition: ConditionOptions

  @Option(
    name: .long,
    help:
      "The distribution of the data, instead of the model's own: \(LikelihoodSpec.choiceNames.joined(separator: ", "))."
  )
  var likelihood: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Passes over the training data; 10 (fashion: 5, table: more for fewer rows) unless given."
  )
  var epochs: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Examples in a minibatch; 128 (fashion: 100, small tables: 32) unless given.")
  var batchSize: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The learning rate; 0.001 (fashion and faces: 0.0005) unless given.")
  var learningRate: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Scales gradients down to this norm; no limit unless given.")
  var clipNorm: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The part of the data, from 0 to 1, held out to choose the best epoch by.")
  var validationFraction: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The number of examples held out instead, the last ones of the data.")
  var validationCount: Int?

  @OptionGroup var splits: SplitOptions

  @Option(
    name: .long, parsing: .unconditional,
    help: "Epochs without a better validation bound before training stops.")
  var patience: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The same seed gives the same weights, order and noise; 1 unless given.")
  var seed: UInt64?

  @Option(name: .long, help: "The folder to write; runs/<model> unless given.")
  var output: String?

  @Option(name: .long, help: "A folder whose training goes on, with the settings it has.")
  var resume: String?

  @Flag(name: .long, help: "Replaces a model that is already in the output folder.")
  var overwrite = false

  @Flag(name: .long, help: "Writes no pictures.")
  var noPictures = false

  @Flag(name: .long, help: "Prints the result as one JSON object.")
  var json = false

  func validate() throws {
    if preset != nil && config != nil {
      throw ValidationError(
        "--preset and --config exclude each other: a model has one description.")
    }
    let presets = ModelSpec.presetNames + ["table"]
    if let preset, !presets.contains(preset) {
      throw ValidationError(unknownName(preset, what: "preset", valid: presets) + ".")
    }
    if let likelihood {
      do { _ = try LikelihoodSpec(named: likelihood, channels: 1) } catch {
        throw ValidationError("\(error.reason).")
      }
    }
    try requirePositive("--latents", latents, most: 1 << 16)
    try requirePositive("--epochs", epochs, most: 1_000_000)
    try requirePositive("--batch-size", batchSize, most: 1 << 20)
    try requirePositive("--learning-rate", learningRate)
    try requirePositive("--clip-norm", clipNorm)
    try requirePositive("--patience", patience)
    if let fraction = validationFraction, !(fraction >= 0 && fraction < 1) {
      throw ValidationError("--validation-fraction \(fraction) should lie in [0, 1).")
    }
    if let count = validationCount, count < 0 {
      throw ValidationError("--validation-count \(count) should be at least 0.")
    }
    if splits.validation != nil && ((validationFraction ?? 0) > 0 || (validationCount ?? 0) > 0) {
      throw ValidationError(
        "--validation names a file of examples; leave --validation-fraction and --validation-count out."
      )
    }
    if config != nil && latents != nil {
      throw ValidationError("--latents goes with --preset; a --config file says it itself.")
    }
    if patience != nil && config == nil && resume == nil && (validationFraction ?? 0) == 0
      && (validationCount ?? 0) == 0 && splits.validation == nil
    {
      throw ValidationError(
        "--patience is judged on validation data: give --validation-fraction above 0 too.")
    }
    for (name, value) in [("--output", output), ("--config", config), ("--resume", resume)]
    where value == "" {
      throw ValidationError("\(name) is an empty name.")
    }
    try validateResume()
  }

  private func requirePositive(_ name: String, _ value: Int?, most: Int = .max) throws {
    guard let value, value < 1 || value > most else { return }
    throw ValidationError(
      most == .max
        ? "\(name) \(value) should be a positive number."
        : "\(name) \(value) should lie between 1 and \(most).")
  }

  private func requirePositive(_ name: String, _ value: Double?) throws {
    if let value, !(value > 0 && value.isFinite) {
      throw ValidationError("\(name) \(value) should be a positive number.")
    }
  }

  // What would change the model or its numbers cannot be changed half-way.
  private func validateResume() throws {
    guard resume != nil else { return }
    let given: [(String, Bool)] = [
      ("--preset", preset != nil), ("--config", config != nil), ("--latents", latents != nil),
      ("--likelihood", likelihood != nil), ("--batch-size", batchSize != nil),
      ("--learning-rate", learningRate != nil), ("--clip-norm", clipNorm != nil),
      ("--validation-fraction", validationFraction != nil),
      ("--validation-count", validationCount != nil), ("--patience", patience != nil),
      ("--seed", seed != nil), ("--output", output != nil), ("--overwrite", overwrite),
      ("--schema", data.tables.schema != nil),
    ]
    if let (name, _) = (given + objective.given + splits.given + condition.given).first(
      where: \.1)
    {
      throw ValidationError(
        "\(name) does not go with --resume, which goes on with the settings of the run; "
          + "only --epochs, --threads and --backend can change.")
    }
  }

  // Everything that can be refused is refused before anything is written.
  mutating func run() throws {
    let base =
      try resume.map { try RunFolder($0).loadSpec() } ?? config.map { try ModelSpec.read($0) }
    let parts = try load(base)
    let spec = try makeSpec(for: parts, base)
    let folder = RunFolder(resume ?? output ?? "runs/\(spec.name)")
    let model = try compile(spec, folder)
    try parts.all.check(against: spec)

    let (training, holdsOut) = (parts.training, parts.validation != nil)
    let evaluation = parts.validation ?? parts.test
    let trainer = try Trainer(model, data: training, settings: spec.training)
    let fit = try Fit(trainer, validation: evaluation, selecting: holdsOut, folder: folder)
    if resume != nil { try goOn(fit, folder) } else { try begin(fit, folder) }
    announce(model, training, folder)
    let outcome = try runInterruptibly(fit, folder)
    try finish(
      outcome, fit, folder, evaluation ?? training,
      name: holdsOut ? "validation" : evaluation != nil ? "test" : "training")
  }

  // What is held out is known before the model: a preset holds nothing out by itself.
  private func load(_ base: ModelSpec?) throws -> DataParts {
    var settings = base?.training ?? TrainingSpec()
    if resume == nil { applySplit(to: &settings) }
    var reading = try data.reading()
    if data.tables.schema != nil && base?.table != nil {
      throw ValidationError("--schema does not go with a --config that has the schema of a table.")
    }
    reading.table.schema = base?.table
    return try data.source.load(splitting: settings, reading)
  }

  private func applySplit(to settings: inout TrainingSpec) {
    if let validationFraction { settings.validationFraction = validationFraction }
    if let validationCount { settings.validationCount = validationCount }
    splits.apply(to: &settings)
    if let seed { settings.seed = seed }
  }

  private func makeSpec(for parts: DataParts, _ base: ModelSpec?) throws -> ModelSpec {
    if resume != nil, var spec = base {
      if let epochs { spec.training.epochs = epochs }
      return spec
    }
    var spec = try base ?? preset(for: parts)
    if spec.table == nil { spec.table = parts.table }
    if let likelihood { spec = try replaceLikelihood(likelihood, in: spec) }
    try objective.apply(to: &spec)
    try condition.apply(to: &spec, data: parts.all)
    if let epochs { spec.training.epochs = epochs }
    if let batchSize { spec.training.batchSize = batchSize }
    if let learningRate { spec.training.learningRate = learningRate }
    if let clipNorm { spec.training.clipNorm = clipNorm }
    if let patience { spec.training.patience = patience }
    applySplit(to: &spec.training)
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

  private func compile(_ spec: ModelSpec, _ folder: RunFolder) throws -> Model {
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

  private func begin(_ fit: Fit, _ folder: RunFolder) throws {
    var made: [RunFolder] = []
    do {
      try writing {
        for place in (output == nil ? [RunFolder("runs")] : []) + [folder] {
          if try place.create() { made.append(place) }
        }
        try fit.start()
        try folder.remove(RunPictures.fileNames)
      }
    } catch {
      for place in made.reversed() { place.discard() }
      throw error
    }
  }

  private func goOn(_ fit: Fit, _ folder: RunFolder) throws {
    try fit.restore()
    let spec = fit.trainer.model.spec
    if let epochs, epochs < fit.completedEpochs {
      throw ValidationError(
        "--epochs \(epochs) should be at least the \(fit.completedEpochs) epochs that "
          + "\(folder.path) has behind it.")
    }
    if spec.training.epochs == fit.completedEpochs {
      Console.error(
        "\(folder.path) has all its \(fit.completedEpochs) epochs behind it; a larger --epochs "
          + "goes on.")
    }
    if try spec != folder.loadSpec() { try writing { try folder.saveSpec(spec) } }
  }

  private func announce(_ model: Model, _ data: DataSet, _ folder: RunFolder) {
    let spec = model.spec
    Console.error(
      "Training \"\(spec.name)\" (\(model.parameterCount) parameters, \(spec.latents) latents) on "
        + "\(data.count) examples of \(data.shape), batch \(spec.training.batchSize), "
        + "\(spec.training.epochs) epochs, seed \(spec.training.seed), \(model.threads) threads, "
        + "into \(folder.path)")
  }

  private func runInterruptibly(_ fit: Fit, _ folder: RunFolder) throws -> FitOutcome {
    Interruption.watch()
    defer { Interruption.endWatch() }
    let progress = TrainingDisplay(
      epochs: fit.trainer.settings.epochs, hasDivergence: fit.trainer.model.isVariational)
    do {
      defer { progress.end() }
      return try writing {
        try fit.run(report: progress.show, shouldStop: { Interruption.requested })
      }
    } catch let error as TrainingError {
      Console.error("\(folder.path) holds the model as it was saved last.")
      throw error
    }
  }

  private func finish(
    _ outcome: FitOutcome, _ fit: Fit, _ folder: RunFolder, _ evaluation: DataSet, name: String
  ) throws {
    if outcome == .interrupted {
      Console.error(
        """
        Interrupted after step \(fit.trainer.completedSteps); everything is saved in \(folder.path).
        To go on: vae train \(dataArguments) --resume \(folder.path)
        """)
      throw ExitCode(130)
    }
    if outcome == .stoppedEarly {
      Console.error("Stopped early: the validation bound has not improved.")
    }
    if let best = fit.bestEpoch { Console.error("The best epoch, \(best), is kept.") }
    // What the folder holds, which may be an earlier epoch's weights.
    let model = fit.trainer.model
    try folder.loadWeights(into: model)
    var contents = EvaluationReport.Contents()
    contents.trainingReconstruction = fit.trainingReconstruction
    let result = try model.report(on: evaluation, contents).report
    if !noPictures {
      let files = try writing {
        try RunPictures(model, seed: model.spec.training.seed).write(
          to: folder, data: evaluation, records: fit.records, evaluationName: name)
      }
      Console.error("Pictures in \(folder.path): \(files.joined(separator: ", "))")
    }
    for warning in result.warnings.prefix(2) { Console.error("Warning: \(warning.text)") }
    if json { try Console.outputJSON(result) } else { try EvaluationTable(result).printSummary() }
  }

  private var dataArguments: String {
    let folder = data.dataDirectory.map { " --data-directory \($0)" } ?? ""
    return "--data \(data.data)\(folder)\(data.tables.arguments)"
  }
}
