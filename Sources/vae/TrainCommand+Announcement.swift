// What a run is going to do, told before it does it.

import Variational

extension TrainCommand {
  func announce(_ model: Model, _ data: DataSet, _ folder: RunFolder) {
    let spec = model.spec
    Console.error(
      "Training \"\(spec.name)\" (\(model.parameterCount) parameters, \(spec.latents) latents) on "
        + "\(data.count) examples of \(data.shape), batch \(spec.training.batchSize), "
        + "\(spec.training.epochs) epochs, seed \(spec.training.seed), \(model.threads) threads, "
        + "into \(folder.path)")
  }
}
