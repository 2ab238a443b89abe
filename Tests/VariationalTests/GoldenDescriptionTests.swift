import Foundation
import Testing

@testable import Variational

/// config.json byte for byte as it was when the files in Fixtures/golden were written, and read back as the same model.
///
/// A file changes only when the format does, and the commit says why: `VAE_WRITE_GOLDEN=Tests/VariationalTests/Fixtures/golden
/// swift test --filter GoldenDescription` writes them.
@Suite struct GoldenDescriptionTests {
  private static func fileName(_ name: String) -> String {
    name.replacingOccurrences(of: ",", with: "").replacingOccurrences(of: " ", with: "-") + ".json"
  }

  @Test func namesAreDifferentAndCoverWhatThereIs() throws {
    let names = try GoldenDescriptions.all().map(\.name)
    #expect(Set(names).count == names.count)
    for likelihood in LikelihoodSpec.choiceNames {
      #expect(names.contains("likelihood \(likelihood)"))
    }
    for kind in ObjectiveKind.all { #expect(names.contains("objective \(kind.name)")) }
    for prior in PriorSpec.names { #expect(names.contains("prior \(prior)")) }
  }

  @Test func bytesAreTheFrozenOnes() throws {
    for (name, spec) in try GoldenDescriptions.all() {
      let bytes = spec.json()
      if let folder = ProcessInfo.processInfo.environment["VAE_WRITE_GOLDEN"] {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(Self.fileName(name))"))
        continue
      }
      let frozen = try Data(
        contentsOf: URL(fileURLWithPath: try fixture("golden/\(Self.fileName(name))")))
      #expect(
        String(decoding: bytes, as: UTF8.self) == String(decoding: frozen, as: UTF8.self), "\(name)"
      )
    }
  }

  @Test func frozenFilesAreReadAsTheirModels() throws {
    for (name, spec) in try GoldenDescriptions.all() {
      let read = try ModelSpec.read(try fixture("golden/\(Self.fileName(name))"))
      #expect(read == spec, "\(name)")
    }
  }
}
