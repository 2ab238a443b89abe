import Foundation
import Testing

/// What a child process left behind.
struct Outcome {
  /// The exit status; a signal's number, negated, if one ended the process.
  let status: Int32
  let output: String
  let error: String

  /// Standard output as one JSON object.
  func json() throws -> [String: Any] {
    let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
    return try #require(value as? [String: Any])
  }
}

/// The built command, run as users run it.
enum Command {
  /// Beside the test bundle.
  static let path: String = {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    let folder = bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
    return folder.appendingPathComponent("vae").path
  }()

  /// Runs `vae` and waits.
  static func run(_ arguments: [String], in folder: String? = nil) throws -> Outcome {
    try execute(path, arguments, in: folder)
  }

  /// Runs a shell script in which `$VAE` is the command.
  static func shell(_ script: String, in folder: String? = nil) throws -> Outcome {
    try execute("/bin/bash", ["-c", script], in: folder)
  }

  /// Starts a process whose standard error is read while it runs.
  static func process(_ arguments: [String], errorInto pipe: Pipe) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = pipe
    return process
  }

  private static func execute(
    _ program: String, _ arguments: [String], in folder: String?
  ) throws -> Outcome {
    // Files instead of pipes: nobody has to read while the child writes.
    let place = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let (output, error) = (place.path + ".out", place.path + ".err")
    for file in [output, error] { try write("", to: file) }
    defer { for file in [output, error] { try? FileManager.default.removeItem(atPath: file) } }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    var environment = ProcessInfo.processInfo.environment
    environment["VAE"] = path
    // A trap is told by the signal; its stack would take seconds to write.
    environment["SWIFT_BACKTRACE"] = "enable=no"
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = FileHandle(forWritingAtPath: error)
    try process.run()
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return Outcome(
      status: isSignal ? -process.terminationStatus : process.terminationStatus,
      output: String(decoding: try Data(contentsOf: URL(fileURLWithPath: output)), as: UTF8.self),
      error: String(decoding: try Data(contentsOf: URL(fileURLWithPath: error)), as: UTF8.self))
  }
}

/// Every test of the command: one child at a time, for they share the machine's processors.
@Suite(.serialized) struct CommandTests {}

/// Checks that a command succeeded, and shows its error if not.
func expectSuccess(_ outcome: Outcome, sourceLocation: SourceLocation = #_sourceLocation) {
  #expect(
    outcome.status == 0, "\(outcome.status): \(outcome.error)", sourceLocation: sourceLocation)
}

/// Checks that a command failed with a status and one clear sentence.
///
/// - Parameter words: what the sentence must name: file or option, what was wrong, what is right.
func expectFailure(
  _ outcome: Outcome, _ status: Int32, _ words: String...,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(
    outcome.status == status, "\(outcome.status): \(outcome.error)", sourceLocation: sourceLocation)
  #expect(outcome.output.isEmpty, sourceLocation: sourceLocation)
  let lines = outcome.error.split(separator: "\n").filter { !$0.hasPrefix("See 'vae") }
  let sentence = lines.last.map(String.init) ?? ""
  #expect(sentence.hasPrefix("Error: "), "\(outcome.error)", sourceLocation: sourceLocation)
  for word in words {
    #expect(sentence.contains(word), "\(sentence)", sourceLocation: sourceLocation)
  }
  // A usage error says where to read more, and nothing else stands beside the sentence.
  #expect(lines.count == 1, "\(outcome.error)", sourceLocation: sourceLocation)
  if status == 64 {
    #expect(outcome.error.contains("--help'"), "\(outcome.error)", sourceLocation: sourceLocation)
  }
  expectNoSwift(outcome.error, sourceLocation: sourceLocation)
}

/// Checks that a message is for people: no type's name, no trap, no stack.
func expectNoSwift(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
  let words = [
    "Fatal error", "Swift.", "Optional(", "Error Domain", "FormatError", "DataError", "SpecError",
    "DecodingError", "EncodingError", "codingPath", "Backtrace", "Thread 0",
  ]
  for word in words {
    #expect(!text.contains(word), "\(text)", sourceLocation: sourceLocation)
  }
}
