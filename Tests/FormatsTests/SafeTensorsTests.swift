import Testing

@testable import Formats

struct SafeTensorsTests {
  @Test func readsTheReferenceImplementationsFile() throws {
    let file = try SafeTensors.read(try fixture("reference.safetensors"))
    #expect(file.metadata == ["naïve": "a \"quoted\" line\n"])
    #expect(file.tensors.map(\.name) == ["steps", "encoder.0.bias", "encoder.0.weight"])
    #expect(try file.floats("encoder.0.weight") == [0, 1, 2, 3, 4, 100])
    #expect(file.tensor("encoder.0.weight")?.shape == [2, 3])
    #expect(try file.floats("encoder.0.bias") == [0.5, -2])
    #expect(file.tensor("steps")?.shape == [])
    #expect(try file.array("steps") == NumericArray([12] as [Int64], shape: []))
    #expect(try file.bytes("steps") == [12, 0, 0, 0, 0, 0, 0, 0])
    #expect(file.tensor("none") == nil)
  }

  @Test func readsEveryType() throws {
    let file = try SafeTensors.read(try fixture("every_type.safetensors"))
    for name in ["f64", "f32", "f16", "bf16"] { #expect(try file.floats(name) == [1.5, -2]) }
    for name in ["i64", "i32", "i16", "i8"] { #expect(try file.array(name).floats() == [1, -2]) }
    for name in ["u64", "u32", "u16", "u8"] { #expect(try file.array(name).floats() == [1, 2]) }
    #expect(try file.array("bool").floats() == [1, 0])
    #expect(try file.floats("empty") == [])
    #expect(file.tensor("empty")?.shape == [0, 3])
    #expect(try file.floats("scalar") == [0.25])
    #expect(Set(file.tensors.map(\.elementType)) == Set(ElementType.allCases))
  }

  @Test func refusesTensorsItCannotGive() throws {
    let path = try fixture("reference.safetensors")
    let file = try SafeTensors.read(path)
    #expect(
      sentence { () throws(FormatError) in try file.floats("none") }
        == "\(path): there is no tensor 'none' in the file")
    #expect(
      sentence { () throws(FormatError) in try file.floats("steps") }
        .hasSuffix("the tensor 'steps' holds int64, not floating-point numbers"))
  }

  @Test func writesTheBytesThatTheReferenceImplementationWrites() throws {
    for name in ["reference", "every_type"] {
      let path = try fixture("\(name).safetensors")
      let file = try SafeTensors.read(path)
      let entries = try file.tensors.map { tensor in
        SafeTensors.Entry(name: tensor.name, array: try file.array(tensor.name))
      }
      try withTemporaryFolder { folder in
        let copy = "\(folder)/x.safetensors"
        try SafeTensors.write(entries, metadata: file.metadata, to: copy)
        #expect(try FileBytes.read(copy) == FileBytes.read(path))
      }
    }
  }

  @Test func writesFloatsAndTextWithoutLoss() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.safetensors"
      let floats: [Float] = [.pi, -0.0, .infinity, .leastNonzeroMagnitude]
      let text = "\u{0}\u{1f}\"\\/\r\n\tℓ𝄞\u{7f}"
      try SafeTensors.write(
        [
          .init(name: text, floats: floats, shape: [2, 2]), .init(name: "", floats: [], shape: [0]),
        ],
        metadata: [text: text, "b": ""], to: path)
      let file = try SafeTensors.read(path)
      #expect(file.metadata == [text: text, "b": ""])
      #expect(try file.floats(text).map(\.bitPattern) == floats.map(\.bitPattern))
      #expect(try file.floats("") == [])
      try SafeTensors.write([], to: path)
      #expect(
        try FileBytes.read(path) == [8, 0, 0, 0, 0, 0, 0, 0] + [UInt8]("{}      ".utf8))
      #expect(try SafeTensors.read(path).tensors.isEmpty)
    }
  }

  @Test func refusesToWriteNamesThatAreTaken() {
    func refusal(_ names: String...) -> String {
      sentence { () throws(FormatError) in
        try SafeTensors.write(names.map { .init(name: $0, floats: [], shape: [0]) }, to: "x")
      }
    }
    #expect(refusal("a", "a") == "x: the name 'a' is taken; a tensor needs its own")
    #expect(
      refusal("__metadata__") == "x: the name '__metadata__' is taken; a tensor needs its own")
  }

  /// Each header stands before 8 bytes of data.
  @Test(arguments: [
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "accepted"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   "#, "accepted"),
    (
      #"{"b":{"data_offsets":[4,8],"shape":[],"dtype":"F32"},"#
        + #""a":{"dtype":"I16","shape":[2],"data_offsets":[0,4]}}"#, "accepted"
    ),
    (#" {}"#, "at byte 8: the header does not begin with {"),
    (#""#, "at byte 8: the header does not begin with {"),
    (#"[]"#, "at byte 8: the header does not begin with {"),
    (#"{}"#, "at byte 10: 8 bytes follow the last tensor"),
    (#"{} x"#, "at byte 11: text follows the end of the header"),
    (#"{"#, "at byte 9: a key of the header should be a string"),
    (#"{"a""#, "at byte 12: a colon should follow the key 'a'"),
    (#"{"a":1}"#, "at byte 13: the tensor 'a' should be an object"),
    (#"{"a":{}}"#, "at byte 15: the tensor 'a' has no dtype"),
    (#"{"a":{"dtype":"U8"}}"#, "at byte 27: the tensor 'a' has no shape"),
    (#"{"a":{"dtype":"U8","shape":[]}}"#, "at byte 38: the tensor 'a' has no data_offsets"),
    (#"{"a":{"dtype":"F8"}}"#, "at byte 26: the tensor 'a' has the unknown dtype 'F8'"),
    (#"{"a":{"dtype":8}}"#, "at byte 22: the dtype of the tensor 'a' should be a string"),
    (#"{"a":{"type":"U8"}}"#, "at byte 21: the tensor 'a' has the unknown key 'type'"),
    (
      #"{"a":{"dtype":"U8","dtype":"U8"}}"#,
      "at byte 34: the key 'dtype' appears twice in the tensor 'a'"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"\u0061":{}}"#,
      "at byte 69: the key 'a' appears twice in the header"
    ),
    (#"{"a":{"shape":[-1]}}"#, "at byte 23: the shape of the tensor 'a' has a negative number"),
    (
      #"{"a":{"shape":[1.0]}}"#,
      "at byte 24: the shape of the tensor 'a' has a number that is not written as an integer"
    ),
    (
      #"{"a":{"shape":[1E2]}}"#,
      "at byte 24: the shape of the tensor 'a' has a number that is not written as an integer"
    ),
    (
      #"{"a":{"shape":[01]}}"#,
      "at byte 25: a number in the shape of the tensor 'a' begins with a zero too many"
    ),
    (
      #"{"a":{"shape":[9223372036854775808]}}"#,
      "at byte 41: a number in the shape of the tensor 'a' exceeds 64 bits"
    ),
    (#"{"a":{"shape":["1"]}}"#, "at byte 23: the shape of the tensor 'a' should hold only numbers"),
    (#"{"a":{"shape":[[1]]}}"#, "at byte 23: the shape of the tensor 'a' should hold only numbers"),
    (#"{"a":{"shape":[1,]}}"#, "at byte 25: the shape of the tensor 'a' should hold only numbers"),
    (#"{"a":{"shape":null}}"#, "at byte 22: the shape of the tensor 'a' should be an array"),
    (
      #"{"a":{"shape":[1 2]}}"#,
      "at byte 25: a comma or the end of the shape of the tensor 'a' should be here"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[0]}}"#,
      "at byte 58: the tensor 'a' has 1 data_offsets instead of 2"
    ),
    (
      #"{"a":{"dtype":"U8","shape":[8],"data_offsets":[8,0]}}"#,
      "at byte 60: the tensor 'a' ends at 0, before its begin at 8"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
      "at byte 61: the tensor 'a' needs 12 bytes by its shape and has 8"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
      "at byte 81: the tensor 'a' has a shape whose size exceeds 64 bits"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#,
      "at byte 62: the tensor 'a' ends at byte 16 of the data, which has only 8"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
      "at byte 66: 4 bytes follow the last tensor"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "at byte 62: 4 unused bytes precede the tensor 'a'"
    ),
    (
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"#
        + #""b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
      "at byte 119: the tensor 'b' overlaps another"
    ),
    (#"{"__metadata__":{"a":1}}"#, "at byte 29: the metadata's 'a' should be a string"),
    (#"{"__metadata__":null}"#, "at byte 24: the metadata should be an object"),
    (
      #"{"__metadata__":{"a":"","a":""}}"#,
      "at byte 35: the key 'a' appears twice in the metadata"
    ),
    (
      #"{"__metadata__":{},"__metadata__":{}}"#,
      "at byte 41: the key '__metadata__' appears twice in the header"
    ),
    (#"{"\x":1}"#, "at byte 12: a key of the header has an escape that JSON does not know"),
    (
      #"{"\u12g4":1}"#,
      "at byte 14: a key of the header has an escape without its four hexadecimal digits"
    ),
    (#"{"\ud834":1}"#, "at byte 16: a key of the header has half a surrogate pair"),
    (#"{"\udd1e":1}"#, "at byte 16: a key of the header has half a surrogate pair"),
    (#"{"\ud834\u0041":1}"#, "at byte 22: a key of the header has half a surrogate pair"),
    (#"{"\ud834\udd1e":1}"#, "at byte 24: the tensor '𝄞' should be an object"),
    ("{\"a\nb\":1}", "at byte 11: a key of the header has a control character in it"),
    (#"{"abc"#, "at byte 13: the header ends inside a key of the header"),
  ])
  func checksTheHeader(json: String, reason: String) {
    let refusal = sentence { () throws(FormatError) in
      try SafeTensors.decode(file([UInt8](json.utf8)), file: "x").tensors.count
    }
    if reason == "accepted" {
      #expect(refusal.hasPrefix("accepted"))
    } else {
      #expect(refusal == "x: " + reason)
    }
  }

  private func file(_ header: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt64(header.count))
    return bytes + header + [1, 2, 3, 4, 5, 6, 7, 8]
  }

  @Test func refusesWhatIsNotUTF8() {
    let header: [UInt8] = [UInt8](#"{"a"#.utf8) + [0xff] + [UInt8](#"":{}}"#.utf8)
    #expect(
      sentence { () throws(FormatError) in try SafeTensors.decode(file(header), file: "x") }
        == "x: at byte 12: a key of the header is not UTF-8")
  }

  @Test func checksTheHeadersLength() {
    func refusal(_ length: UInt64) -> String {
      var bytes: [UInt8] = []
      bytes.append(littleEndian: length)
      return sentence { () throws(FormatError) in
        try SafeTensors.decode(bytes + [0x7b, 0x7d], file: "x")
      }
    }
    #expect(refusal(3) == "x: at byte 8: the header needs 3 bytes but 2 are left")
    for length in [100_000_001, UInt64.max] {
      #expect(
        refusal(length)
          == "x: at byte 0: the header's length is \(length), above the format's bound of 100 MB")
    }
    #expect(
      sentence { () throws(FormatError) in try SafeTensors.decode([1, 2], file: "x") }
        == "x: at byte 0: the header's length needs 8 bytes but 2 are left")
  }

  @Test func refusesAnUnknownTypeByTheTensorsName() throws {
    let bytes = try fixtureBytes("unknown_type.safetensors")
    #expect(
      sentence { () throws(FormatError) in try SafeTensors.decode(bytes, file: "x") }
        .hasSuffix("the tensor 'f8' has the unknown dtype 'F8_E4M3'"))
  }

  @Test func everyTruncationThrows() throws {
    for name in ["reference", "every_type"] {
      expectEveryTruncationThrows(try fixtureBytes("\(name).safetensors")) {
        (bytes) throws(FormatError) in
        try SafeTensors.decode(bytes, file: "cut").tensors.count
      }
    }
  }

  @Test(arguments: ["reference", "every_type"])
  func damageNeverTraps(name: String) throws {
    surviveMutations(try fixtureBytes("\(name).safetensors"), seed: 4) {
      (bytes) throws(FormatError) in
      let file = try SafeTensors.decode(bytes, file: "x")
      for tensor in file.tensors { _ = try file.array(tensor.name).floats() }
      return file.tensors.count
    }
  }
}
