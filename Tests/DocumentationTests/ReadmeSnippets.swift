import Formats
import Variational

// The README's Swift code, compiled. ReadmeTests compares the text between the markers with the README.

enum ReadmeSnippets {
  static func training() throws {
    // begin
    let garments = try DataSet.fashionMNIST(.train)
    let model = try Model(.fashion(latents: 2), seed: 1)
    let trainer = try Trainer(model, data: garments)
    for epoch in 0..<5 {
      for batch in trainer.batches(epoch: epoch) {
        let report = try trainer.step(batch)
        if report.step % 100 == 0 { print(report.step, report.loss, report.kl) }
      }
    }
    let test = try DataSet.fashionMNIST(.test)
    print(try model.evaluate(test).loss)  // 500 × mean cross-entropy + KL
    let images = model.sample(25)  // Matrix<Float>, [25, 1024]
    // end
    _ = images
  }

  static func describing() throws {
    // begin
    var spec = ModelSpec(
      name: "table", data: DataSpec(height: 1, width: 1, channels: 12),
      encoder: [.dense(outputs: 64), .silu, .dense(outputs: 2 * 3)], latents: 3,
      decoder: [.dense(outputs: 64), .silu, .dense(outputs: 12)],
      likelihood: .gaussian(.perDimension))
    spec.objective = ObjectiveSpec(beta: 1, warmUpEpochs: 2)
    spec.training = TrainingSpec(
      optimiser: .adamW(), learningRate: 3e-4,
      schedule: Schedule(.cosine(floor: 0.01), warmUpSteps: 100),
      batchSize: 64, epochs: 50, clipNorm: 5, validationFraction: 0.1, patience: 8)

    let rows = try DataSource("measurements.npy").load(.train)  // [N, 12]
    let (training, heldOut) = try rows.split(holdingOut: 0.1, seed: 1)
    let trainer = try Trainer(try Model(spec), data: training)
    let fit = try Fit(trainer, validation: heldOut, folder: RunFolder("table"))
    let outcome = try fit.run()
    // end
    _ = outcome
  }

  static func matrices() throws {
    // begin
    let a: Matrix<Double> = [[4, 1], [1, 3]]
    let factors = try CholeskyFactorization(of: a)
    let x = try factors.solve([1, 2])  // a · x = [1, 2]
    let spectrum = try SymmetricEigenDecomposition(of: a).eigenvalues  // ascending
    let product = a * a.transposed()
    // end
    _ = (x, spectrum, product)
  }
}
