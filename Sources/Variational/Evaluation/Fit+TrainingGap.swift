// What the training data gave, to be held against other data.

extension Fit {
  /// The reconstruction term on the training data in the epoch whose weights are kept: the mean over its
  /// steps, while the weights moved.
  ///
  /// nil without held-out data, and for objectives whose steps count it in another way than an evaluation.
  public var trainingReconstruction: Double? {
    guard case .evidenceBound = trainer.model.spec.objective.kind,
      let record = records.last(where: \.isBest) ?? records.last,
      record.validation != nil
    else { return nil }
    return record.training.reconstruction
  }
}
