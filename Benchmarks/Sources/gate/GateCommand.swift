import Foundation

/// `gate`: the program behind `make bench-check`; Scripts/bench-check runs it.
@main
struct GateCommand {
  static let usage = """
    usage: gate steps
             runs the steps that callgrind counts
           gate check|baseline --baselines FOLDER --compiler VERSION [--counts FOLDER]
             compares with the committed figures, or writes them
    """

  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("gate: \(error)\n".utf8))
      exit(1)
    }
  }

  private static func run(_ arguments: [String]) throws {
    if arguments == ["steps"] {
      for step in MicroStep.all { try step.run() }
      return
    }
    var options: [String: String] = [:]
    for index in stride(from: 1, to: arguments.count - 1, by: 2) {
      options[arguments[index]] = arguments[index + 1]
    }
    guard let command = arguments.first, arguments.count % 2 == 1,
      let baselines = options.removeValue(forKey: "--baselines"),
      let compiler = options.removeValue(forKey: "--compiler")
    else { throw GateError(usage) }
    let counts = options.removeValue(forKey: "--counts")
    guard options.isEmpty else { throw GateError(usage) }
    let gate = Gate(
      baselines: BaselineFolder(url: URL(filePath: baselines)), compiler: compiler,
      counts: counts.map { URL(filePath: $0) })
    switch command {
    case "check": try check(gate)
    case "baseline": try gate.writeBaselines()
    default: throw GateError(usage)
    }
  }

  private static func check(_ gate: Gate) throws {
    let table = try gate.check()
    print(table.text)
    if table.isWorse {
      print(try gate.largestFunctions(of: table))
      print(
        """
        WORSE: beyond the limit (ratios: in each of \(Gate.attempts) attempts). If it is meant to be so: \
        make bench-baseline, and commit Benchmarks/Baselines.
        """)
      exit(1)
    }
    if table.isBetter {
      print("\nBetter than committed: `make bench-baseline` makes the gate hold the gain.")
    }
  }
}
