import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct RunFolderTests {
  @Test(arguments: ModelTensorsTests.specs)
  func aModelIsLoadedAsItWasSaved(_ spec: ModelSpec) throws {
    let model = try ModelTensorsTests.scrambled(spec)
    try withTemporaryFolder { path in
      let folder = RunFolder("\(path)/run/")
      #expect(folder.path == "\(path)/run")
      #expect(!folder.hasModel)
      try folder.create()
      try folder.saveSpec(spec)
      try folder.saveWeights(of: model)
      #expect(folder.hasModel && !folder.hasState)
      let loaded = try folder.loadModel(threads: 1)
      #expect(loaded.spec == spec)
      #expect(loaded.weightsChecksum == model.weightsChecksum)
      #expect(loaded.threads == 1)
    }
  }

  @Test func foldersThatCannotBeMadeAreNamed() throws {
    try withTemporaryFolder { path in
      try RunFolder(path).create()
      #expect(
        sentence { try RunFolder("\(path)/a/b").create() }
          == "\(path)/a/b: its parent folder \(path)/a does not exist; create it first")
      try AtomicFile.write([[1]], to: "\(path)/file")
      #expect(
        sentence { try RunFolder("\(path)/file").create() }
          == "\(path)/file: is a file; the output should be a folder")
      #expect(
        sentence { try RunFolder("\(path)/none").loadModel() }
          == "\(path)/none: there is no such folder; give the folder of a trained model")
      #expect(
        sentence { try RunFolder("\(path)/file").loadModel() }
          == "\(path)/file: is a file; give the folder of a trained model")
      #expect(
        sentence { try RunFolder(path).loadModel() }
          == "\(path): holds no model: there is no config.json in it")
    }
  }

  @Test func errorsInTheConfigurationNameFileAndPlace() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let file = folder.file("config.json")
      var text = String(decoding: ModelSpec.smallDense().json(), as: UTF8.self)
      text = text.replacingOccurrences(of: "\"bernoulli\"", with: "\"bernouli\"")
      try AtomicFile.write([Array(text.utf8)], to: file)
      #expect(
        sentence { try folder.loadModel() }
          == "\(file): at likelihood.type: unknown likelihood \"bernouli\"; did you mean "
          + "\"bernoulli\"? It is one of bernoulli, continuous_bernoulli, gaussian, laplace, student_t, "
          + "discretised_logistic, categorical, poisson, negative_binomial, "
          + "zero_inflated_negative_binomial, mixed")
      var spec = ModelSpec.smallDense()
      spec.decoder[0] = .dense(outputs: 0)
      try folder.saveSpec(spec)
      #expect(
        sentence { try folder.loadModel() }
          == "\(file): decoder.0: outputs 0 should lie between 1 and 16777216")
      // Threads are not the file's fault.
      try folder.saveSpec(.smallDense())
      #expect(
        sentence { try folder.loadModel(threads: 0) }
          == "threads: 0 threads should lie between 1 and 256")
    }
  }

  @Test func missingAndDamagedWeightsAreErrors() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let model = try Model(.smallDense(), threads: 1)
      try folder.saveSpec(model.spec)
      #expect(
        sentence { try folder.loadModel() }.hasPrefix(folder.file("model.safetensors")))
      try folder.saveWeights(of: model)
      let bytes = try FileBytes.read(folder.file("model.safetensors"))
      for count in Swift.stride(from: 0, to: bytes.count, by: 41) {
        try AtomicFile.write([Array(bytes.prefix(count))], to: folder.file("model.safetensors"))
        #expect(throws: FormatError.self) { try folder.loadModel(threads: 1) }
      }
      // Another model's weights.
      try folder.saveWeights(of: try Model(.smallGated(), threads: 1))
      #expect(throws: FormatError.self) { try folder.loadModel(threads: 1) }
    }
  }

  @Test func removingClearsWhatAnEarlierRunLeft() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let task = try FitTests.Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 1)))
      try folder.saveSpec(task.spec)
      _ = try task.fit(folder).run()
      #expect(folder.hasState)
      let files = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
      #expect(
        files == [
          "config.json", "metrics.jsonl", "model.safetensors", "training_state.safetensors",
        ])
      let trained = ["model.safetensors", "training_state.safetensors", "metrics.jsonl"]
      try folder.remove(trained)
      #expect(try FileManager.default.contentsOfDirectory(atPath: path) == ["config.json"])
      try folder.remove(trained)
      #expect(try folder.readMetrics().isEmpty)
    }
  }

  @Test func everyLineOfTheMetricsIsARecord() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let task = try FitTests.Task(.smallDense(training: TrainingSpec(batchSize: 8, epochs: 3)))
      let fit = try task.fit(folder)
      _ = try fit.run()
      let text = String(
        decoding: try FileBytes.read(folder.file("metrics.jsonl")), as: UTF8.self)
      #expect(text.hasSuffix("\n"))
      let lines = text.split(separator: "\n")
      #expect(lines.count == 3)
      for (line, record) in zip(lines, fit.records) {
        #expect(try JSONDecoder().decode(EpochRecord.self, from: Data(line.utf8)) == record)
        let object = try #require(
          try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["epoch"] as? Int == record.epoch)
        let training = try #require(object["training"] as? [String: Any])
        // Foundation's loose parser may be an ulp off; the decoder above is exact.
        let norm = try #require(training["gradient_norm"] as? Double)
        #expect(abs(norm - record.training.gradientNorm) <= 1e-15 * 4 * norm)
        let validation = try #require(object["validation"] as? [String: Any])
        let bound = try #require(validation["elbo"] as? Double)
        #expect(abs(bound - (record.validation?.elbo ?? 0)) <= 1e-15 * 4 * abs(bound))
      }
      #expect(try folder.readMetrics() == fit.records)

      try AtomicFile.write(
        [Array((lines[0] + "\n{\"epoch\": 2}\n").utf8)], to: folder.file("metrics.jsonl"))
      #expect(
        sentence { try folder.readMetrics() }
          == "\(folder.file("metrics.jsonl")): line 2 is not an epoch's record")
    }
  }
}
