import ArgumentParser
import Formats
import Foundation
import Kernels
import Networks
import Variational
import Wording

/// The command: trains, evaluates and uses variational autoencoders.
@main
struct Vae: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae",
    abstract: "Trains and uses variational autoencoders on the CPU.",
    discussion: """
      DATA is "fashion-mnist" (Debian's package dataset-fashion-mnist), a CSV or IDX file (plain or \
      gzipped), an NPY or NPZ array, or a folder of PNG and JPEG images. Bytes are divided by 255, floats are \
      taken as they are.

      Exit status: 0 success, 64 bad usage, 65 bad data, 130 interrupted, 1 other failures.
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, EncodeCommand.self, DecodeCommand.self,
      ReconstructCommand.self, FitPriorCommand.self, SampleCommand.self, InfoCommand.self,
      InspectCommand.self, ScoreCommand.self, InterpolateCommand.self, TraverseCommand.self,
      ArithmeticCommand.self, ImputeCommand.self, ExportCommand.self, VerifyCommand.self,
    ])

  static func main() {
    ProcessStart.prepare()
    do {
      try requireCommand(CommandLine.arguments.dropFirst().first)
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure.exit(error)
    }
  }

  // The parser would speak of an unexpected argument.
  private static func requireCommand(_ name: String?) throws {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName }
    guard let name, !name.hasPrefix("-"), !name.isEmpty, !(names + ["help"]).contains(name)
    else { return }
    throw ValidationError(unknownName(name, what: "command", valid: names) + ".")
  }
}

/// What a failure is called and which exit status it has.
struct Failure {
  let message: String
  let status: Int32

  init(_ error: any Error) {
    let usage = Vae.exitCode(for: error)
    switch error {
    case is FormatError, is DataError, is SpecError: (message, status) = ("\(error)", 65)
    case TrainingError.dataChanged: (message, status) = ("\(error)", 65)
    case is TrainingError, is ResourceError, is LAPACKError: (message, status) = ("\(error)", 1)
    case let error as OutputError: (message, status) = ("\(error)", error.status)
    case _ where usage == .validationFailure:
      (message, status) = (Failure.usageSentence(error), usage.rawValue)
    default: (message, status) = (error.localizedDescription, 1)
    }
  }

  /// Prints the sentence to standard error and ends the process; help and versions are no failure.
  static func exit(_ error: any Error) -> Never {
    // `--help`, `--version` and an exit status that somebody has explained already.
    if error is ExitCode || Vae.exitCode(for: error).isSuccess { Vae.exit(withError: error) }
    let failure = Failure(error)
    Console.error("Error: \(failure.message)")
    Foundation.exit(failure.status)
  }

  // The parser's sentence and where to read more, without the summary of every option.
  private static func usageSentence(_ error: any Error) -> String {
    let lines = Vae.fullMessage(for: error).split(separator: "\n").map(String.init)
    let sentence = lines.first.map {
      readable($0.hasPrefix("Error: ") ? String($0.dropFirst(7)) : $0)
    }
    let more = lines.last.map { $0.trimmingCharacters(in: .whitespaces) }
    return [sentence, more].compactMap { $0 }.joined(separator: "\n")
  }
}
