// An evaluation as one page that needs nothing else.

import Formats
import Foundation
import Pictures

/// A self-contained HTML page: numbers, warnings, charts as SVG and pictures as PNG data.
///
/// Nothing is fetched from anywhere, every text is escaped, and colours follow the reader's light or dark
/// setting.
public struct HTMLReport: Sendable {
  /// A picture with its caption.
  public struct Picture: Sendable {
    /// What it shows.
    public var caption: String
    /// A PNG file.
    public var png: [UInt8]

    /// A picture.
    public init(caption: String, png: [UInt8]) {
      self.caption = caption
      self.png = png
    }
  }

  private let report: EvaluationReport
  private let pictures: [Picture]

  /// A page of a report.
  public init(_ report: EvaluationReport, pictures: [Picture] = []) {
    self.report = report
    self.pictures = pictures
  }

  /// The page.
  public var html: String {
    let title = HTMLReport.escaped("\(report.model) on \(report.data)")
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title)</title>
      <style>
      \(HTMLReport.style)
      </style>
      </head>
      <body>
      <h1>\(title)</h1>
      \(warnings)\(tables)\(charts)\(images)</body>
      </html>

      """
  }

  private var warnings: String {
    if report.warnings.isEmpty { return "<p class=\"good\">No warnings.</p>\n" }
    let items = report.warnings.map { warning in
      "<li><strong>\(HTMLReport.escaped(warning.message))</strong> "
        + "\(HTMLReport.escaped(warning.advice))</li>\n"
    }
    return "<ul class=\"warnings\">\n\(items.joined())</ul>\n"
  }

  private var tables: String {
    report.sections.map { section in
      let heading =
        section.title.isEmpty ? "" : "<h2>\(HTMLReport.escaped(section.title.capitalized))</h2>\n"
      let rows = section.rows.map { row in
        "<tr><th scope=\"row\">\(HTMLReport.escaped(row.name))</th>"
          + "<td>\(HTMLReport.escaped(row.value))</td></tr>\n"
      }
      return "\(heading)<table>\n\(rows.joined())</table>\n"
    }.joined()
  }

  private var charts: String {
    var charts: [String] = []
    if let curve = report.summary.importanceCurve, curve.count > 1 {
      charts.append(
        LineChart(
          title: "Importance-sampled bound", horizontalLabel: "samples an example",
          panels: [
            LineChart.Panel(
              verticalLabel: "nats per example",
              series: [
                LineChart.Series(
                  name: "",
                  points: curve.map { ChartPoint(x: Double($0.samples), y: $0.logLikelihood) })
              ])
          ], isHorizontallyLogarithmic: true
        ).svg())
    }
    let latents = report.latents
    if let kl = latents.kl {
      charts.append(
        BarChart(
          title: "KL of each latent dimension", horizontalLabel: "dimension",
          verticalLabel: "nats per example", values: kl
        ).svg())
    }
    charts.append(momentChart(latents))
    return charts.map { "<figure>\n\($0)</figure>\n" }.joined()
  }

  // Dimensions have no order: points, which nothing joins.
  private func momentChart(_ latents: LatentStatistics) -> String {
    func panel(_ label: String, _ aggregate: [Double], _ prior: [Double]) -> LineChart.Panel {
      LineChart.Panel(
        verticalLabel: label,
        series: [
          LineChart.Series(name: "prior", values: prior, stroke: .rings, colorIndex: 1),
          LineChart.Series(
            name: "aggregate posterior", values: aggregate, stroke: .points, colorIndex: 0),
        ])
    }
    return LineChart(
      title: "Aggregate posterior and prior", horizontalLabel: "dimension",
      panels: [
        panel("mean", latents.aggregateMean, latents.priorMean),
        panel("variance", latents.aggregateVariance, latents.priorVariance),
      ]
    ).svg()
  }

  private var images: String {
    pictures.map { picture in
      let caption = HTMLReport.escaped(picture.caption)
      let data = Data(picture.png).base64EncodedString()
      return "<figure>\n<img alt=\"\(caption)\" src=\"data:image/png;base64,\(data)\">\n"
        + "<figcaption>\(caption)</figcaption>\n</figure>\n"
    }.joined()
  }

  // Charts stand on white, as they are drawn in dark ink.
  private static let style = """
    :root { color-scheme: light dark; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
      background: #ffffff; color: #1d1d1f; }
    table { border-collapse: collapse; }
    th, td { text-align: left; padding: .2rem 1.5rem .2rem 0; vertical-align: top; }
    th { font-weight: 600; white-space: nowrap; }
    td { font-variant-numeric: tabular-nums; }
    figure { margin: 1.5rem 0; }
    figure svg, figure img { max-width: 100%; height: auto; background: #ffffff; border-radius: 6px; }
    .warnings { padding: .8rem 1rem .8rem 2rem; border-left: 4px solid #b54708; background: #fff4e5; }
    .good { color: #1a7f37; }
    @media (prefers-color-scheme: dark) {
      body { background: #161618; color: #e8e8ea; }
      .warnings { background: #3a2a12; border-color: #f0a04b; }
      .good { color: #56d364; }
    }
    """

  /// Text that is safe between tags and in double quotes.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\u{0}"..<" ": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension HTMLReport {
  /// A page with the model's reconstructions and samples, where its examples are images.
  ///
  /// - Throws: `DataError` when the data does not fit, `FormatError` when a picture cannot be made.
  public static func page(
    _ report: EvaluationReport, model: Model, data: DataSet, seed: UInt64 = 1
  ) throws -> HTMLReport {
    var pictures: [Picture] = []
    func add(_ caption: String, _ grid: ImageGrid) throws {
      let image = PNGImage(
        width: grid.width, height: grid.height, channels: grid.channels, pixels: grid.pixels)
      pictures.append(Picture(caption: caption, png: try PNG.encode(image)))
    }
    if RunPictures.canDraw(model.spec) {
      let drawing = RunPictures(model, seed: seed)
      try add(
        "Examples over their reconstructions", drawing.reconstructions(of: data, count: 20))
      try add("Decoded draws from the prior", drawing.samples(64))
    }
    return HTMLReport(report, pictures: pictures)
  }
}
