// What is measured, and how far from the committed figure it may be.

import Foundation
import Measurement
import Variational

/// The three comparisons, or the figures to commit.
struct Gate {
  let baselines: BaselineFolder
  /// The compiler's version line.
  let compiler: String
  /// Where callgrind wrote its dumps; nil where it does not run.
  let counts: URL?

  /// The counts of one program agree within 0.07 %, the smallest step's least well. One more pass over the activations of the convolutions adds 1.4 % to a step of faces, where it
  /// is least.
  static let countTolerance = 0.01
  /// Another compiler makes other code of the same source, mostly within a few per cent.
  static let otherCompilerTolerance = 0.15
  /// Medians vary by some per cent on a busy machine.
  static let ratioTolerance = 0.25
  /// Another processor has another balance of arithmetic and memory.
  static let otherProcessorTolerance = 1.0
  /// A ratio above its limit is measured again, up to this many times in all.
  static let attempts = 3
  /// Seconds for the pairs of one attempt.
  static let attemptSeconds = 4.0

  private var openBLAS: String {
    MachineSummary(threads: 1).openBLAS.split(separator: " ").prefix(2).joined(separator: " ")
  }

  // MARK: Check

  /// Measures everything and compares.
  func check() throws -> ComparisonTable {
    var table = ComparisonTable()
    try compareInstructions(&table)
    try compareAllocations(&table)
    try compareRatios(&table)
    return table
  }

  private func compareInstructions(_ table: inout ComparisonTable) throws {
    guard let measured = try measuredCounts() else {
      table.remarks.append("Instructions: not counted on this machine (see above).")
      return
    }
    let figures = try baselines.read(InstructionFigures.self, InstructionFigures.file)
    var engineTolerance = Gate.countTolerance
    var totalTolerance: Double? = Gate.countTolerance
    if figures.compiler != compiler {
      engineTolerance = Gate.otherCompilerTolerance
      totalTolerance = Gate.otherCompilerTolerance
      table.remarks.append(
        "Instructions: figures of \(figures.compiler), here \(compiler): limits of "
          + "\(Int(100 * engineTolerance)) %.")
    }
    if figures.openBLAS != openBLAS {
      totalTolerance = nil
      table.remarks.append(
        "Instructions: figures with \(figures.openBLAS), here \(openBLAS): the engine's are compared, "
          + "those with OpenBLAS's aren't.")
    }
    for step in MicroStep.all {
      guard let count = measured[step.name] else { continue }
      let committed = figures.counts[step.name]
      table.lines.append(
        Comparison(
          what: Gate.title(of: step), committed: committed.map { Double($0.engine) },
          measured: Double(count.engine), tolerance: engineTolerance, decimals: 0))
      table.lines.append(
        Comparison(
          what: "  with OpenBLAS's", committed: committed.map { Double($0.total) },
          measured: Double(count.total), tolerance: totalTolerance, decimals: 0))
    }
  }

  /// Where the instructions of the steps that became worse are, by function.
  func largestFunctions(of table: ComparisonTable) throws -> String {
    let worse = Set(table.lines.filter { $0.verdict == .worse }.map(\.what))
    var text = ""
    for (index, step) in MicroStep.all.enumerated() where worse.contains(Gate.title(of: step)) {
      text += "\n\(step.name), instructions outside OpenBLAS:\n"
      guard let profile = try profile(index) else { continue }
      for (name, instructions) in profile.largest(8) {
        text += "\(fixed(Double(instructions / step.repetitions), decimals: 0))\t\(name)\n"
      }
    }
    return text
  }

  private static func title(of step: MicroStep) -> String { "instructions, \(step.name)" }

  private func compareAllocations(_ table: inout ComparisonTable) throws {
    guard Allocations.areCounted else {
      table.remarks.append("Allocations: only glibc's are counted.")
      return
    }
    for name in Workload.names {
      for threads in [1, 2] {
        let count = try Allocations.count(name, threads: threads, steps: 3)
        table.lines.append(
          Comparison(
            what: "allocations, \(name) train, \(threads) thread\(threads == 1 ? "" : "s")",
            committed: 0, measured: Double(count), tolerance: 0, decimals: 0))
      }
    }
  }

  private func compareRatios(_ table: inout ComparisonTable) throws {
    let figures = try baselines.read(RatioFigures.self, RatioFigures.file)
    let machine = MachineSummary(threads: 1)
    var tolerance = Gate.ratioTolerance
    if (figures.processor, figures.kernels, figures.vectorInstructions)
      != (machine.processor, machine.kernels, machine.vectorInstructions)
    {
      tolerance = Gate.otherProcessorTolerance
      table.remarks.append(
        "Ratios: figures of \(figures.processor), \(figures.kernels), \(figures.vectorInstructions); "
          + "here \(machine.processor), \(machine.kernels), \(machine.vectorInstructions): limits of "
          + "\(Int(100 * tolerance)) %.")
    }
    for name in Workload.names {
      let ratio = try StepRatio(name, seconds: Gate.attemptSeconds)
      func comparison(_ measured: Double) -> Comparison {
        Comparison(
          what: "step / sgemm, \(name) train, 1 thread", committed: figures.ratios[name],
          measured: measured, tolerance: tolerance, decimals: 3)
      }
      var best = comparison(try ratio.attempt())
      for _ in 1..<Gate.attempts where best.verdict == .worse {
        best = comparison(min(best.measured, try ratio.attempt()))
      }
      table.lines.append(best)
    }
  }

  // MARK: Figures

  /// Measures what is compared and writes it into the folder.
  func writeBaselines() throws {
    if let measured = try measuredCounts() {
      try baselines.write(
        InstructionFigures(compiler: compiler, openBLAS: openBLAS, counts: measured),
        InstructionFigures.file)
    }
    let machine = MachineSummary(threads: 1)
    var ratios: [String: Double] = [:]
    for name in Workload.names {
      let ratio = try StepRatio(name, seconds: Gate.attemptSeconds)
      let best = try (0..<Gate.attempts).map { _ in try ratio.attempt() }.min()!
      ratios[name] = (best * 1000).rounded() / 1000
    }
    try baselines.write(
      RatioFigures(
        processor: machine.processor, kernels: machine.kernels,
        vectorInstructions: machine.vectorInstructions, ratios: ratios),
      RatioFigures.file)
  }

  /// Instructions a call by `MicroStep.name`.
  private func measuredCounts() throws -> [String: InstructionFigures.Count]? {
    var result: [String: InstructionFigures.Count] = [:]
    for (index, step) in MicroStep.all.enumerated() {
      guard let profile = try profile(index) else { return nil }
      guard profile.engine > 0 && profile.matrixLibrary > 0 else {
        throw GateError(
          "\(step.name): \(profile.engine) instructions of the engine, \(profile.matrixLibrary) of "
            + "OpenBLAS; both should be there. Is OpenBLAS a shared library?")
      }
      result[step.name] = InstructionFigures.Count(
        engine: profile.engine / step.repetitions, total: profile.total / step.repetitions)
    }
    return result
  }

  /// What callgrind wrote after a step; it numbers its dumps in the order of `MicroStep.all`.
  private func profile(_ index: Int) throws -> CallgrindProfile? {
    guard let counts else { return nil }
    let file = counts.appending(path: "counts.\(index + 1)")
    return CallgrindProfile(try String(contentsOf: file, encoding: .utf8))
  }
}
