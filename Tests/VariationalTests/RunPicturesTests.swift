import Formats
import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct RunPicturesTests {
  @Test(arguments: [
    // Wichura's algorithm AS 241 as in Python's statistics.NormalDist (3.11), 16 digits.
    (0.5, 0), (0.975, 1.959963984540054), (0.025, -1.959963984540054), (0.84134474606854293, 1),
    (0.99, 2.3263478740408408), (0.999, 3.090232306167813), (1e-6, -4.753424308822899),
    (1e-12, -7.034483825301132), (1e-20, -9.262340089798408), (1e-100, -21.27345356096532),
    (1e-300, -37.0470962993612),
  ])
  func normalQuantileMatchesTables(_ p: Double, _ expected: Double) {
    // Newton ends below 1e-15; erfc has an ulp or two, divided by the derivative of ln Φ, above 0.79.
    #expect(abs(normalQuantile(p) - expected) <= 1e-14 * max(1, abs(expected)))
  }

  @Test func normalQuantileIsTheInverseOfTheDistribution() {
    for index in 1..<1000 {
      let p = Double(index) / 1000
      // Φ by erfc has an error of an ulp or two; the quantile's of 1e-14 times the density below 0.4.
      #expect(abs(0.5 * erfc(-normalQuantile(p) / 2.0.squareRoot()) - p) <= 1e-14)
      #expect(abs(normalQuantile(p) + normalQuantile(1 - p)) <= 1e-12)
    }
  }

  @Test func imagesOfOneOrThreeChannelsCanBeDrawn() {
    func canDraw(_ height: Int, _ width: Int, _ channels: Int) -> Bool {
      var spec = ModelSpec.smallDense()
      spec.data = DataSpec(height: height, width: width, channels: channels)
      return RunPictures.canDraw(spec)
    }
    #expect(canDraw(28, 28, 1) && canDraw(8, 4, 3) && canDraw(1, 5, 1))
    #expect(!canDraw(1, 1, 3) && !canDraw(8, 8, 2) && !canDraw(8, 8, 4) && !canDraw(1, 1, 784))
  }

  static func records(_ count: Int, validated: Bool) -> [EpochRecord] {
    (1...count).map { epoch in
      EpochRecord(
        epoch: epoch, step: epoch * 10,
        training: TrainingMeans(
          loss: 300 / Double(epoch), reconstruction: 290 / Double(epoch), kl: 10 / Double(epoch),
          gradientNorm: 1),
        validation: validated
          ? Evaluation(
            examples: 5, loss: 310 / Double(epoch), reconstruction: 299, kl: 11, elbo: -310,
            saturations: 0) : nil, isBest: true, learningRate: 1e-3, beta: 1, saturations: 0,
        seconds: 1)
    }
  }

  @Test func aPlaneOfLatentsGetsEveryPicture() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let model = try Model(.fashion(), threads: 2)
      let data = try randomBytes(12, model.spec.data.stored)
      let files = try RunPictures(model).write(
        to: folder, data: data, records: Self.records(3, validated: true))
      #expect(
        files == [
          "reconstructions.png", "samples.png", "latent-map.png", "latent-scatter.svg",
          "loss-curve.svg",
        ])
      #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == files.sorted())
      // 15 × 15 images of 28 × 28 at twice their size, no gap, a margin of 2.
      let map = try PNG.read(folder.file("latent-map.png"))
      #expect(map.width == 15 * 56 + 4 && map.height == 15 * 56 + 4 && map.channels == 1)
      for name in ["latent-scatter.svg", "loss-curve.svg"] {
        let text = String(decoding: try FileBytes.read(folder.file(name)), as: UTF8.self)
        #expect(text.hasPrefix("<svg") || text.hasPrefix("<?xml"))
        #expect(XMLCheck.isWellFormed(text))
      }
      let curve = String(
        decoding: try FileBytes.read(folder.file("loss-curve.svg")), as: UTF8.self)
      #expect(curve.contains("validation") && curve.contains("500 × mean"))
      // The same seed draws the same pictures.
      let bytes = try FileBytes.read(folder.file("samples.png"))
      _ = try RunPictures(model).write(to: folder, data: data, records: [])
      #expect(try FileBytes.read(folder.file("samples.png")) == bytes)
    }
  }

  @Test func otherModelsGetWhatFitsThem() throws {
    try withTemporaryFolder { (path: String) throws -> Void in
      let folder = RunFolder(path)
      func files(_ spec: ModelSpec, records: [EpochRecord] = []) throws -> [String] {
        let model = try Model(spec, threads: 1)
        return try RunPictures(model).write(
          to: folder, data: try randomBytes(3, spec.data.stored), records: records)
      }
      #expect(try files(.dense()) == ["reconstructions.png", "samples.png"])
      #expect(
        try files(ModelSpec.fashion().asAutoencoder(), records: Self.records(1, validated: false))
          == ["reconstructions.png", "samples.png", "latent-scatter.svg", "loss-curve.svg"])
      #expect(try files(.smallDense()) == ["latent-scatter.svg"])
      #expect(try files(.smallGated()) == [])
      #expect(try files(.smallConvolution()) == ["latent-scatter.svg"])
    }
  }

  @Test func reconstructionsAreOriginalsOverDecodedImages() throws {
    let model = try Model(.fashion(), threads: 1)
    let data = try randomBytes(12, model.spec.data.stored)
    let grid = try RunPictures(model).reconstructions(of: data, count: 12)
    #expect(grid.rows == 4 && grid.columns == 10)
    guard case .bytes(let bytes) = data.storage else {
      Issue.record("random bytes are bytes")
      return
    }
    // The first pixel of the first image, doubled, behind the margin of 2.
    for (y, x) in [(0, 0), (0, 1), (5, 27)] {
      let pixel = grid.pixels[(2 + 2 * y) * grid.width + 2 + 2 * x]
      #expect(pixel == bytes[y * 28 + x])
    }
  }

  @Test(arguments: [0.5, 2000, 1e30])
  func lossCurveNamesTheWeightOfTheMean(_ weight: Double) throws {
    var spec = ModelSpec.smallDense()
    spec.objective.reconstruction = .weightedMean(weight: weight)
    let text = RunPictures.lossCurve(
      Self.records(2, validated: true), model: try Model(spec, threads: 1), evaluationName: "test")
    let name = weight == 0.5 ? "0.5" : weight == 2000 ? "2000" : "1e+30"
    #expect(text.contains("\(name) × mean"))
    #expect(text.contains("test") && XMLCheck.isWellFormed(text))
  }

  @Test func theLatentMapRunsRightAndUp() throws {
    // A decoder whose pixels are σ(z₀) on the left half and σ(z₁) on the right shows the axes.
    let spec = ModelSpec(
      name: "axes", data: DataSpec(height: 4, width: 4, channels: 1),
      encoder: [.flatten, .dense(outputs: 4)],
      latents: 2, decoder: [.dense(outputs: 16), .reshape(height: 4, width: 4, channels: 1)],
      likelihood: .bernoulli)
    let model = try Model(spec, threads: 1)
    let weight = try #require(model.layout.trained.first { $0.name == "decoder.0.weight" })
    let values: [Float] = (0..<16).flatMap { (pixel: Int) -> [Float] in
      pixel % 4 < 2 ? [1, 0] : [0, 1]
    }
    weight.slot.vector(in: model.parameters.vector).assign(weight.memoryOrder(values))
    let grid = RunPictures(model).latentMap(size: 3)
    func pixel(_ row: Int, _ column: Int, _ x: Int) -> UInt8 {
      let scale = grid.scale
      return grid.pixels[(2 + row * 4 * scale) * grid.width + 2 + (column * 4 + x) * scale]
    }
    // The prior's quantiles at 1/6, ½, 5/6 through the sigmoid: 0.275, ½, 0.725.
    #expect([0, 1, 2].map { pixel(1, $0, 0) } == [70, 128, 185])
    #expect([0, 1, 2].map { pixel($0, 1, 3) } == [185, 128, 70])
  }
}

/// Whether a text is well-formed XML, by counting its tags.
private enum XMLCheck {
  static func isWellFormed(_ text: String) -> Bool {
    var open: [Substring] = []
    for piece in text.split(separator: "<").dropFirst(text.hasPrefix("<") ? 0 : 1) {
      guard let end = piece.firstIndex(of: ">") else { return false }
      let tag = piece[..<end]
      if tag.hasPrefix("?") || tag.hasPrefix("!") || tag.hasSuffix("/") { continue }
      if tag.hasPrefix("/") {
        guard open.popLast() == tag.dropFirst() else { return false }
      } else {
        open.append(tag.prefix { !$0.isWhitespace })
      }
    }
    return open.isEmpty
  }
}
