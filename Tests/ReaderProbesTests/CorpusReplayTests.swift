import Foundation
import ReaderProbes
import Testing

/// The inputs that fuzzing found worth keeping (Fuzzing/Corpus), read again by their readers: each gives a
/// value or a typed error. A trap ends the whole test run, which is as loud as it should be.
@Suite struct CorpusReplayTests {
  static let corpus = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Fuzzing/Corpus").standardized

  /// The files of a reader's corpus, in the order of their names.
  static func files(_ probe: ReaderProbe) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: corpus.appendingPathComponent(probe.rawValue), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
  }

  @Test(arguments: ReaderProbe.allCases)
  func everyInputGivesAValueOrATypedError(_ probe: ReaderProbe) throws {
    var (values, refusals) = (0, 0)
    for file in try Self.files(probe) {
      switch try probe.verdict(on: [UInt8](Data(contentsOf: file))) {
      case .value: values += 1
      case .refused(let sentence):
        refusals += 1
        // A sentence for people: on one line, without a type's name.
        #expect(!sentence.isEmpty && !sentence.contains("\n"), "\(file.lastPathComponent)")
        #expect(!sentence.contains("Error("), "\(sentence)")
      }
    }
    // A corpus that is refused as a whole, or read as a whole, tests half of a reader.
    #expect(values > 0 && refusals > 0, "\(values) values, \(refusals) refusals")
  }

  /// The whole corpus is small enough to stay in the repository.
  @Test func theCorpusIsSmall() throws {
    var bytes = 0
    for probe in ReaderProbe.allCases {
      for file in try Self.files(probe) {
        bytes += try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      }
    }
    #expect(bytes <= 1 << 20)
  }

  @Test(arguments: ReaderProbe.allCases)
  func everySeedIsAValue(_ probe: ReaderProbe) throws {
    for seed in try probe.seeds() {
      let verdict = try probe.verdict(on: seed)
      #expect(verdict == .value)
    }
  }
}
