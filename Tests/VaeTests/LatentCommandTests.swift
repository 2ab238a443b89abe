import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct LatentCommandTests {}
}

extension CommandTests.LatentCommandTests {
  private func run(_ command: String, _ arguments: String...) throws -> Outcome {
    try Command.run([command, SampleFiles.modelFolder, "--threads", "1"] + arguments)
  }

  private func size(_ path: String) throws -> [Int] {
    let image = try PNG.read(path)
    return [image.width, image.height]
  }

  // A picture of 12×12 images, magnified four times, two pixels between and around.
  private func pixels(_ columns: Int, _ rows: Int) -> [Int] { [columns * 50 + 2, rows * 50 + 2] }

  @Test func pathsBetweenExamples() throws {
    try withTemporaryFolder { folder in
      let data = ["--data", SampleFiles.imagesFile]
      func interpolate(_ output: String, _ arguments: String...) throws -> String {
        let path = "\(folder)/\(output)"
        expectSuccess(
          try Command.run(
            ["interpolate", SampleFiles.modelFolder, "--output", path] + data + arguments))
        return path
      }
      let npy = try interpolate("x.npy", "--from", "3", "--to", "9", "--steps", "4")
      #expect(try NPY.read(npy).shape == [4, 12, 12])
      let png = try interpolate(
        "x.png", "--from", "3", "--to", "9", "--from", "4", "--to", "5", "--method", "spherical")
      // Ten steps with an example at either end, two rows.
      #expect(try size(png) == pixels(12, 2))
      let csv = try interpolate("x.csv", "--from", "3", "--to", "9", "--steps", "3")
      let lines = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 4 && lines[0].hasPrefix("path,position,z1,z2,x1,"))
      #expect(lines[2].hasPrefix("0,0.5,"))

      // The ends are the codes that encode gives.
      expectSuccess(
        try Command.run(
          ["encode", SampleFiles.modelFolder, "--output", "\(folder)/z.npy"] + data))
      let codes = try NPY.read("\(folder)/z.npy").floats()
      let first = lines[1].split(separator: ",").compactMap { Float($0) }
      // Encoded with others in one product, or alone.
      #expect(abs(first[2] - codes[6]) < 1e-4 && abs(first[3] - codes[7]) < 1e-4)
    }
  }

  @Test func pathsBetweenLatents() throws {
    try withTemporaryFolder { folder in
      let (z, npy) = ("\(folder)/z.npy", "\(folder)/x.npy")
      try NPY.write(NumericArray([0, 1, 1, 0] as [Float], shape: [2, 2]), to: z)
      expectSuccess(try run("interpolate", "--latents", z, "--steps", "5", "--output", npy))
      #expect(try NPY.read(npy).shape == [5, 12, 12])
      try NPY.write(NumericArray([0, 1, 0, -2] as [Float], shape: [2, 2]), to: z)
      expectFailure(
        try run("interpolate", "--latents", z, "--method", "spherical", "--output", npy), 65,
        "opposite", "linear")
      try NPY.write(NumericArray([0, 1, 0, -2, 1, 1] as [Float], shape: [3, 2]), to: z)
      expectFailure(
        try run("interpolate", "--latents", z, "--output", npy), 65, z, "3 latents", "two ends")
      try NPY.write(NumericArray([0, 1, 2] as [Float], shape: [1, 3]), to: z)
      expectFailure(try run("interpolate", "--latents", z, "--output", npy), 65, z, "[N, 2]")
    }
  }

  @Test func sweepsOfLatents() throws {
    try withTemporaryFolder { folder in
      let (png, csv) = ("\(folder)/x.png", "\(folder)/x.csv")
      let plain = try run("traverse", "--output", png, "--json")
      expectSuccess(plain)
      #expect(try size(png) == pixels(11, 2))
      #expect(try plain.json()["measure"] as? String == "decoded_change")
      let outcome = try run(
        "traverse", "--data", SampleFiles.imagesFile, "--example", "5", "--count", "1", "--steps",
        "3", "--range", "2", "--output", csv, "--json")
      expectSuccess(outcome)
      #expect(try outcome.json()["measure"] as? String == "kl")
      let latent = try #require((try outcome.json()["latents"] as? [Int])?.first)
      let lines = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == 4)
      for (line, position) in zip(lines.dropFirst(), [-2.0, 0, 2]) {
        let fields = line.split(separator: ",").compactMap { Double($0) }
        #expect(fields[0] == Double(latent) && fields[1] == position)
        #expect(fields[1 + latent] == position)
      }
    }
  }

  @Test func attributesAreAdded() throws {
    try withTemporaryFolder { folder in
      let (npz, png) = ("\(folder)/x.npz", "\(folder)/x.png")
      try NPZ.write(
        [
          (name: "data", array: SampleFiles.images(64, height: 12, width: 12)),
          (name: "labels", array: NumericArray((0..<64).map { Int64($0 % 4) })),
        ], to: npz)
      let outcome = try run(
        "arithmetic", "--data", npz, "--plus", "1", "--minus", "0", "--to", "0", "--to", "4",
        "--strengths=-1,0,1", "--output", png)
      expectSuccess(outcome)
      #expect(outcome.error.contains("from 16 and 16 examples"))
      #expect(try size(png) == pixels(4, 2))
      // Against all others, and from files.
      let others = try run("arithmetic", "--data", npz, "--plus", "1", "--output", png)
      expectSuccess(others)
      #expect(others.error.contains("from 16 and 48 examples"))
      #expect(try size(png) == pixels(6, 8))
      expectSuccess(
        try run(
          "arithmetic", "--data", npz, "--plus-data", SampleFiles.imagesFile, "--minus-data", npz,
          "--output", "\(folder)/x.csv"))
      expectFailure(
        try run("arithmetic", "--data", npz, "--plus", "9", "--output", png), 65, "\"9\"")
      expectFailure(
        try run("arithmetic", "--data", npz, "--plus", "1", "--to", "64", "--output", png), 64,
        "--to 64", "from 0 to 63")
    }
  }

  @Test(arguments: [
    Refusal("interpolate MODEL --output x.png", "--data", "--latents"),
    Refusal("interpolate MODEL --data IMAGES --output x.png", "--from", "--to"),
    Refusal(
      "interpolate MODEL --data IMAGES --from 1 --to 2 --method sphericl --output x.png",
      "did you mean \"spherical\""),
    Refusal(
      "interpolate MODEL --data IMAGES --from 1 --to 2 --steps 1 --output x.png", "--steps 1"),
    Refusal("interpolate MODEL --data IMAGES --from 1 --to 99 --output x.png", "--to 99", "63"),
    Refusal("traverse MODEL --example 1 --output x.png", "--example", "--data"),
    Refusal("traverse MODEL --range 0 --output x.png", "--range 0"),
    Refusal("traverse MODEL --count 0 --output x.png", "--count 0"),
    Refusal("traverse MODEL --output x.jpg", "x.jpg", ".png or .npy or .csv"),
    Refusal("arithmetic MODEL --data IMAGES --output x.png", "--plus"),
    Refusal(
      "arithmetic MODEL --data IMAGES --plus 1 --strengths a --output x.png", "--strengths a"),
    Refusal("arithmetic MODEL --data IMAGES --plus-data a --output x.png", "--minus-data"),
  ])
  func badUsageIsToldInOneSentence(_ refusal: Refusal) throws {
    try withTemporaryFolder { folder in
      let outcome = try Command.run(refusal.arguments, in: folder)
      #expect(outcome.status == 64, "\(outcome.error)")
      for word in refusal.words { #expect(outcome.error.contains(word), "\(outcome.error)") }
      #expect(try contents(of: folder).isEmpty)
    }
  }
}
