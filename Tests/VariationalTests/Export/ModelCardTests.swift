import Formats
import Foundation
import Testing

@testable import Variational

struct ModelCardTests {
  private func card(
    _ spec: ModelSpec = .smallDense(), data: String = "numbers", evaluated: Bool = true
  ) throws -> ModelCard {
    let set = try DataSet(
      floats: [Float](repeating: 0.5, count: 3 * spec.data.stored.count), shape: spec.data.stored,
      name: data)
    let model = try Model(spec, threads: 1)
    return ModelCard(
      model, data: set, epochs: 4, evaluation: evaluated ? try model.evaluate(set) : nil)
  }

  private func frontMatter(_ text: String) throws -> [Substring] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first == "---")
    let end = try #require(lines.dropFirst().firstIndex(of: "---"))
    return Array(lines[1..<end])
  }

  @Test func frontMatterNamesTheLibraryTheTaskAndTheNumbers() throws {
    let card = try card()
    let lines = try frontMatter(card.text)
    let evaluation = try #require(card.evaluation)
    for line in [
      "library_name: variational", "pipeline_tag: feature-extraction", "- variational-autoencoder",
      "- name: \"small\"", "      name: \"numbers\"", "      value: \(evaluation.loss)",
      "      value: \(evaluation.elbo)",
    ] {
      #expect(lines.contains { $0 == line }, "\(line)")
    }
    #expect(!lines.contains { $0.hasPrefix("license") || $0.hasPrefix("datasets") })
  }

  @Test func imagesAndPublishedDataHaveTheirTags() throws {
    let shape = Shape(height: 4, width: 4, channels: 1)
    let card = try card(.dense(for: shape, latents: 2), data: "fashion-mnist (train)")
    let lines = try frontMatter(card.text)
    #expect(lines.contains("pipeline_tag: unconditional-image-generation"))
    #expect(lines.contains("- zalando-datasets/fashion_mnist"))
  }

  @Test func namesThatYAMLWouldReadOtherwiseAreQuoted() throws {
    var spec = ModelSpec.smallDense()
    spec.name = "yes: \"1\"\n- no"
    let lines = try frontMatter(try card(spec).text)
    #expect(lines.contains(#"- name: "yes: \"1\"\n- no""#))
    #expect(!lines.contains("- no"))
  }

  @Test func everyTensorAndNoPathIsNamed() throws {
    let card = try card(data: "/home/somebody/secret/numbers.npy")
    #expect(card.text.contains("`encoder.0.weight` | [6, 10]"))
    #expect(card.text.contains("`decoder.2.bias` | [10]"))
    #expect(!card.text.contains("secret") && card.text.contains("numbers.npy"))
    #expect(!(try self.card(evaluated: false).text.contains("## Results")))
  }

  @Test func onlyOurOwnCardIsReplacedOrRemoved() throws {
    try withTemporaryFolder { path in
      let folder = RunFolder(path)
      #expect(try card().write(to: folder))
      var spec = ModelSpec.smallDense()
      spec.name = "second"
      #expect(try card(spec).write(to: folder))
      let file = folder.file(ModelCard.fileName)
      #expect(String(decoding: try FileBytes.read(file), as: UTF8.self).contains("# second"))
      try ModelCard.remove(from: folder)
      #expect(!FileManager.default.fileExists(atPath: file))
      let own = Array("# Mine\n".utf8)
      try AtomicFile.write([own], to: file)
      #expect(try !card().write(to: folder))
      try ModelCard.remove(from: folder)
      #expect(try FileBytes.read(file) == own)
    }
  }
}
