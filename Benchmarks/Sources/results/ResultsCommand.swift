import ArgumentParser
import Foundation

/// `results`: RESULTS.md and its charts from the files that the other programs wrote.
@main
struct ResultsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "results",
    abstract: "Writes RESULTS.md and charts from measurements in Results.",
    discussion: """
      Reads machine.txt, workloads.jsonl, peers.md, backends.jsonl and growth.jsonl in FOLDER/Results and \
      writes FOLDER/RESULTS.md and the charts beside them. A file that is missing leaves its section out.
      """)

  @Argument(help: "The folder that holds Results.")
  var folder: String

  func run() throws {
    let folder = URL(fileURLWithPath: folder)
    let files = folder.appendingPathComponent("Results")
    var text = ResultsCommand.introduction
    if let machine = read(files, "machine.txt") {
      text += "\n## Machine and versions\n\n\(machine)"
    }
    if let lines = try ResultLines(files.appendingPathComponent("workloads.jsonl")) {
      text += """

        ## Workloads and their floor

        `Scripts/bench json` (`make bench-json`). Medians in milliseconds. The floor is the step's matrix \
        products at the best rate of sgemm in the same run; naive is the same step with plain loops
        instead of OpenBLAS.

        \(try workloads(lines))
        """
    }
    if let peers = read(files, "peers.md") {
      text += "\n## Other frameworks on the same processor\n\n\(peers)"
    }
    if let lines = try ResultLines(files.appendingPathComponent("backends.jsonl")) {
      text += "\n## Loops against BLAS\n\n`Scripts/bench backends`. \(ResultsCommand.backends)\n"
      text += try BackendsSection(results: lines).text()
    }
    if let lines = try ResultLines(files.appendingPathComponent("growth.jsonl")) {
      text += "\n## Growth\n\n`Scripts/bench growth`. \(ResultsCommand.growth)\n"
      text += try GrowthSection(results: lines).write(charts: files)
    }
    try text.write(
      to: folder.appendingPathComponent("RESULTS.md"), atomically: true, encoding: .utf8)
  }

  private static let introduction = """
    # Results

    Written by `make bench-results` from the files in [Results](Results); edit neither. What is
    measured, and how, is in the [README](README.md).

    """

  private static let backends = """
    Everything above a product is the same code, so that ratios of
    layers and steps say what the library is worth where it is used. `naive` is three plain loops whose
    inner one is vectorised, `blocked` packs blocks for a kernel in registers, both in Swift.
    """

  private static let growth = """
    Medians of training steps with each workload's own batch size
    unless it is what grows; both axes are logarithmic. Memory is the peak of a process that trains
    `dense` for some steps on data of so many examples.
    """

  private func workloads(_ lines: ResultLines) throws -> String {
    var table = MarkdownTable([
      "workload", "batch", "step", "floor", "step ÷ floor", "examples/s", "encode", "decode",
      "decode one", "naive step", "naive ÷ step",
    ])
    for line in lines.lines {
      let (batch, train, floor) = (
        try line.number("batch"), try line.number("train_ms"), try line.number("floor_ms")
      )
      let naive = try line.number("naive_train_ms")
      let others = try ["encode_ms", "decode_ms", "decode1_ms"].map { short(try line.number($0)) }
      table.add(
        [
          try line.text("workload"), "\(Int(batch))", short(train), short(floor),
          short(train / floor), "\(Int(batch / train * 1e3))",
        ] + others + [short(naive), short(naive / train)])
    }
    return table.text
  }

  private func read(_ folder: URL, _ name: String) -> String? {
    try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }
}
