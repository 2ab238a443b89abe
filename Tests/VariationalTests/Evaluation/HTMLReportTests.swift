import Formats
import Foundation
import Testing

@testable import Variational

@Suite struct HTMLReportTests {
  private func page(_ spec: ModelSpec = .smallConvolution()) throws -> String {
    let (model, data) = try InferenceTests.model(spec)
    var contents = EvaluationReport.Contents()
    contents.importanceSamples = model.isVariational ? 12 : 0
    contents.measuresSamples = true
    let report = try model.report(on: data.prefix(40), contents).report
    return try HTMLReport.page(report, model: model, data: data).html
  }

  @Test func thePageNeedsNothingElse() throws {
    let text = try page()
    for outside in ["<script", "<link", "href=", "url(", "@import", "src=\"http", "<iframe"] {
      #expect(!text.contains(outside), "\(outside)")
    }
    #expect(text.hasPrefix("<!DOCTYPE html>"))
    #expect(text.contains("prefers-color-scheme: dark"))
    // The curve, the divergences and the moments.
    #expect(text.components(separatedBy: "<svg ").count == 4)
    #expect(text.contains("Importance-sampled bound"))
  }

  @Test func picturesArePNGFiles() throws {
    // One channel: two cannot be drawn.
    var spec = ModelSpec.smallConvolution()
    spec.data.channels = 1
    spec.decoder[6] = .conv2D(filters: 1)
    let text = try page(spec)
    let parts = text.components(separatedBy: "data:image/png;base64,").dropFirst()
    #expect(parts.count == 2)
    for part in parts {
      let end = try #require(part.firstIndex(of: "\""))
      let bytes = try #require(Data(base64Encoded: String(part[..<end])))
      let image = try PNG.decode(Array(bytes), file: "inline")
      #expect(image.width > 40 && image.height > 40)
    }
  }

  @Test func rowsHaveNoPictures() throws {
    let text = try page(.smallDense())
    #expect(!text.contains("<img"))
  }

  @Test func anAutoencoderHasAPageToo() throws {
    let text = try page(ModelSpec.smallDense().asAutoencoder())
    #expect(text.contains("Aggregate posterior"))
    #expect(!text.contains("KL of each latent dimension"))
  }

  @Test func namesCannotBecomeMarkup() throws {
    var spec = ModelSpec.smallDense()
    spec.name = "<script>alert(\"1\")</script> & 'co'"
    let text = try page(spec)
    #expect(!text.contains("<script"))
    #expect(text.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;co&#39;"))
  }

  @Test func theJSONKeepsTheSummarysKeysAtTheTop() throws {
    let (model, data) = try InferenceTests.model(.smallDense())
    let report = try model.report(on: data).report
    let object = try #require(
      try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any])
    #expect(object["examples"] as? Int == data.count)
    #expect(object["loss"] as? Double == report.summary.loss)
    #expect((object["latents"] as? [String: Any])?["active_units"] is Int)
    #expect((object["aggregate_posterior"] as? [String: Any])?["kl"] is Double)
    #expect(object["warnings"] is [Any])
    #expect(object["smoothness"] == nil && object["log_likelihood"] == nil)
  }
}
