import Testing

@testable import Variational

@Suite struct PresetsTests {
  @Test(arguments: ModelSpec.presetNames, [2, 7])
  func presetsFitImagesOfAnySize(_ name: String, latents: Int) throws {
    for shape in [
      Shape(height: 28, width: 28, channels: 1), Shape(height: 32, width: 32, channels: 3),
      Shape(height: 20, width: 20, channels: 3),
    ] {
      let spec = try ModelSpec.preset(name, for: shape, latents: latents)
      #expect(spec.latents == latents)
      #expect(spec.data.stored == shape)
      _ = try Model(spec, threads: 1)
    }
  }

  @Test func paddingIsTheLeastThatFits() {
    #expect(ModelSpec.fashion().data.padding == 2)
    #expect(ModelSpec.faces().data.padding == 0)
    #expect(ModelSpec.faces(for: Shape(height: 28, width: 28, channels: 1)).data.padding == 2)
    #expect(ModelSpec.fashion(for: Shape(height: 24, width: 8, channels: 3)).data.padding == 0)
  }

  /// All remainders of both sides by the 16 that the convolutions of `faces` halve, and some large, long and
  /// odd ones.
  @Test(arguments: ["fashion", "faces"])
  func everySizeCompiles(_ name: String) throws {
    var sizes = (8..<24).flatMap { height in (8..<24).map { (height, $0) } }
    sizes += [
      (4, 4), (5, 4), (27, 35), (90, 120), (60, 80), (9, 200), (512, 8), (8, 512), (511, 9),
      (101, 67), (250, 333),
    ]
    for (height, width) in sizes {
      let shape = Shape(height: height, width: width, channels: 3)
      let spec = try ModelSpec.preset(name, for: shape, latents: 2)
      let multiple = name == "fashion" ? 8 : 16
      let padded = spec.data.padded
      #expect(padded.height % multiple == 0 && padded.width % multiple == 0)
      #expect(padded.height - height < multiple && padded.width - width < multiple)
      let model = try Model(spec, threads: 1)
      #expect(model.decoder.outputShape == padded)
    }
  }

  /// A step of training, and what is decoded, in sizes with an odd side, unlike sides, or both.
  @Test(
    arguments: ["fashion", "faces"],
    [[9, 9], [8, 8], [27, 35], [9, 40], [41, 8], [23, 24]])
  func oddSizesTrain(_ name: String, sides: [Int]) throws {
    let shape = Shape(height: sides[0], width: sides[1], channels: name == "fashion" ? 1 : 3)
    let spec = try ModelSpec.preset(name, for: shape, latents: 2)
    let model = try Model(spec, threads: 1)
    let data = try randomBytes(3, shape)
    let trainer = try Trainer(model, data: data, settings: spec.training)
    let report = try trainer.step(#require(Array(trainer.batches(epoch: 0)).first))
    #expect(report.loss.isFinite)
    let decoded = model.decode(try model.encode(data).means)
    #expect(spec.data.withoutPadding(decoded.row(0)[...]).count == shape.count)
    #expect(decoded.elements.allSatisfy { $0.isFinite })
  }

  @Test func sizesThatCannotBeAreNamedWithTheNearest() {
    #expect(
      sentence { try ModelSpec.preset("faces", for: Shape(height: 3, width: 32, channels: 32)) }
        == "preset: \"faces\" takes images of 4 or more pixels a side and up to 4194304 in all, and these are 3×32×32 "
        + "(height×width×channels); the nearest size is 4x32, which --image-size 4x32 makes of a "
        + "folder of images, and \"dense\" takes any size")
    for (height, width, nearest) in [
      (4096, 4096, "2048x2048"), (3000, 2000, "2508x1672"), (2, 1, "4x4"), (1, 40_000, "4x40000"),
      (60_000, 100, "50165x83"),
    ] {
      let shape = Shape(height: height, width: width, channels: 1)
      #expect(
        sentence { try ModelSpec.preset("fashion", for: shape) }
          .contains("the nearest size is \(nearest),"))
    }
  }

  @Test func latentsDefaultToTheWorkloads() throws {
    let shape = Shape(height: 32, width: 32, channels: 3)
    #expect(try ModelSpec.preset("dense", for: shape).latents == 20)
    #expect(try ModelSpec.preset("fashion", for: shape).latents == 2)
    #expect(try ModelSpec.preset("faces", for: shape).latents == 200)
  }

  @Test func unknownNamesAndRowsAreAnswered() {
    let image = Shape(height: 28, width: 28, channels: 1)
    #expect(
      sentence { try ModelSpec.preset("fashon", for: image) }
        == "preset: unknown preset \"fashon\"; did you mean \"fashion\"? "
        + "It is one of dense, fashion, faces")
    #expect(
      sentence { try ModelSpec.preset("faces", for: Shape(features: 12)) }
        == "preset: \"faces\" takes images; for rows of 12 values use \"dense\"")
  }
}
