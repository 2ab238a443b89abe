import Variational

// The articles' Swift code, compiled. ArticleTests look each of their blocks up here and in Examples/Sources.

enum GettingStartedSnippets {
  static func data(_ numbers: [Float]) throws -> (DataSet, DataSet) {
    let all = try DataSet(floats: numbers, shape: Shape(features: 24), name: "waves")
    let (training, heldOut) = try all.split(holdingOut: 0.1, seed: 1)
    return (training, heldOut)
  }

  static func description() -> ModelSpec {
    var spec = ModelSpec(
      name: "waves", data: DataSpec(height: 1, width: 1, channels: 24),
      encoder: [.dense(outputs: 64), .silu, .dense(outputs: 2 * 3)], latents: 3,
      decoder: [.dense(outputs: 64), .silu, .dense(outputs: 24)],
      likelihood: .gaussian(.shared))
    spec.training = TrainingSpec(
      learningRate: 2e-3, batchSize: 64, epochs: 20, validationFraction: 0.1, patience: 5)
    return spec
  }

  static func training(_ spec: ModelSpec, _ training: DataSet, _ heldOut: DataSet) throws {
    let trainer = try Trainer(try Model(spec, seed: 1), data: training)
    for epoch in 0..<5 {
      for batch in trainer.batches(epoch: epoch) {
        let report = try trainer.step(batch)  // nats an example: loss, reconstruction, KL
        if report.step % 100 == 0 { print(report.step, report.loss, report.kl) }
      }
    }
    let fit = try Fit(trainer, validation: heldOut, folder: RunFolder("waves"))
    let outcome = try fit.run { event in
      if case .epoch(let record) = event { print(record.epoch, record.training.loss) }
    }
    _ = outcome
  }

  static func use(_ heldOut: DataSet) throws {
    let kept = try RunFolder("waves").loadModel()
    let bound = try kept.evaluate(heldOut).elbo  // nats an example
    let means = try kept.encode(heldOut).means  // [N, 3]
    let again = try kept.reconstruct(heldOut)  // [N, 24]
    let invented = kept.sample(5, seed: 2)  // [5, 24]
    _ = (bound, means, again, invented)
  }
}

enum YourOwnImagesSnippets {
  static func preset() throws -> (ModelSpec, DataSet, DataSet) {
    let images = try DataSource("garments").load(.train)
    let (training, heldOut) = try images.split(holdingOut: 0.1, seed: 1)
    var spec = try ModelSpec.preset("fashion", for: images.shape, latents: 8)
    spec.training.epochs = 20
    return (spec, training, heldOut)
  }

  static func layers() -> ModelSpec {
    let spec = ModelSpec(
      name: "mine", data: DataSpec(height: 32, width: 32, channels: 3),
      encoder: [
        .conv2D(filters: 32, stride: 2), .silu, .conv2D(filters: 64, stride: 2), .silu,
        .conv2D(filters: 128, stride: 2), .silu, .flatten, .dense(outputs: 2 * 16),
      ], latents: 16,
      decoder: [
        .dense(outputs: 4 * 4 * 128), .reshape(height: 4, width: 4, channels: 128),
        .convTranspose2D(filters: 64, stride: 2), .silu,
        .convTranspose2D(filters: 32, stride: 2), .silu, .convTranspose2D(filters: 3, stride: 2),
      ], likelihood: .discretisedLogistic(.shared))
    return spec
  }

  static func training(_ spec: ModelSpec, _ training: DataSet, _ heldOut: DataSet) throws {
    let trainer = try Trainer(try Model(spec), data: training)
    let folder = RunFolder("mine")
    let fit = try Fit(trainer, validation: heldOut, folder: folder)
    _ = try fit.run()
    let files = try RunPictures(trainer.model).write(
      to: folder, data: heldOut, records: fit.records, evaluationName: "validation")
    _ = files
  }
}

enum YourOwnTableSnippets {
  static func columns() throws -> (Table, TableSchema) {
    let table = try Table.read("people.csv")
    let schema = try TableSchema(inferredFrom: table)
    for column in schema.columns { print(column.name, column.kind) }
    return (table, schema)
  }

  static func changes() throws -> TableSchema {
    var changes = SchemaChanges()
    changes.columns["zip"] = SchemaChanges.Column(kind: .categorical)
    changes.columns["income"] = SchemaChanges.Column(likelihood: "student_t_per_dimension")
    changes.missing = ["-999"]
    var reading = TableReading()
    reading.changes = changes
    let table = try Table.read("people.csv", reading)
    let schema = try TableSchema(inferredFrom: table, changes: changes)
    return schema
  }

  static func training(_ table: Table, _ schema: TableSchema) throws {
    let people = try schema.dataSet(from: table)
    var spec = try ModelSpec.table(schema)
    spec.training.validationFraction = 0.1
    spec.training.patience = 30
    let (training, heldOut) = try people.split(holdingOut: 0.1, seed: 1)
    let trainer = try Trainer(try Model(spec), data: training)
    let fit = try Fit(trainer, validation: heldOut, folder: RunFolder("people"))
    _ = try fit.run()
  }

  static func rows(_ schema: TableSchema) throws {
    let model = try RunFolder("people").loadModel()
    let rows = model.sample(100, seed: 2, drawingData: true)  // [100, numbers of a row]
    let text = try schema.csv(rows)  // the original columns, units and names
    _ = text
  }
}

enum FromKerasOrPyTorchSnippets {
  static func objectives() -> [ObjectiveSpec] {
    // Sums: the evidence lower bound itself.
    let sums = ObjectiveSpec(beta: 1)
    // A mean over pixels beside a sum over latents.
    let mean = ObjectiveSpec(beta: 1, reconstruction: .weightedMean(weight: 1))
    // Means on both sides: the divergence's mean over 20 latents is a twentieth of its sum.
    let means = ObjectiveSpec(beta: 1.0 / 20, reconstruction: .weightedMean(weight: 1))
    return [sums, mean, means]
  }

  static func effectiveBeta(_ means: ObjectiveSpec) {
    var spec = ModelSpec.dense(latents: 20)
    spec.objective = means
    print(spec.effectiveBeta)
  }
}
