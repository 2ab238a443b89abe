import Formats
import Foundation
import Kernels
import Testing

@testable import Variational

@Suite struct FittedPriorFilesTests {
  /// A model's folder with all three kinds of prior fitted to it.
  private func withFolder(_ body: (RunFolder, Model, [FittedPrior]) throws -> Void) throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      let model = try Model(.smallDense(), seed: 3, threads: 1)
      try folder.saveSpec(model.spec)
      try folder.saveWeights(of: model)
      let rows = clusters(60, around: [[0, 0], [5, 1]])
      var spec = ModelSpec.secondStage(dimensions: 2)
      spec.training.epochs = 1
      let priors: [FittedPrior] = [
        .gaussian(try GaussianPrior(fitting: rows)),
        .mixture(try GaussianMixture(fitting: rows, components: 2, threads: 1)),
        .twoStage(try TwoStagePrior(fitting: rows, spec: spec, threads: 1)),
      ]
      for prior in priors { try folder.save(prior, record: record(prior, model)) }
      try body(folder, model, priors)
    }
  }

  private func record(_ prior: FittedPrior, _ model: Model) -> FittedPriorRecord {
    FittedPriorRecord(prior, of: model, rows: 60, seed: 5, logDensity: -3.5)
  }

  private func path(_ folder: RunFolder, _ kind: FittedPrior.Kind) -> String {
    folder.file(kind == .twoStage ? "prior-two-stage/prior.json" : kind.fileName)
  }

  @Test func whatIsReadIsWhatWasWritten() throws {
    try withFolder { folder, model, priors in
      for prior in priors {
        let read = try folder.loadPrior(prior.kind, for: model)
        #expect(read.kind == prior.kind)
        #expect(read.sample(count: 25, seed: 8) == prior.sample(count: 25, seed: 8))
      }
      if case .mixture(let mixture) = priors[1],
        case .mixture(let read) = try folder.loadPrior(.mixture, for: model)
      {
        #expect(read.gaussians == mixture.gaussians)
      }
      #expect(try folder.priorRecords() == priors.map { record($0, model) })
    }
  }

  @Test func anOlderPriorIsReplacedAndNothingIsLeftBehind() throws {
    try withFolder { folder, model, priors in
      let before = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      for prior in priors {
        var newer = record(prior, model)
        newer.seed = 99
        try folder.save(prior, record: newer)
      }
      #expect(try folder.priorRecords().allSatisfy { $0.seed == 99 })
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == before)
    }
  }

  @Test func aPriorThatWasNotFittedNamesTheCommand() throws {
    try withTemporaryFolder { path in
      let model = try Model(.smallDense(), threads: 1)
      for kind in FittedPrior.Kind.allCases {
        let sentence = sentence { try RunFolder(path).loadPrior(kind, for: model).kind }
        #expect(sentence.contains("no fitted \(kind.rawValue) prior"))
        #expect(sentence.contains("vae fit-prior \(path) --data DATA --kind \(kind.rawValue)"))
      }
      #expect(try RunFolder(path).priorRecords().isEmpty)
    }
  }

  @Test func aPriorOfOtherWeightsIsRefused() throws {
    try withFolder { folder, _, _ in
      let other = try Model(.smallDense(), seed: 4, threads: 1)
      let wide = try Model(.smallDense(latents: 3), seed: 3, threads: 1)
      for kind in FittedPrior.Kind.allCases {
        #expect(
          sentence { try folder.loadPrior(kind, for: other).kind }.contains("other weights"))
        #expect(
          sentence { try folder.loadPrior(kind, for: wide).kind }.contains("2 latents"))
      }
      #expect(try folder.priorRecords().allSatisfy { !$0.belongs(to: other) })
    }
  }

  /// Tensors that a mixture cannot have, each refused with its file and reason.
  @Test func hostileTensorsAreRefused() throws {
    try withFolder { folder, model, priors in
      let path = folder.file(FittedPrior.Kind.mixture.fileName)
      let text = try SafeTensors.read(path).metadata
      func refusal(_ changes: [String: NumericArray]) throws -> String {
        var arrays = [
          "weights": NumericArray([0.5, 0.5]),
          "means": NumericArray([0, 0, 1, 1.0], shape: [2, 2]),
          "covariances": NumericArray([1, 0, 0, 1, 1, 0, 0, 1.0], shape: [2, 2, 2]),
        ]
        arrays.merge(changes) { $1 }
        try SafeTensors.write(
          arrays.sorted { $0.key < $1.key }.map {
            SafeTensors.Entry(name: $0.key, array: $0.value)
          },
          metadata: text, to: path)
        let sentence = sentence { try folder.loadPrior(.mixture, for: model).kind }
        #expect(sentence.contains(path) || changes.isEmpty, "\(sentence)")
        return sentence
      }
      func covariances(_ values: [Double]) -> NumericArray {
        NumericArray([1, 0, 0, 1] + values, shape: [2, 2, 2])
      }
      #expect(try refusal([:]).contains("accepted"))
      #expect(try refusal(["weights": NumericArray([1.0])]).contains("[C, L, L]"))
      #expect(try refusal(["weights": NumericArray([Double]())]).contains("[C, L, L]"))
      #expect(try refusal(["weights": NumericArray([1, -1.0])]).contains("at least 0"))
      #expect(try refusal(["weights": NumericArray([0, 0.0])]).contains("at least 0"))
      #expect(try refusal(["weights": NumericArray([1, Double.nan])]).contains("element 1"))
      #expect(try refusal(["weights": NumericArray([1, 1] as [Int64])]).contains("int64"))
      #expect(try refusal(["means": NumericArray([0, 0, 1.0, 1])]).contains("[C, L, L]"))
      #expect(
        try refusal(["means": NumericArray([Double](), shape: [2, 0])]).contains("[C, L, L]"))
      #expect(
        try refusal(["covariances": covariances([1, 0.5, 0, 1])]).contains("not symmetric"))
      #expect(
        try refusal(["covariances": covariances([1, 2, 2, 1])]).contains("positive definite"))
      #expect(
        try refusal(["covariances": covariances([1, 0, 0, Double.infinity])]).contains("element 7"))
      try SafeTensors.write([], metadata: text, to: path)
      #expect(
        sentence { try folder.loadPrior(.mixture, for: model).kind }.contains("covariances")
          || sentence { try folder.loadPrior(.mixture, for: model).kind }.contains("weights"))
    }
  }

  @Test func aRecordThatIsNoneIsRefused() throws {
    try withFolder { folder, model, priors in
      let gaussian = folder.file(FittedPrior.Kind.gaussian.fileName)
      let mixture = folder.file(FittedPrior.Kind.mixture.fileName)
      try FileManager.default.removeItem(atPath: gaussian)
      try FileManager.default.copyItem(atPath: mixture, toPath: gaussian)
      #expect(
        sentence { try folder.loadPrior(.gaussian, for: model).kind }
          .contains("its name promises gaussian"))
      #expect(sentence { try folder.priorRecords() }.contains(gaussian))
      try SafeTensors.write([], to: mixture)
      #expect(sentence { try folder.loadPrior(.mixture, for: model).kind }.contains("no record"))
      let second = path(folder, .twoStage)
      for text in ["", "{}", "[1]", "{\"mean\": [1]}", "\u{0}"] {
        try AtomicFile.write([Array(text.utf8)], to: second)
        #expect(sentence { try folder.loadPrior(.twoStage, for: model).kind }.contains(second))
      }
      try FileManager.default.removeItem(atPath: second)
      #expect(sentence { try folder.loadPrior(.twoStage, for: model).kind }.contains(second))
    }
  }

  /// Bytes changed at random: a prior or a sentence, never a trap.
  @Test func damageIsNoTrap() throws {
    try withFolder { folder, model, _ in
      var generator = SeededGenerator(state: 21)
      for kind in FittedPrior.Kind.allCases {
        let path = path(folder, kind)
        let bytes = try FileBytes.read(path)
        for _ in 0..<150 {
          var damaged = bytes
          for _ in 0..<3 {
            let index = Int.random(in: 0..<damaged.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: damaged[index] = .random(in: 0...255, using: &generator)
            case 1: damaged[index] = .random(in: 0x30...0x39, using: &generator)
            default: damaged.removeSubrange(index..<min(index + 3, damaged.count))
            }
          }
          try AtomicFile.write([damaged], to: path)
          #expect(!sentence { try folder.loadPrior(kind, for: model).kind }.isEmpty)
          #expect(!sentence { try folder.priorRecords().count }.isEmpty)
        }
        try AtomicFile.write([bytes], to: path)
      }
    }
  }
}
