import ArgumentParser
import Formats
import Foundation
import Variational

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The command: trains, evaluates and uses variational autoencoders.
@main
struct Vae: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vae",
    abstract: "Trains and uses variational autoencoders on the CPU.",
    discussion: """
      DATA is "fashion-mnist" (Debian's package dataset-fashion-mnist), an IDX file (plain or \
      gzipped), an NPY or NPZ array, or a folder of PNG images. Bytes are divided by 255, floats are \
      taken as they are.

      Exit status: 0 success, 64 bad usage, 65 bad data, 130 interrupted, 1 other failures.
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, EncodeCommand.self, DecodeCommand.self,
      ReconstructCommand.self, SampleCommand.self, InfoCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Failure(error).exit()
    }
  }
}

/// What a failure is called and which exit status it has.
struct Failure {
  let message: String?
  let status: Int32
  private let error: any Error

  init(_ error: any Error) {
    self.error = error
    switch error {
    case let error as FormatError: (message, status) = ("\(error)", 65)
    case let error as DataError: (message, status) = ("\(error)", 65)
    case let error as SpecError: (message, status) = ("\(error)", 65)
    case let error as TrainingError: (message, status) = ("\(error)", 1)
    default: (message, status) = (nil, 1)
    }
  }

  /// Prints the sentence to standard error and ends the process.
  func exit() -> Never {
    guard let message else { Vae.exit(withError: error) }
    Console.error("Error: \(message)")
    Foundation.exit(status)
  }
}
