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

  @Test func sidesThatNoEqualPaddingFitsAreRefused() {
    // 28 + 2p and 30 + 2p are never multiples of eight together.
    let shape = Shape(height: 28, width: 30, channels: 1)
    #expect(throws: SpecError.self) { try Model(.fashion(for: shape), threads: 1) }
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
