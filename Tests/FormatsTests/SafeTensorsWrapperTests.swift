import Testing

@testable import Formats

@Suite struct SafeTensorsWrapperTests {
  private func tensors(_ names: [String]) throws -> SafeTensors {
    let entries = names.enumerated().map { index, name in
      SafeTensors.Entry(name: name, floats: [Float(index)], shape: [1])
    }
    return try withTemporaryFolder { folder in
      try SafeTensors.write(entries, to: "\(folder)/x.safetensors")
      return try SafeTensors.decode(FileBytes.read("\(folder)/x.safetensors"), file: "x")
    }
  }

  @Test(arguments: [
    ("module.", ["module."]), ("_orig_mod.", ["_orig_mod."]),
    ("module._orig_mod.", ["_orig_mod.", "module."]),
    ("_orig_mod.module.", ["_orig_mod.", "module."]), ("", []),
  ])
  func prefixesOfWrappersAreLeftOut(prefix: String, told: [String]) throws {
    let names = ["encoder.1.weight", "encoder.1.bias", "decoder.0.weight"]
    let (file, prefixes) = try tensors(names.map { prefix + $0 }).unwrapped()
    #expect(prefixes == told)
    #expect(Set(file.tensors.map(\.name)) == Set(names))
    for (index, name) in names.enumerated() { #expect(try file.floats(name) == [Float(index)]) }
  }

  @Test func partsThatWereWrappedByThemselvesToo() throws {
    let (file, prefixes) = try tensors(["encoder._orig_mod.1.weight", "decoder.0.weight"])
      .unwrapped()
    #expect(prefixes == ["_orig_mod."])
    #expect(Set(file.tensors.map(\.name)) == ["encoder.1.weight", "decoder.0.weight"])
    // Only whole parts of a name.
    let (same, none) = try tensors(["modules.weight", "my_module.weight"]).unwrapped()
    #expect(
      none.isEmpty && Set(same.tensors.map(\.name)) == ["modules.weight", "my_module.weight"])
  }

  @Test func aTensorWithAndWithoutThePrefixIsRefused() throws {
    let file = try tensors(["encoder.1.bias", "module.encoder.1.bias"])
    #expect(
      sentence { () throws(FormatError) in try file.unwrapped().prefixes }
        == "x: the tensor 'encoder.1.bias' is in the file twice, with and without a wrapper's prefix "
        + "('module.encoder.1.bias')")
  }
}
