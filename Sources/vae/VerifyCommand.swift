import ArgumentParser
import Foundation
import Networks
import Variational

/// `vae verify`
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compares the engine with exact answers on this machine.",
    discussion: """
      Gradients with differences, divergences with Monte Carlo, a linear model trained on DATA with \
      probabilistic principal components, importance sampling with exact evidence and with quadrature, \
      densities with one. Exit status 1 if anything differs by more than its tolerance. \
      docs/VERIFICATION.md has the formulas.
      """)

  /// The names that `--only` takes.
  static let parts = Verification.Part.allCases.map(\.rawValue)

  @Option(
    name: .long, help: "fashion-mnist, a CSV, IDX, NPY or NPZ file, or a folder of PNG images.",
    completion: .file())
  var data = "fashion-mnist"

  @Option(
    name: .long, help: "Where the four IDX files of fashion-mnist are, if not at Debian's place.",
    completion: .directory)
  var dataDirectory: String?

  @OptionGroup var threads: ThreadOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "One part: \(parts.joined(separator: ", ")).",
      valueName: "part"), completion: .list(parts))
  var only: [String] = []

  @Flag(name: .long, help: "Shorter training, fewer draws: half a minute on a small table.")
  var quick = false

  @Flag(name: .long, help: "Prints one JSON object.")
  var json = false

  func validate() throws {
    if data.isEmpty {
      throw ValidationError("--data is empty; it should name a data set, a file or a folder.")
    }
    for name in only where !Self.parts.contains(name) {
      throw ValidationError(
        "--only \(name): " + unknownName(name, what: "part", valid: Self.parts) + ".")
    }
    if dataDirectory != nil && !DataSource(data).hasParts {
      throw ValidationError("--data-directory goes with --data fashion-mnist, not with a file.")
    }
  }

  mutating func run() throws {
    let data = try DataSource(self.data, directory: dataDirectory).load(.train)
    let parts = only.compactMap(Verification.Part.init(rawValue:))
    let verification = Verification(
      parts: parts.isEmpty ? Verification.Part.allCases : parts, isQuick: quick,
      threads: threads.threads)
    let report = try verification.run(on: data) { Console.error($0) }
    if json { try Console.outputJSON(report) } else { try VerificationTable(report).print() }
    if !report.passed { throw ExitCode(1) }
  }
}

/// A verification for people.
struct VerificationTable {
  let report: VerificationReport

  init(_ report: VerificationReport) { self.report = report }

  func print() throws {
    try Console.output(
      "\(report.data): \(report.examples) examples of \(report.dimensions) values")
    let header = ["check", "got", "expected", "tolerance", "std. error", "", "compared"]
    let rows = [header] + report.checks.map(row)
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
      let cells = zip(row, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return (1...4).contains(column) ? padding + cell.0 : cell.0 + padding
      }
      var line = cells.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      try Console.output(line)
    }
    let failed = report.checks.count { !$0.passed }
    let seconds = report.seconds.values.reduce(0, +)
    try Console.output(
      "\(report.checks.count - failed) of \(report.checks.count) checks passed in "
        + Console.number(seconds, decimals: 1) + " s")
  }

  private func row(_ check: VerificationCheck) -> [String] {
    let sign =
      switch check.relation {
      case .equal: ""
      case .atMost: "≤ "
      case .atLeast: "≥ "
      }
    return [
      "\(check.part.rawValue): \(check.name)", number(check.got), sign + number(check.expected),
      small(check.tolerance), check.standardError.map(small) ?? "",
      check.passed ? "pass" : "FAIL", check.comparison,
    ]
  }

  private func number(_ value: Double) -> String { String(format: "%.5f", value) }

  private func small(_ value: Double) -> String { String(format: "%.1e", value) }
}
