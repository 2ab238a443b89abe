// What each group of options reads.

import Formats
import Foundation
import Variational

extension FileUses {
  /// Checks inputs against outputs, and that the outputs can be written.
  ///
  /// - Throws: `OutputError` naming the option or the file.
  static func check(reading inputs: [Use], writing outputs: [Use]) throws {
    try FileUses(reading: inputs, writing: outputs).check()
    for output in outputs { try writing { try AtomicFile.check(output.path) } }
  }

  /// What `--data` names, with a published set's folder for its name.
  static func data(_ option: String, _ name: String, directory: String? = nil) -> [Use] {
    switch DataSource(name, directory: directory) {
    case .fashionMNIST(let directory): [Use(option, directory)]
    case .file(let path): [Use(option, path)]
    }
  }
}

extension DataOptions {
  var uses: [FileUses.Use] {
    FileUses.data("--data", data, directory: dataDirectory) + tables.uses
  }
}

extension OptionalDataOptions {
  var uses: [FileUses.Use] {
    (data.map { FileUses.data("--data", $0, directory: dataDirectory) } ?? []) + tables.uses
  }
}

extension TableOptions {
  var uses: [FileUses.Use] { FileUses.Use.optional("--schema", schema) }
}

extension CalibrationOptions {
  func uses(directory: String?) -> [FileUses.Use] {
    calibration.map { FileUses.data("--calibration", $0, directory: directory) } ?? []
  }
}

extension AnomalyOptions {
  var uses: [FileUses.Use] { FileUses.Use.optional("--labels", labels) }
}

extension ModelArgument {
  /// The files that make a model, and those that go on with it or sample from it.
  var uses: [FileUses.Use] {
    let folder = RunFolder(model)
    let second = RunFolder(folder.file(FittedPrior.Kind.twoStage.fileName))
    return
      (RunFolder.modelFiles.map(folder.file)
      + FittedPrior.Kind.allCases.filter { $0 != .twoStage }.map { folder.file($0.fileName) }
      + (RunFolder.modelFiles + ["prior.json"]).map(second.file)).map {
        FileUses.Use("the model", $0)
      }
  }
}

extension TrainCommand {
  /// Refuses a folder in which the run's files would replace what it reads.
  func checkFiles(_ folder: RunFolder, _ training: TrainingSpec) throws {
    let inputs =
      data.uses + FileUses.Use.optional("--validation", training.validationFile)
      + FileUses.Use.optional("--test", training.testFile)
      + FileUses.Use.optional("--config", config)
    let option = resume == nil ? "--output" : "--resume"
    let names = RunFolder.modelFiles + (noPictures ? [] : RunPictures.fileNames)
    try FileUses(
      reading: inputs, writing: names.map { FileUses.Use(option, folder.file($0)) }
    ).check()
  }
}
