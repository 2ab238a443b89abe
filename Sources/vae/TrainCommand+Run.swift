// The run itself: begun or gone on with, interrupted or finished.

import ArgumentParser
import Formats
import Variational

extension TrainCommand {
  /// The folders that a run made for itself, and the lock of the one it writes into.
  struct MadeFolders {
    var folders: [RunFolder] = []
    let lock: FolderLock

    func discard() {
      for folder in folders.reversed() { folder.discard() }
    }
  }

  /// Makes the run's folder unless it is there, and takes it for this process alone.
  func makeFolders(_ folder: RunFolder) throws -> MadeFolders {
    var made: [RunFolder] = []
    do {
      try writing {
        for place in (output == nil ? [RunFolder("runs")] : []) + [folder] {
          if try place.create() { made.append(place) }
        }
      }
    } catch {
      for place in made.reversed() { place.discard() }
      throw error
    }
    // Whoever has it made it his: nothing is taken back.
    return MadeFolders(folders: made, lock: try FolderLock(folder.path))
  }

  /// Refuses a folder in which a run would replace something unasked, or something that no run wrote.
  func refuseOccupied(_ folder: RunFolder) throws {
    let isOfARun = folder.isOfARun
    if folder.hasModel && isOfARun && !overwrite {
      throw DataError(
        folder.path,
        "there is a model in this folder already; --resume \(folder.path) goes on with it, "
          + "--overwrite replaces it, --output names another folder")
    }
    let others = folder.visibleFiles
    if !isOfARun && !others.isEmpty && !overwrite {
      let names = others.prefix(3).joined(separator: ", ") + (others.count > 3 ? ", …" : "")
      throw DataError(
        folder.path,
        "is not empty, and no training wrote what is in it (\(names)); --output names another folder, "
          + "--overwrite writes beside these files")
    }
    if let name = folder.foreignFiles.first {
      throw DataError(
        folder.file(name),
        "was not written by a training, which would replace it; move it, or name another folder by "
          + "--output")
    }
  }

  func begin(_ fit: Fit, _ folder: RunFolder, _ made: MadeFolders) throws {
    do {
      // Another run may have ended in it since it was looked at.
      try refuseOccupied(folder)
      try writing {
        try fit.start()
        try folder.remove(RunPictures.fileNames + TensorBoardLog.files(in: folder))
        try ModelCard.remove(from: folder)
      }
    } catch {
      made.discard()
      throw error
    }
  }

  func goOn(_ fit: Fit, _ folder: RunFolder) throws {
    do {
      try fit.restore(allowingOtherData: allowOtherData)
    } catch let error as DataError {
      throw DataError(error.source, error.reason + ", or --allow-other-data to take these")
    }
    let spec = fit.trainer.model.spec
    if let epochs = settings.epochs, epochs < fit.completedEpochs {
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

  func runInterruptibly(
    _ fit: Fit, _ folder: RunFolder, pictured: DataSet
  ) throws -> FitOutcome {
    let log =
      tensorboard
      ? try writing {
        try TensorBoardLog(folder: folder, model: fit.trainer.model, data: pictured)
      } : nil
    Interruption.watch()
    defer { Interruption.endWatch() }
    let progress = TrainingDisplay(
      epochs: fit.trainer.settings.epochs, hasDivergence: fit.trainer.model.isVariational)
    defer {
      if let failure = log?.failure {
        Console.error("Warning: nothing more was written for TensorBoard: \(failure)")
      }
    }
    do {
      defer { progress.end() }
      return try writing {
        try fit.run(
          report: { event in
            progress.show(event)
            log?.observe(event)
          }, shouldStop: { Interruption.requested })
      }
    } catch let error as TrainingError {
      Console.error("\(folder.path) holds the model as it was saved last.")
      throw error
    }
  }

  func finish(
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
      let quantity = fit.trainer.settings.selection.quantity
      Console.error("Stopped early: the \(quantity) has not improved.")
    }
    if let best = fit.bestEpoch { Console.error("The best epoch, \(best), is kept.") }
    // What the folder holds, which may be an earlier epoch's weights.
    let model = fit.trainer.model
    try folder.loadWeights(into: model)
    var contents = EvaluationReport.Contents()
    contents.trainingReconstruction = fit.trainingReconstruction
    let result = try model.report(on: evaluation, contents).report
    let card = ModelCard(
      model, data: fit.trainer.data, epochs: fit.completedEpochs, evaluation: result.summary,
      evaluationName: name)
    _ = try writing { try card.write(to: folder) }
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
    data.arguments + (tensorboard ? " --tensorboard" : "")
  }
}
