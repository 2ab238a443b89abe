// A model for a table: sizes by the number of columns, distributions by the schema.

import Networks

extension ModelSpec {
  /// A model of the table's columns: two hidden layers on each side, each column under its own distribution.
  ///
  /// Hidden layers have 128 units, more where a row has more than 128 numbers; latents are half the modelled columns,
  /// from 2 to 10, unless given. Small tables get small minibatches and many epochs: about 6,000 steps.
  ///
  /// - Parameters:
  ///   - schema: the columns
  ///   - latents: L; nil for the number above
  /// - Throws: `SpecError` for a schema that is none.
  public static func table(
    _ schema: TableSchema, latents: Int? = nil
  ) throws(SpecError) -> ModelSpec {
    let layout = try TableLayout(schema)
    let latents = latents ?? min(10, max(2, (schema.modelled.count + 1) / 2))
    let hidden = min(512, max(128, layout.width))
    let likelihood = LikelihoodSpec.mixed(layout.parts)
    var data = DataSpec(height: 1, width: 1, channels: layout.width)
    // Also where no cell is missing yet: later files may lack some.
    data.missing = true
    let rows = Double(max(schema.rows, 1))
    let batch = rows < 2_000 ? 32 : 128
    let epochs = Int(min(1_000, max(20, (6_000 * Double(batch) / rows).rounded())))
    var spec = ModelSpec(
      name: "table", data: data,
      encoder: [
        .dense(outputs: hidden), .silu, .dense(outputs: hidden), .silu,
        .dense(outputs: 2 * latents),
      ], latents: latents,
      decoder: [
        .dense(outputs: hidden), .silu, .dense(outputs: hidden), .silu,
        .dense(outputs: likelihood.outputs(forColumns: layout.width)),
      ], likelihood: likelihood,
      training: TrainingSpec(learningRate: 1e-3, batchSize: batch, epochs: epochs))
    spec.table = schema
    return spec
  }

  /// Checks that the table's columns are the model's.
  func validateTable() throws(SpecError) {
    guard let table else { return }
    try table.validate()
    let width = try TableLayout(table).width
    guard width == data.padded.count else {
      throw SpecError(
        "table",
        "its columns take \(width) numbers, but an example of the data has \(data.padded.count)")
    }
  }
}
