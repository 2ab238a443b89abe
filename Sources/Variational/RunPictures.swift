// The pictures of a run folder: what people look at before they look at numbers.

import Formats
import Foundation
import Kernels
import Networks
import Pictures

/// Draws a model's pictures.
public struct RunPictures {
  private let model: Model
  private let seed: UInt64

  /// Pictures of a model; samples are drawn from the seed.
  public init(_ model: Model, seed: UInt64 = 1) {
    self.model = model
    self.seed = seed
  }

  /// Whether an example is an image that a PNG can show: one or three channels.
  public static func canDraw(_ spec: ModelSpec) -> Bool {
    !spec.data.stored.isFlat && [1, 3].contains(spec.data.channels)
  }

  /// Every file that `write` may write.
  public static let fileNames = [
    "reconstructions.png", "samples.png", "latent-map.png", "latent-scatter.svg", "loss-curve.svg",
  ]

  /// Writes every picture that fits the model and the data, or, if that fails, none.
  ///
  /// - Parameters:
  ///   - folder: where the files go
  ///   - data: examples that the model was not trained on, if there are any
  ///   - records: the epochs for the loss curve
  ///   - evaluationName: what the curve calls the validation data: "validation" or "test"
  /// - Returns: the names of the files.
  public func write(
    to folder: RunFolder, data: DataSet, records: [EpochRecord],
    evaluationName: String = "validation"
  ) throws -> [String] {
    var files: [(name: String, bytes: [UInt8])] = []
    func add(_ name: String, _ grid: ImageGrid) throws {
      files.append((name, try PNG.encode(RunPictures.image(grid))))
    }
    func add(_ name: String, _ svg: String) { files.append((name, Array(svg.utf8))) }
    if RunPictures.canDraw(model.spec) {
      try add("reconstructions.png", reconstructions(of: data, count: 40))
      try add("samples.png", samples(100))
      if model.spec.latents == 2 && model.spec.posterior == .diagonalGaussian {
        try add("latent-map.png", latentMap())
      }
    }
    if model.spec.latents == 2 {
      add("latent-scatter.svg", try latentScatter(of: data))
    }
    if !records.isEmpty {
      add(
        "loss-curve.svg",
        RunPictures.lossCurve(records, model: model, evaluationName: evaluationName))
    }
    let written = files
    try AtomicFile.together { () throws(FormatError) in
      for file in written { try AtomicFile.write([file.bytes], to: folder.file(file.name)) }
    }
    return files.map(\.name)
  }

  /// Writes a grid as PNG.
  public static func write(_ grid: ImageGrid, to path: String) throws(FormatError) {
    try PNG.write(image(grid), to: path)
  }

  private static func image(_ grid: ImageGrid) -> PNGImage {
    PNGImage(width: grid.width, height: grid.height, channels: grid.channels, pixels: grid.pixels)
  }

  /// Originals as the model sees them over their reconstructions, ten to a row.
  public func reconstructions(of data: DataSet, count: Int) throws(DataError) -> ImageGrid {
    let shown = data.prefix(count)
    let images = try model.reconstruct(shown)
    let columns = min(10, shown.count)
    var grid = emptyGrid(
      rows: (shown.count + columns - 1) / columns * 2, columns: columns, rowsPerBand: 2)
    let spec = model.spec.data
    let arena = Arena(count: spec.padded.count)
    let example = arena.vector.matrix(rows: 1, columns: spec.padded.count)
    for index in 0..<shown.count {
      let (row, column) = (index / columns * 2, index % columns)
      shown.gather([index], padding: spec.padding, draws: spec.evaluationDraws, into: example)
      grid.place(spec.withoutPadding(arena.vector.array[...]), row: row, column: column)
      grid.place(cropped(images, index), row: row + 1, column: column)
    }
    return grid
  }

  /// Decoded draws from the prior in a square; of a conditional model with up to 20 classes a row for each,
  /// with the same latents in every row.
  public func samples(_ count: Int) -> ImageGrid {
    guard let classes = model.spec.condition?.classes, classes <= 20 else {
      return grid(of: model.sample(count, seed: seed))
    }
    var grid = emptyGrid(rows: classes, columns: 10)
    for row in 0..<classes {
      let images = model.sample(10, class: row, seed: seed)
      for column in 0..<10 { grid.place(cropped(images, column), row: row, column: column) }
    }
    return grid
  }

  /// How many images stand in a row of a grid that is as near to a square as their number allows.
  public func columns(of count: Int) -> Int {
    max(1, Int(Double(count).squareRoot().rounded(.up)))
  }

  /// Images side by side.
  ///
  /// - Parameters:
  ///   - images: [N, data values] as `decode` returns them
  ///   - columns: images in a row; nil for as near to a square as the count allows
  public func grid(of images: Matrix<Float>, columns: Int? = nil) -> ImageGrid {
    let columns = columns ?? self.columns(of: images.rows)
    var grid = emptyGrid(rows: (images.rows + columns - 1) / columns, columns: columns)
    for index in 0..<images.rows {
      grid.place(cropped(images, index), row: index / columns, column: index % columns)
    }
    return grid
  }

  /// Two latents decoded over a grid of the prior's quantiles: 15 × 15, as in Kingma and Welling (2014),
  /// figure 4. The first latent runs to the right, the second upwards. A conditional model shows its first class.
  public func latentMap(size: Int = 15) -> ImageGrid {
    precondition(model.spec.latents == 2, "RunPictures.latentMap: L = \(model.spec.latents)")
    let quantiles = (0..<size).map { normalQuantile((Double($0) + 0.5) / Double(size)) }
    var latents: [Float] = []
    for row in 0..<size {
      for column in 0..<size {
        latents += [Float(quantiles[column]), Float(quantiles[size - 1 - row])]
      }
    }
    let images = model.decode(
      Matrix(rows: size * size, columns: 2, latents),
      classes: model.classes(model.spec.condition.map { _ in 0 }, count: size * size, seed: 1))
    var grid = emptyGrid(rows: size, columns: size, gap: 0)
    for index in 0..<size * size {
      grid.place(cropped(images, index), row: index / size, column: index % size)
    }
    return grid
  }

  /// The posterior's means in the plane, coloured by class.
  public func latentScatter(of data: DataSet) throws(DataError) -> String {
    let means = try model.encode(data).means
    return ScatterChart(
      title: "Latent means of \(data.name)", horizontalLabel: "latent 1",
      verticalLabel: "latent 2",
      points: (0..<means.rows).map {
        ChartPoint(x: Double(means[$0, 0]), y: Double(means[$0, 1]))
      }, classes: data.labels, classNames: data.classNames
    ).svg()
  }

  /// Loss, reconstruction and divergence by epoch; training solid, evaluation dashed.
  public static func lossCurve(
    _ records: [EpochRecord], model: Model, evaluationName: String
  ) -> String {
    func panel(
      _ title: String, _ label: String, _ training: (TrainingMeans) -> Double,
      _ evaluation: (Evaluation) -> Double
    ) -> LineChart.Panel {
      var series = [
        LineChart.Series(
          name: "training",
          points: records.map { ChartPoint(x: Double($0.epoch), y: training($0.training)) },
          colorIndex: 0)
      ]
      let evaluated = records.compactMap { record in
        record.validation.map { ChartPoint(x: Double(record.epoch), y: evaluation($0)) }
      }
      if !evaluated.isEmpty {
        series.append(
          LineChart.Series(
            name: evaluationName, points: evaluated, stroke: .dashed, colorIndex: 1))
      }
      return LineChart.Panel(title: title, verticalLabel: label, series: series)
    }
    var unit = "nats per example"
    if case .weightedMean(let weight) = model.spec.objective.reconstruction {
      let what = model.spec.likelihood == .bernoulli ? "cross-entropy" : "squared error"
      unit = "\(ModelSummary.short(weight)) × mean \(what)"
    }
    var panels = [
      panel("Loss", model.isVariational ? unit + " + β·KL" : unit, \.loss, \.loss),
      panel("Reconstruction", unit, \.reconstruction, \.reconstruction),
    ]
    if model.spec.posterior == .diagonalGaussian {
      panels.append(panel("KL divergence", "nats per example", \.kl, \.kl))
    }
    return LineChart(
      title: "Training of \(model.spec.name)", horizontalLabel: "epoch", panels: panels
    ).svg()
  }

  private func emptyGrid(
    rows: Int, columns: Int, gap: Int = 2, rowsPerBand: Int = 0
  ) -> ImageGrid {
    let shape = model.spec.data.stored
    return ImageGrid(
      rows: rows, columns: columns, imageHeight: shape.height, imageWidth: shape.width,
      channels: shape.channels, gap: gap,
      scale: max(1, min(4, 64 / max(shape.height, shape.width))), rowsPerBand: rowsPerBand)
  }

  private func cropped(_ images: Matrix<Float>, _ index: Int) -> [Float] {
    let size = images.columns
    return model.spec.data.withoutPadding(images.elements[index * size..<(index + 1) * size])
  }
}

extension DataSpec {
  /// One padded example without its padding.
  public func withoutPadding(_ example: ArraySlice<Float>) -> [Float] {
    precondition(
      example.count == padded.count,
      "DataSpec.withoutPadding: \(example.count) values, not \(padded.count)")
    if padding == 0 { return Array(example) }
    var result: [Float] = []
    result.reserveCapacity(stored.count)
    let line = padded.width * channels
    for y in padding.top..<padding.top + height {
      let start = example.startIndex + y * line + padding.left * channels
      result += example[start..<start + width * channels]
    }
    return result
  }
}

/// The x with Φ(x) = p, by Newton's method on ln Φ.
///
/// ln Φ is concave and rises, so from the left of the root every step stays there and none is too long;
/// −√(−2 ln p) lies there because Φ(−t) ≤ ½e^(−t²/2). The upper half follows by symmetry.
func normalQuantile(_ p: Double) -> Double {
  precondition(p > 0 && p < 1, "normalQuantile: \(p) is not inside (0, 1)")
  if p > 0.5 { return -normalQuantile(1 - p) }
  var x = -(-2 * Foundation.log(p)).squareRoot()
  for _ in 0..<50 {
    let cumulative = 0.5 * erfc(-x / 2.0.squareRoot())
    let density = Foundation.exp(-0.5 * x * x) / (2 * Double.pi).squareRoot()
    let change = Foundation.log(cumulative / p) * cumulative / density
    x -= change
    if abs(change) < 1e-15 * abs(x) { break }
  }
  return x
}
