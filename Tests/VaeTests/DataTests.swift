import Formats
import Foundation
import Testing

extension CommandTests {
  @Suite struct DataTests {}
}

extension CommandTests.DataTests {
  private func evaluate(_ path: String) throws -> Outcome {
    try Command.run(["evaluate", SampleFiles.modelFolder, "--data", path])
  }

  /// Writes bytes under a name and checks that they are refused, with the file's name and words.
  private func expectRefused(
    _ bytes: [UInt8], as name: String, _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      try write(bytes, to: path)
      let outcome = try evaluate(path)
      expectFailure(outcome, 65, path, sourceLocation: sourceLocation)
      for word in words {
        #expect(
          outcome.error.contains(word), "\(outcome.error)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test func pathsThatHoldNothingAreNamed() throws {
    try withTemporaryFolder { folder in
      let before = try contents(of: folder)
      expectFailure(
        try evaluate("\(folder)/none.npy"), 65, "\(folder)/none.npy", "no such file",
        "fashion-mnist", "CSV, IDX, NPY or NPZ")
      expectFailure(try evaluate(folder), 65, folder, "no PNG or JPEG images and no IDX files")
      expectFailure(try evaluate("/dev/null"), 65, "/dev/null", "is a device")
      let long = "\(folder)/" + String(repeating: "long", count: 1_000)
      #expect(try evaluate(long).status == 65)
      expectFailure(
        try Command.run([
          "train", "--data", "fashion-mnist", "--data-directory", folder, "--output",
          "\(folder)/run",
        ]), 65, "train-images-idx3-ubyte.gz", "no such file", "--data-directory")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func aFolderOfUnequalOrBrokenImagesIsRefused() throws {
    try withTemporaryFolder { folder in
      for (name, side) in [("a.png", 12), ("b.png", 13)] {
        let pixels = [UInt8](repeating: 0, count: side * side)
        try PNG.write(
          PNGImage(width: side, height: side, channels: 1, pixels: pixels), to: "\(folder)/\(name)")
      }
      expectFailure(try evaluate(folder), 65, "b.png", "13×13", "a.png", "12×12", "one size")
      try write("text", to: "\(folder)/b.png")
      expectFailure(try evaluate(folder), 65, "b.png")
      try FileManager.default.removeItem(atPath: "\(folder)/b.png")
      try FileManager.default.createDirectory(
        atPath: "\(folder)/b.png", withIntermediateDirectories: false)
      expectFailure(try evaluate(folder), 65, "b.png", "is a folder")
      try FileManager.default.removeItem(atPath: "\(folder)/b.png")
      expectSuccess(try evaluate(folder))
    }
  }

  @Test func anIDXFileThatLiesIsRefused() throws {
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 64, 0, 0, 0, 12, 0, 0, 0, 12]
    try expectRefused([], as: "x.idx", "begins with")
    try expectRefused([], as: "x.gz", "empty")
    try expectRefused(Array("hello".utf8), as: "x.idx", "neither CSV nor IDX", "NPY", "NPZ")
    try expectRefused(Array("hello".utf8), as: "x.gz", ".gz", "1f 8b")
    try expectRefused(Array(header[..<9]), as: "x.idx", "ends inside the header")
    try expectRefused(header, as: "x.idx", "64 × 12 × 12", "0 can follow")
    try expectRefused(
      header + [UInt8](repeating: 0, count: 64 * 144 + 1), as: "x.idx", "64 × 12 × 12",
      "more follow")
    try expectRefused(
      [0, 0, 8, 3] + [UInt8](repeating: 255, count: 12), as: "x.idx", "4294967295")
    try expectRefused([0, 0, 8, 1, 0, 0, 0, 1, 7], as: "x.idx", "1 dimensions", "[examples")
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.gz"
      try IDX.write(SampleFiles.images(64, height: 12, width: 12), to: path, compressed: true)
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      try expectRefused(Array(bytes[..<(bytes.count / 2)]), as: "x.gz", "at byte")
      try expectRefused(Array(bytes.dropLast(4)), as: "x.gz", "at byte")
    }
  }

  @Test func anNPYFileThatIsNoDataIsRefused() throws {
    func npy(_ header: String, _ data: [UInt8]) -> [UInt8] {
      let text = Array((header + "\n").utf8)
      return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.count), 0] + text + data
    }
    func dictionary(_ type: String, _ shape: String) -> String {
      "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }"
    }
    let values = [UInt8](repeating: 0, count: 144 * 4)
    try expectRefused(npy(dictionary("|O", "(1, 144)"), values), as: "x.npy", "Python objects")
    try expectRefused(npy(dictionary("<c8", "(1, 72)"), values), as: "x.npy", "c8")
    try expectRefused(npy(dictionary("<f4", "(-1, 144)"), values), as: "x.npy", "at byte")
    try expectRefused(
      npy(dictionary("<f4", "(2, 144)"), values), as: "x.npy", "2 × 144", "576 follow")
    try expectRefused(
      npy(dictionary("<f4", "(0, 144)"), []), as: "x.npy", "[0, 144]", "no examples")
    try expectRefused(npy(dictionary("<f4", "()"), [0, 0, 0, 0]), as: "x.npy", "no examples")
    try expectRefused(
      npy(dictionary("<f4", "(9223372036854775807, 9223372036854775807)"), values), as: "x.npy",
      "promises")
    try expectRefused(npy("{'descr': ", values), as: "x.npy", "at byte")
  }

  @Test(arguments: [
    (Float.nan, "finite"), (.infinity, "finite"), (1.5, "Bernoulli"), (-0.5, "Bernoulli"),
  ])
  func numbersThatTheModelCannotTakeAreRefused(value: Float, word: String) throws {
    try withTemporaryFolder { folder in
      var values = [Float](repeating: 0, count: 3 * 144)
      values[144 + 5] = value
      let path = "\(folder)/x.npy"
      try NPY.write(NumericArray(values, shape: [3, 12, 12]), to: path)
      let outcome = try evaluate(path)
      expectFailure(outcome, 65, path, word)
      if !value.isFinite { #expect(outcome.error.contains("example 1, value 5")) }
      expectFailure(
        try Command.run(["train", "--data", path, "--output", "\(folder)/run"]), 65, path, word)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/run"))
    }
  }

  @Test func arraysOfAnotherShapeAreRefused() throws {
    expectFailure(
      try evaluate(SampleFiles.rowsFile), 65, SampleFiles.rowsFile, "20", "\"tiny\"", "12×12×1")
  }

  @Test func labelsThatAreNoClassesAreRefused() throws {
    try withTemporaryFolder { folder in
      let images = SampleFiles.images(3, height: 12, width: 12)
      let path = "\(folder)/x.npz"
      for (labels, word) in [
        ([0, 1, Float.nan], "label 2 is nan"), ([0, -1, 2], "label 1 is -1"),
        ([0, 1e30, 2], "label 1"),
        ([0, 1], "2 labels for 3 examples"),
      ] {
        try NPZ.write(
          [(name: "data", array: images), (name: "labels", array: NumericArray(labels))], to: path)
        expectFailure(try evaluate(path), 65, path, word)
      }
      try NPZ.write([(name: "a", array: images), (name: "b", array: images)], to: path)
      expectFailure(try evaluate(path), 65, path, "\"a\", \"b\"", "\"images\"")
    }
  }

  @Test func latentsThatDoNotFitAreRefused() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/z.npy"
      func decode() throws -> Outcome {
        try Command.run([
          "decode", SampleFiles.modelFolder, "--latents", path, "--output", "\(folder)/x.npy",
        ])
      }
      expectFailure(try decode(), 65, path, "No such file")
      for shape in [[2, 3], [6], [3, 2, 1], [0, 2]] {
        let values = [Float](repeating: 0, count: shape.reduce(1, *))
        try NPY.write(NumericArray(values, shape: shape), to: path)
        expectFailure(try decode(), 65, path, "\(shape)", "[N, 2]")
      }
      try NPY.write(NumericArray([0, 0, 0, .nan] as [Float], shape: [2, 2]), to: path)
      expectFailure(try decode(), 65, path, "row 1, column 1 is nan")
      // Finite latents whose pictures are none.
      try NPY.write(NumericArray([1e38, 1e38] as [Float], shape: [1, 2]), to: path)
      #expect([0, 65].contains(try decode().status))
      try write("text", to: path)
      expectFailure(try decode(), 65, path, "this is not NPY")
      #expect(try contents(of: folder).keys.allSatisfy { $0 == "z.npy" || $0 == "x.npy" })
    }
  }
}
