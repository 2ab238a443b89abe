import Foundation
import Testing
import Variational

/// The articles of the documentation: their code is compiled somewhere, and their numbers are true.
@Suite struct ArticleTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static let articles = [
    "GettingStarted", "YourOwnImages", "YourOwnTable", "AnomalyDetection", "WritingALayer",
    "FromKerasOrPyTorch",
  ]

  private static func article(_ name: String) throws -> String {
    try String(
      contentsOf: root.appendingPathComponent("Sources/Variational/Variational.docc/\(name).md"),
      encoding: .utf8)
  }

  /// The lines of a text that say something, without their indentation.
  private static func lines(_ text: some StringProtocol) -> [String] {
    text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }

  /// Every source that is compiled by the tests or by `make examples`.
  private static func compiled() throws -> [[String]] {
    var files = [root.appendingPathComponent("Tests/DocumentationTests/ArticleSnippets.swift")]
    let examples = root.appendingPathComponent("Examples/Sources")
    for name in try FileManager.default.contentsOfDirectory(atPath: examples.path) {
      files.append(examples.appendingPathComponent("\(name)/\(name).swift"))
    }
    return try files.map { lines(try String(contentsOf: $0, encoding: .utf8)) }
  }

  /// Whether the lines stand in the source one after the other.
  private static func contains(_ source: [String], _ block: [String]) -> Bool {
    source.indices.contains { source[$0...].starts(with: block) }
  }

  @Test(arguments: articles)
  func everySwiftBlockOfAnArticleIsCompiled(_ name: String) throws {
    let sources = try Self.compiled()
    let parts = try Self.article(name).components(separatedBy: "```swift\n").dropFirst()
    #expect(!parts.isEmpty)
    for part in parts {
      let block = Self.lines(part.components(separatedBy: "```")[0])
      #expect(
        !block.isEmpty && sources.contains { Self.contains($0, block) },
        "compiled nowhere: \(block.first ?? "an empty block")")
    }
  }

  @Test func everyArticleIsListed() throws {
    let page = try Self.article("Variational")
    let folder = Self.root.appendingPathComponent("Sources/Variational/Variational.docc")
    for file in try FileManager.default.contentsOfDirectory(atPath: folder.path)
    where file != "Variational.md" && file.hasSuffix(".md") {
      #expect(page.contains("<doc:\(file.dropLast(3))>"), "\(file)")
      #expect(Self.articles.contains(String(file.dropLast(3))), "\(file) is not tested")
    }
  }

  /// Each line of the table of losses as the description that the article gives for it, and its β by hand.
  @Test(arguments: [1, 20], [1, 3])
  func theEffectiveBetasOfTheTableAreTrue(latents: Int, channels: Int) {
    let shape = Shape(height: 28, width: 28, channels: channels)
    let count = Double(28 * 28 * channels)
    func beta(_ objective: ObjectiveSpec, _ likelihood: LikelihoodSpec = .bernoulli) -> Double {
      var spec = ModelSpec.dense(for: shape, latents: latents)
      spec.likelihood = likelihood
      spec.objective = objective
      return spec.effectiveBeta
    }
    func mean(_ weight: Double, beta: Double = 1) -> ObjectiveSpec {
      ObjectiveSpec(beta: beta, reconstruction: .weightedMean(weight: weight))
    }
    // Quotients of whole numbers and a few roundings of them: 1e-12 is a thousand of those.
    func expectNear(_ value: Double, _ expected: Double) {
      #expect(abs(value - expected) <= 1e-12 * expected)
    }
    expectNear(beta(ObjectiveSpec(beta: 1)), 1)
    expectNear(beta(mean(1)), count)
    expectNear(beta(mean(1, beta: 1 / Double(latents))), count / Double(latents))
    // A mean over channels and a sum over pixels is a sum over D divided by c: a mean over D weighted by D/c.
    expectNear(beta(mean(count / Double(channels))), Double(channels))
    expectNear(beta(mean(500)), count / 500)
    expectNear(beta(ObjectiveSpec(beta: 1), .gaussian(.fixed(0.5))), 1)
    expectNear(beta(mean(1), .gaussian(.fixed(1))), count / 2)
  }
}
