// Between the arenas and named tensors in PyTorch's layouts.

import Formats
import Kernels
import Networks

extension Model {
  /// Every tensor with its running statistics, or, with `trained` given, that arena in the tensors' names.
  func tensors(
    prefix: String = "", trained arena: VectorView? = nil
  ) -> [SafeTensors.Entry] {
    var entries = layout.trained.map { tensor in
      SafeTensors.Entry(
        name: prefix + tensor.name,
        floats: tensor.torchOrder(tensor.slot.vector(in: arena ?? parameters.vector).array),
        shape: tensor.shape)
    }
    if arena == nil {
      entries += layout.statistics.map { tensor in
        SafeTensors.Entry(
          name: prefix + tensor.name,
          floats: tensor.slot.vector(in: statistics.vector).array, shape: tensor.shape)
      }
    }
    return entries
  }

  /// Overwrites the model's tensors by those of a file.
  ///
  /// Nothing is changed unless everything fits. `num_batches_tracked`, which PyTorch's batch
  /// normalisation writes, is not needed and passed over; so are the prefixes `module.` and `_orig_mod.` of
  /// PyTorch's wrappers, which the model's notes then tell of.
  func assign(_ wrapped: SafeTensors, file path: String) throws(FormatError) {
    let (file, prefixes) = try wrapped.unwrapped()
    let values = try values(in: file, file: path)
    let names = Set(layout.tensors.map(\.name))
    for tensor in file.tensors
    where !names.contains(tensor.name) && !tensor.name.hasSuffix(".num_batches_tracked") {
      throw FormatError(
        file: path, reason: "holds a tensor \(tensor.name) that the model does not have")
    }
    assign(values)
    if !prefixes.isEmpty {
      let list = prefixes.map { "\"\($0)\"" }.joined(separator: " and ")
      notes.append(
        "\(path): \(list) in the names of its tensors is left out, which PyTorch's DataParallel or "
          + "torch.compile put there")
    }
  }

  /// A file's values for each tensor in the engine's order: all tensors, or with `ofMoments` the trained
  /// ones only.
  ///
  /// - Throws: `FormatError` naming the tensor that is missing, misshapen or holds a value it cannot.
  func values(
    in file: SafeTensors, file path: String, prefix: String = "", ofMoments: Bool = false
  ) throws(FormatError) -> [[Float]] {
    var values: [[Float]] = []
    for tensor in ofMoments ? layout.trained : layout.tensors {
      let name = prefix + tensor.name
      guard let found = file.tensor(name) else {
        throw FormatError(
          file: path, reason: "the tensor \(name) \(tensor.shape) of the model is missing")
      }
      guard found.shape == tensor.shape else {
        throw FormatError(
          file: path,
          reason: "the tensor \(name) is \(found.shape), but the model takes \(tensor.shape)")
      }
      let floats = try file.floats(name)
      if let bad = floats.firstIndex(where: { !$0.isFinite }) {
        throw FormatError(
          file: path, reason: "element \(bad) of the tensor \(name) is \(floats[bad])")
      }
      if name.hasSuffix(".running_var"), let bad = floats.firstIndex(where: { $0 < 0 }) {
        throw FormatError(
          file: path,
          reason:
            "element \(bad) of the tensor \(name) is \(floats[bad]), but no variance is negative"
        )
      }
      values.append(tensor.memoryOrder(floats))
    }
    return values
  }

  /// Overwrites the model's tensors, or an arena of the trained ones' moments, by what `values` gave.
  func assign(_ values: [[Float]], toMoments moments: VectorView? = nil) {
    for (tensor, values) in zip(layout.trained, values) {
      tensor.slot.vector(in: moments ?? parameters.vector).assign(values)
    }
    guard moments == nil else { return }
    for (tensor, values) in zip(layout.statistics, values.dropFirst(layout.trained.count)) {
      tensor.slot.vector(in: statistics.vector).assign(values)
    }
  }

  /// Whether every weight is a number; what is not must not reach a file.
  ///
  /// - Complexity: O(parameters).
  var hasFiniteWeights: Bool {
    parameters.vector.isFinite && statistics.vector.isFinite
  }

  /// The bits of all weights as one number, for comparing runs.
  public var weightsChecksum: UInt64 {
    // FNV-1a over the bytes.
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for arena in [parameters, statistics] {
      arena.vector.withBytes { bytes in
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
      }
    }
    return hash
  }
}
