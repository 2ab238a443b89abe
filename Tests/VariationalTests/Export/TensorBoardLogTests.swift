import Formats
import Foundation
import TestSupport
import Testing

@testable import Variational

struct TensorBoardLogTests {
  // The messages of a file of events; the check sums are EventFileTests' business.
  private func events(_ path: String) throws -> [ProtobufFields] {
    let bytes = try FileBytes.read(path)
    var (position, result) = (0, [ProtobufFields]())
    while position < bytes.count {
      let length = (0..<8).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
      let start = position + 12
      result.append(try #require(ProtobufFields(Array(bytes[start..<start + length]))))
      position = start + length + 4
    }
    return result
  }

  private func values(_ event: ProtobufFields) -> [ProtobufFields] {
    event.message(5)?.messages(1) ?? []
  }

  private func run(
    _ spec: ModelSpec, data: DataSet, validation: DataSet?, folder: RunFolder
  ) throws -> (fit: Fit, log: TensorBoardLog) {
    let model = try Model(spec, threads: 1)
    let fit = try Fit(
      try Trainer(model, data: data), validation: validation, selecting: false, folder: folder)
    try folder.create()
    let log = try TensorBoardLog(folder: folder, model: model, data: validation)
    if folder.hasState { try fit.restore() }
    _ = try fit.run { log.observe($0) }
    return (fit, log)
  }

  @Test func curvesAreTheEpochsRecords() throws {
    try withTemporaryFolder { path in
      let spec = ModelSpec.smallDense(training: TrainingSpec(batchSize: 4, epochs: 3))
      let (fit, log) = try run(
        spec, data: randomFloats(10, Shape(features: 10)),
        validation: randomFloats(4, Shape(features: 10), seed: 2), folder: RunFolder(path))
      #expect(log.failure == nil)
      let epochs = try events(log.path).dropFirst()
      #expect(epochs.map { $0.int(2) } == [3, 6, 9])
      for (event, record) in zip(epochs, fit.records) {
        let scalars = Dictionary(
          uniqueKeysWithValues: values(event).map { ($0.text(1) ?? "", $0.float(2)) })
        let validation = try #require(record.validation)
        let expected: [String: Double] = [
          "loss/training": record.training.loss,
          "reconstruction/training": record.training.reconstruction,
          "kl/training": record.training.kl, "gradient_norm": record.training.gradientNorm,
          "learning_rate": record.learningRate, "beta": record.beta,
          "saturations": Double(record.saturations), "seconds": record.seconds,
          "loss/validation": validation.loss, "kl/validation": validation.kl,
          "reconstruction/validation": validation.reconstruction,
          "elbo/validation": validation.elbo,
        ]
        // Ten values in a row are no picture.
        #expect(scalars == expected.mapValues { Float($0) })
      }
    }
  }

  @Test func picturesOfImagesAreReadablePNGs() throws {
    try withTemporaryFolder { path in
      let shape = Shape(height: 6, width: 6, channels: 3)
      var spec = ModelSpec.dense(for: shape, latents: 2)
      spec.training = TrainingSpec(batchSize: 8, epochs: 1)
      let (_, log) = try run(
        spec, data: randomBytes(16, shape), validation: randomBytes(5, shape, seed: 2),
        folder: RunFolder(path))
      let pictures = try values(events(log.path)[1]).filter { $0.message(4) != nil }
      #expect(pictures.map { $0.text(1) } == ["samples", "reconstructions"])
      for picture in pictures {
        let image = try #require(picture.message(4))
        let png = try PNG.decode(image.all(4)[0].bytes, file: "summary")
        #expect([png.height, png.width, png.channels] == [1, 2, 3].map { image.int($0) })
      }
    }
  }

  @Test func resumedRunGoesOnInAFileOfItsOwn() throws {
    try withTemporaryFolder { path in
      let data = try randomFloats(10, Shape(features: 10))
      var spec = ModelSpec.smallDense(training: TrainingSpec(batchSize: 4, epochs: 2))
      let first = try run(spec, data: data, validation: nil, folder: RunFolder(path)).log
      spec.training.epochs = 3
      let second = try run(spec, data: data, validation: nil, folder: RunFolder(path)).log
      #expect(first.path != second.path)
      #expect(TensorBoardLog.files(in: RunFolder(path)).count == 2)
      #expect(try events(first.path).dropFirst().map { $0.int(2) } == [3, 6])
      #expect(try events(second.path).dropFirst().map { $0.int(2) } == [9])
    }
  }

  @Test func observingChangesNoBitOfTheTraining() throws {
    let shape = Shape(height: 6, width: 6, channels: 1)
    let data = try randomBytes(24, shape)
    var spec = ModelSpec.dense(for: shape, latents: 2)
    spec.training = TrainingSpec(batchSize: 8, epochs: 3)
    let checksums = try [false, true].map { isObserved -> UInt64 in
      try withTemporaryFolder { path in
        let model = try Model(spec, threads: 2)
        let fit = try Fit(try Trainer(model, data: data), validation: data, selecting: false)
        let log = try TensorBoardLog(folder: RunFolder(path), model: model, data: data)
        _ = try fit.run { if isObserved { log.observe($0) } }
        return model.weightsChecksum
      }
    }
    #expect(checksums[0] == checksums[1])
  }
}
