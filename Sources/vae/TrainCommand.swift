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
      The folder holds config.json, model.safetensors, metrics.jsonl, training_state.safetensors, \
      README.md and pictures. Ctrl-C finishes the step, saves and says how to go on.
      """)

  /// The names that `--preset` takes.
  static let presets = ModelSpec.presetNames + ["table"]

  @OptionGroup var data: DataOptions
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var backend: BackendOptions

  @Option(
    name: .long,
    help:
      "The model: dense, fashion, faces or table; table for a CSV file and dense for others unless given.",
    completion: .list(presets))
  var preset: String?

  @Option(
    name: .long, help: "A model's description, such as a run's config.json, instead of a preset.",
    completion: .file(extensions: ["json"]))
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
      "The distribution of the data, instead of the model's own: \(LikelihoodSpec.choiceNames.joined(separator: ", ")).",
    completion: .list(LikelihoodSpec.choiceNames))
  var likelihood: String?

  @OptionGroup var settings: TrainingOptions

  @Option(
    name: .long, help: "The folder to write; runs/<model> unless given.", completion: .directory)
  var output: String?

  @Option(
    name: .long, help: "A folder whose training goes on, with the settings it has.",
    completion: .directory)
  var resume: String?

  @Flag(
    name: .long,
    help: """
      Replaces a model that is already in the output folder, or writes into a folder with other files; what no \
      training wrote stays.
      """)
  var overwrite = false

  @Flag(
    name: .long,
    help: "Goes on with --resume though the data are not those that the run was trained with.")
  var allowOtherData = false

  @Flag(name: .long, help: "Writes no pictures.")
  var noPictures = false

  @Flag(
    name: .long,
    help: "Writes curves and pictures for TensorBoard into the folder too, a point an epoch.")
  var tensorboard = false

  @Flag(name: .long, help: "Prints the result as one JSON object.")
  var json = false

  func validate() throws {
    if preset != nil && config != nil {
      throw ValidationError(
        "--preset and --config exclude each other: a model has one description.")
    }
    if let preset, !Self.presets.contains(preset) {
      throw ValidationError(unknownName(preset, what: "preset", valid: Self.presets) + ".")
    }
    if let likelihood {
      do { _ = try LikelihoodSpec(named: likelihood, channels: 1) } catch {
        throw ValidationError("\(error.reason).")
      }
    }
    try requirePositive("--latents", latents, most: 1 << 16)
    if config != nil && latents != nil {
      throw ValidationError("--latents goes with --preset; a --config file says it itself.")
    }
    if settings.patience != nil && config == nil && resume == nil && !settings.holdsOut {
      throw ValidationError(
        "--patience is judged on validation data: give --validation-fraction above 0 too.")
    }
    for (name, value) in [("--output", output), ("--config", config), ("--resume", resume)]
    where value == "" {
      throw ValidationError("\(name) is an empty name.")
    }
    if settings.selection != nil && config == nil && resume == nil && !settings.holdsOut {
      throw ValidationError(
        "--selection is judged on validation data: give --validation-fraction above 0 too.")
    }
    if allowOtherData && resume == nil {
      throw ValidationError("--allow-other-data goes with --resume.")
    }
    try validateResume()
  }

  // What would change the model or its numbers cannot be changed half-way.
  private func validateResume() throws {
    guard resume != nil else { return }
    let given: [(String, Bool)] = [
      ("--preset", preset != nil), ("--config", config != nil), ("--latents", latents != nil),
      ("--likelihood", likelihood != nil), ("--output", output != nil),
      ("--overwrite", overwrite), ("--schema", data.tables.schema != nil),
      ("--full-scale", data.files.fullScale != nil),
    ]
    let groups = settings.given + objective.given + condition.given
    if let (name, _) = (given + groups).first(where: \.1) {
      throw ValidationError(
        "\(name) does not go with --resume, which goes on with the settings of the run; "
          + "only --epochs, --threads and --backend can change.")
    }
  }

  // Everything that can be refused is refused before anything is written.
  mutating func run() throws {
    // Nobody else may write into a folder that is read in order to be gone on with.
    let resumed = try resume.map { try FolderLock($0) }
    defer { resumed?.unlock() }
    let base =
      try resume.map { try RunFolder($0).loadSpec() } ?? config.map { try ModelSpec.read($0) }
    let loaded = try load(base)
    let spec = try makeSpec(for: loaded, base)
    let parts = try loaded.matchingClasses(of: spec.condition)
    let folder = RunFolder(resume ?? output ?? "runs/\(spec.name)")
    try checkFiles(folder, spec.training)
    let model = try compile(spec, folder)
    try parts.all.check(against: spec)
    for notice in parts.all.scaleNotices(for: spec) { Console.error(notice) }

    let (training, holdsOut) = (parts.training, parts.validation != nil)
    let evaluation = parts.validation ?? parts.test
    let trainer = try Trainer(model, data: training, settings: spec.training)
    let made = resume == nil ? try makeFolders(folder) : nil
    defer { made?.lock.unlock() }
    let fit = try Fit(
      trainer, validation: evaluation, selecting: holdsOut, folder: folder,
      lock: made?.lock ?? resumed)
    if let made { try begin(fit, folder, made) } else { try goOn(fit, folder) }
    announce(trainer, folder)
    let outcome = try runInterruptibly(fit, folder, pictured: evaluation ?? training)
    try finish(
      outcome, fit, folder, evaluation ?? training,
      name: holdsOut ? "validation" : evaluation != nil ? "test" : "training")
  }
}
