// Names of tensors that PyTorch saved from inside a wrapper: DataParallel and DistributedDataParallel call
// what they wrap `module`, torch.compile calls it `_orig_mod`, and both stand in front of every name, or of the
// names of a part that was wrapped by itself.

extension SafeTensors {
  /// What wrappers call the model inside them.
  static let wrappers: Set<Substring> = ["module", "_orig_mod"]

  /// A tensor's name as it is without wrappers: `module._orig_mod.encoder.0.weight` is `encoder.0.weight`.
  static func unwrapped(_ name: String) -> String {
    name.split(separator: ".", omittingEmptySubsequences: false)
      .filter { !wrappers.contains($0) }.joined(separator: ".")
  }

  /// The same tensors under their names without wrappers, and the prefixes that were left out, each with its
  /// dot; no prefixes if there was nothing to leave out.
  ///
  /// - Throws: ``FormatError`` if two tensors then have one name.
  package func unwrapped() throws(FormatError) -> (tensors: SafeTensors, prefixes: [String]) {
    let names = tensors.map { SafeTensors.unwrapped($0.name) }
    var prefixes: Set<String> = []
    var seen: Set<String> = []
    for (tensor, name) in zip(tensors, names) {
      guard seen.insert(name).inserted else {
        throw FormatError(
          file: file,
          reason:
            "the tensor \(quoted(name)) is in the file twice, with and without a wrapper's prefix "
            + "(\(quoted(tensor.name)))")
      }
      for part in tensor.name.split(separator: ".") where SafeTensors.wrappers.contains(part) {
        prefixes.insert("\(part).")
      }
    }
    return prefixes.isEmpty ? (self, []) : (renamed(names), prefixes.sorted())
  }
}
