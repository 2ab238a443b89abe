import ArgumentParser
import Foundation
import Variational

/// `vae export`
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a model for other programs: ONNX.",
    discussion: """
      The folder gets encoder.onnx and decoder.onnx (IR version 8, operator set 17), images as \
      [N, channels, height, width]. docs/EXPORT.md names inputs and outputs. The weights themselves, under \
      PyTorch's names, are model.safetensors in the model's own folder.
      """)

  @OptionGroup var model: ModelArgument

  @Option(
    name: .long, help: "The folder to write encoder.onnx and decoder.onnx into.",
    completion: .directory)
  var onnx: String

  @Flag(
    name: .long,
    help:
      "Replaces files under these names that another program wrote; its own are always replaced.")
  var overwrite = false

  func validate() throws {
    if onnx.isEmpty { throw ValidationError("--onnx is an empty name; it should name a folder.") }
  }

  mutating func run() throws {
    try FileUses(
      reading: model.uses,
      writing: ONNXExport.fileNames.map { FileUses.Use("--onnx", RunFolder(onnx).file($0)) }
    ).check()
    let model = try model.load(threads: 1)
    let export = try ONNXExport(model)
    do {
      try writing { try export.write(to: onnx, overwriting: overwrite) }
    } catch let error as OutputError where error.description.hasSuffix("would replace it") {
      throw OutputError(
        "\(error.description); --onnx names another folder, --overwrite replaces it")
    }
    Console.error(
      "\"\(model.spec.name)\" in \(onnx): \(ONNXExport.fileNames.joined(separator: ", "))")
  }
}
