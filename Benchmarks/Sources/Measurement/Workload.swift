import Variational

/// One of the library's presets with random data of its shape: the four calls that are timed.
///
/// Random bytes cost a step what images cost, and need no file.
package final class Workload {
  /// The names, smallest model first.
  package static let names = ModelSpec.presetNames

  /// Which preset this is.
  package let name: String
  /// The model under test.
  package let model: Model
  /// Examples in a batch.
  package let batchSize: Int

  private let trainer: Trainer
  private let batches: [Batch]
  private var nextBatch = 0
  private let images: DataSet  // [B]
  private let latents: Matrix<Float>  // [B, L]
  private let latent: Matrix<Float>  // [1, L]

  /// Builds the model and draws its data; the same numbers every time.
  ///
  /// - Parameters:
  ///   - threads: nil takes one for each processor
  ///   - backend: who multiplies matrices
  /// - Throws: `SpecError` for a name that is no preset or a number of threads out of range.
  package convenience init(
    _ name: String, threads: Int? = nil, backend: MatrixBackend = .openBLAS
  ) throws {
    try self.init(Workload.spec(name), threads: threads, backend: backend)
  }

  /// The preset of this name for data of its own shape.
  ///
  /// - Throws: `SpecError` for a name that is no preset.
  package static func spec(_ name: String) throws -> ModelSpec {
    let side = name == "faces" ? 32 : 28
    let channels = name == "faces" ? 3 : 1
    return try .preset(name, for: Shape(height: side, width: side, channels: channels))
  }

  /// Any model of bytes, with its own batch size.
  package init(
    _ spec: ModelSpec, threads: Int? = nil, backend: MatrixBackend = .openBLAS
  ) throws {
    let shape = spec.data.stored
    name = spec.name
    batchSize = spec.training.batchSize
    model = try Model(spec, seed: 1, threads: threads, backend: backend)

    // Four batches, so that a step's data isn't in cache from the step before.
    let stream = RandomStream(seed: 1)
    let bytes = stream.uniform(count: 4 * batchSize * shape.count).map { UInt8($0 * 255) }
    let data = try DataSet(bytes: bytes, shape: shape, name: "random bytes")
    trainer = try Trainer(model, data: data)
    batches = Array(trainer.batches(epoch: 0))
    images = data.prefix(batchSize)
    let noise = stream.gaussian(count: batchSize * spec.latents, step: 1)
    latents = Matrix(rows: batchSize, columns: spec.latents, noise)
    latent = latents.submatrix(rows: 0..<1, columns: 0..<spec.latents)
  }

  /// One training step on the next batch.
  ///
  /// - Throws: `TrainingError` when the loss is no number any more.
  package func train() throws {
    _ = try trainer.step(batches[nextBatch])
    nextBatch = (nextBatch + 1) % batches.count
  }

  /// The posterior of one batch.
  package func encode() throws { _ = try model.encode(images) }

  /// One batch of latents decoded.
  package func decode() { _ = model.decode(latents) }

  /// One latent decoded: what an interactive program waits for.
  package func decodeOne() { _ = model.decode(latent) }
}
