import Formats
import Foundation
import Kernels
import TestSupport
import Testing

@testable import Variational

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct MappedDataTests {
  /// Everything stays in its file.
  static let mapping: DataReading = {
    var reading = DataReading()
    reading.memoryLimit = 0
    return reading
  }()

  private static func isMapped(_ data: DataSet) -> Bool {
    if case .mapped = data.storage { return true }
    return false
  }

  /// Files of several types with 20 examples of 3×2×1.
  private static func arrays() -> [NumericArray] {
    var generator = SeededGenerator(state: 4)
    let shape = [20, 3, 2]
    let floats = generator.floats(120, 0...1)
    return [
      NumericArray(generator.bytes(120), shape: shape), NumericArray(floats, shape: shape),
      NumericArray(floats.map { Double($0) + 1e-9 }, shape: shape),
      NumericArray((0..<120).map { Int64($0 * $0) - 50 }, shape: shape),
    ]
  }

  @Test func mappedFilesGiveTheBitsOfFilesInMemory() throws {
    try withTemporaryFolder { folder in
      for (index, array) in Self.arrays().enumerated() {
        var paths = ["\(folder)/\(index).npy"]
        try NPY.write(array, to: paths[0])
        if array.elementType != .int64 {
          paths.append("\(folder)/\(index).idx")
          try IDX.write(array, to: paths[1])
        }
        for path in paths {
          let memory = try DataSource(path).load(.train)
          let mapped = try DataSource(path).load(.train, Self.mapping)
          #expect(Self.isMapped(mapped) && !Self.isMapped(memory))
          #expect(mapped.count == 20 && mapped.shape == memory.shape && mapped.name == memory.name)
          #expect(mapped.notes.count == 1 && memory.notes.isEmpty)
          #expect(DataSourceTests.values(mapped) == DataSourceTests.values(memory))
          let order = [7, 0, 19, 7, 3]
          #expect(
            DataSourceTests.values(mapped.subset(order))
              == DataSourceTests.values(memory.subset(order)))
          let (ours, theirs) = (
            MatrixFixture(rows: 5, columns: 7 * 6), MatrixFixture(rows: 5, columns: 7 * 6)
          )
          mapped.gather(order[...], padding: 2, into: ours.view)
          memory.gather(order[...], padding: 2, into: theirs.view)
          #expect(ours.values == theirs.values)
        }
      }
    }
  }

  @Test func onlyLargePlainArraysAreMapped() throws {
    try withTemporaryFolder { folder in
      var generator = SeededGenerator(state: 4)
      let array = NumericArray(generator.bytes(600), shape: [100, 6])
      try NPY.write(array, to: "\(folder)/x.npy")
      try IDX.write(array, to: "\(folder)/x.gz", compressed: true)
      try NPZ.write([(name: "x", array: array)], to: "\(folder)/x.npz")
      var reading = DataReading()
      for (limit, isMapped) in [(nil, false), (600, true), (1000, false)] as [(Int?, Bool)] {
        reading.memoryLimit = limit
        let data = try DataSource("\(folder)/x.npy").load(.train, reading)
        #expect(Self.isMapped(data) == isMapped)
      }
      for name in ["x.gz", "x.npz"] {
        let data = try DataSource("\(folder)/\(name)").load(.train, Self.mapping)
        #expect(!Self.isMapped(data) && data.count == 100)
      }
    }
  }

  @Test func valuesAreCheckedAsInMemory() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.npy"
      func expectSameSentence(_ body: (DataReading) throws -> Void) {
        let sentences = [DataReading(), Self.mapping].map { reading in
          sentence { try body(reading) }
        }
        #expect(sentences[0] == sentences[1] && !sentences[0].hasPrefix("accepted"))
      }
      // Far enough back to lie in the second piece of the pass.
      for bad in [Double.nan, .infinity, 1e300] {
        var values = [Double](repeating: 0.5, count: 30_000 * 3)
        values[80_001] = bad
        try NPY.write(NumericArray(values, shape: [30_000, 3]), to: path)
        expectSameSentence { _ = try DataSource(path).load(.train, $0) }
      }
      try NPY.write(NumericArray([Float(0), 0.5, 1, -2, 7, 0], shape: [2, 3]), to: path)
      for likelihood: LikelihoodSpec in [.bernoulli, .poisson, .continuousBernoulli] {
        expectSameSentence {
          try DataSource(path).load(.train, $0).checkValues(for: likelihood)
        }
      }
      try NPY.write(NumericArray([Float](), shape: [0, 3]), to: path)
      expectSameSentence { _ = try DataSource(path).load(.train, $0) }
      try AtomicFile.write([try FileBytes.read(path) + [1]], to: path)
      expectSameSentence { _ = try DataSource(path).load(.train, $0) }
    }
  }

  @Test func aFileThatShrinksInTrainingEndsItWithASentence() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.npy"
      let spec = ModelSpec.smallDense(training: TrainingSpec(batchSize: 4, epochs: 2))
      var generator = SeededGenerator(state: 4)
      let values = generator.floats(20_000 * spec.data.stored.count, 0...1)
      try NPY.write(NumericArray(values, shape: [20_000, spec.data.stored.count]), to: path)
      let model = try Model(spec, threads: 2)
      let data = try DataSource(path).load(.train, Self.mapping)
      let trainer = try Trainer(model, data: data)
      let batches = Array(trainer.batches(epoch: 0).prefix(3))
      _ = try trainer.step(batches[0])
      let weights = model.weightsChecksum
      #expect(truncate(path, 4_096) == 0)
      let error = #expect(throws: TrainingError.self) { try trainer.step(batches[1]) }
      #expect(error == .dataChanged(file: path, step: 2))
      #expect(
        error.map { "\($0)" }
          == "\(path): the file was changed while it was in use, noticed at step 2")
      #expect(model.weightsChecksum == weights && trainer.completedSteps == 1)
      for body: () throws -> Void in [
        { _ = try model.encode(data) }, { _ = try model.evaluate(data) },
        { try data.check(against: spec) },
      ] {
        #expect(sentence(body) == "\(path): the file was changed while it was in use")
      }
    }
  }
}
