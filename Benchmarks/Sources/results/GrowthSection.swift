import Foundation
import Pictures

/// How times and memory grow: a chart and a table for each quantity.
struct GrowthSection {
  /// One quantity that grows.
  private struct Axis {
    let name: String
    let title: String
    let label: String
    var value = "train_ms"
    var unit = "ms per training step"
  }

  private static let axes = [
    Axis(name: "batch", title: "Batch size", label: "examples in a batch"),
    Axis(name: "side", title: "Image size", label: "side of the image in pixels"),
    Axis(name: "latents", title: "Latents", label: "latent dimensions"),
    Axis(name: "threads", title: "Threads", label: "threads"),
    Axis(
      name: "examples", title: "Memory", label: "examples of 784 bytes", value: "peak_mib",
      unit: "peak memory in MiB"),
  ]

  let results: ResultLines

  /// Writes the charts into a folder and returns the section that shows them.
  func write(charts folder: URL) throws -> String {
    var section = ""
    for axis in GrowthSection.axes {
      let lines = results.lines(where: "axis", is: axis.name)
      if lines.isEmpty { continue }
      let name = "growth-\(axis.name).svg"
      try chart(axis, lines).svg().write(
        to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      section += "\n### \(axis.title)\n\n![\(axis.title)](Results/\(name))\n\n"
      section += try table(axis, lines)
    }
    return section
  }

  private func chart(_ axis: Axis, _ lines: [ResultLine]) throws -> LineChart {
    let series = try workloads(lines).map { name in
      LineChart.Series(
        name: name,
        points: try lines.filter { try $0.text("workload") == name }.map {
          ChartPoint(x: try $0.number("size"), y: try $0.number(axis.value))
        })
    }
    return LineChart(
      title: axis.title, horizontalLabel: axis.label,
      panels: [.init(verticalLabel: axis.unit, series: series, isLogarithmic: true)],
      isHorizontallyLogarithmic: true)
  }

  private func table(_ axis: Axis, _ lines: [ResultLine]) throws -> String {
    let names = try workloads(lines)
    var sizes: [Double] = []
    for line in lines {
      let size = try line.number("size")
      if !sizes.contains(size) { sizes.append(size) }
    }
    var table = MarkdownTable([axis.label] + names.map { "\($0), \(axis.unit)" }, texts: 0)
    for size in sizes {
      let cells = try names.map { name in
        try lines.first { try $0.number("size") == size && $0.text("workload") == name }
          .map { short(try $0.number(axis.value)) } ?? ""
      }
      table.add(["\(Int(size))"] + cells)
    }
    return table.text
  }

  private func workloads(_ lines: [ResultLine]) throws -> [String] {
    var names: [String] = []
    for line in lines {
      let name = try line.text("workload")
      if !names.contains(name) { names.append(name) }
    }
    return names
  }
}
