import Testing

@testable import Formats

struct NPYTests {
  @Test(arguments: [
    ("b1", ElementType.bool), ("u1", .uint8), ("i1", .int8), ("u2_little", .uint16),
    ("u2_big", .uint16), ("i2_little", .int16), ("i2_big", .int16), ("u4_little", .uint32),
    ("u4_big", .uint32), ("i4_little", .int32), ("i4_big", .int32), ("u8_little", .uint64),
    ("u8_big", .uint64), ("i8_little", .int64), ("i8_big", .int64), ("f2_little", .float16),
    ("f2_big", .float16), ("f4_little", .float32), ("f4_big", .float32), ("f8_little", .float64),
    ("f8_big", .float64),
  ])
  func readsEveryTypeOfNumPys(name: String, elementType: ElementType) throws {
    let array = try NPY.read(try fixture("numpy_\(name).npy"))
    #expect(array.elementType == elementType)
    #expect(array.shape == [2, 3])
    #expect(array.floats() == (name == "b1" ? [0, 1, 1, 1, 1, 1] : [0, 1, 2, 3, 4, 100]))
  }

  @Test func readsEveryVersion() throws {
    for version in 2...3 {
      let array = try NPY.read(try fixture("numpy_version_\(version).npy"))
      #expect(array == NPYArray([0, 1, 2, 3, 4, 100] as [Float], shape: [2, 3]))
    }
  }

  /// The cube holds 0 to 23 in row-major order, whatever the order of the file.
  @Test(arguments: ["u1", "i2", "f4", "f8"])
  func bringsFortranOrderToRowMajor(type: String) throws {
    let array = try NPY.read(try fixture("numpy_fortran_\(type).npy"))
    #expect(array.shape == [2, 3, 4])
    #expect(array.floats() == (0..<24).map(Float.init))
  }

  @Test func readsScalarsEmptyArraysAndNegatives() throws {
    #expect(
      try NPY.read(try fixture("numpy_scalar.npy")) == NPYArray([7.5] as [Float], shape: []))
    #expect(
      try NPY.read(try fixture("numpy_empty.npy")) == NPYArray([] as [Float], shape: [0, 5]))
    #expect(
      try NPY.read(try fixture("numpy_negative.npy")) == NPYArray([-1, -(1 << 40)] as [Int64]))
  }

  @Test func readsHalfPrecisionAtItsEdges() throws {
    let floats = try NPY.read(try fixture("numpy_half_edges.npy")).floats()
    #expect(
      floats.dropLast() == [
        0x1p-24, 1023 * 0x1p-24, 0x1p-14, 65504, -0.0, -1.5, .infinity, -.infinity,
      ])
    #expect(floats.last?.isNaN == true)
    #expect(floats[4].sign == .minus)
  }

  @Test(arguments: [
    "b1", "u1", "i1", "u2_little", "i2_little", "u4_little", "i4_little", "u8_little", "i8_little",
    "f2_little", "f4_little", "f8_little",
  ])
  func writesTheBytesThatNumPyWrites(name: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.npy"
      try NPY.write(try NPY.read(try fixture("numpy_\(name).npy")), to: path)
      #expect(try FileBytes.read(path) == fixtureBytes("numpy_\(name).npy"))
    }
  }

  @Test func roundTripsEveryShape() throws {
    for shape in [[], [0], [1], [5], [2, 0, 3], [1, 1, 1, 1], [2, 3, 4]] {
      let count = shape.reduce(1, *)
      let array = NPYArray((0..<count).map(Double.init), shape: shape)
      let pieces = try NPY.encode(array, file: "x")
      #expect(pieces[0].count % 64 == 0)
      #expect(try NPY.decode(Array(pieces.joined()), file: "x") == array)
    }
  }

  /// A header beyond 65,535 bytes needs version 2.
  @Test func roundTripsAHeaderTooLongForVersionOne() throws {
    let array = NPYArray([3] as [UInt8], shape: [Int](repeating: 1, count: 30_000))
    let bytes = Array(try NPY.encode(array, file: "x").joined())
    #expect(bytes[6] == 2)
    #expect(try NPY.decode(bytes, file: "x") == array)
  }

  @Test func refusesToWriteWhatNumPyLacks() {
    let array = NPYArray(elementType: .bfloat16, shape: [1], bytes: [0, 0])
    #expect(
      sentence { () throws(FormatError) in try NPY.write(array, to: "x") }
        == "x: NPY cannot hold elements of type bfloat16")
  }

  @Test(arguments: [
    ("object", "object arrays hold pickled Python objects, which are never read"),
    ("structure", "arrays of structures are not read, only plain numbers"),
    ("text", "arrays of strings ('<U2') are not read"),
    ("complex", "complex numbers ('<c16') are not read"),
  ])
  func refusesWhatIsNotNumbers(name: String, reason: String) throws {
    let path = try fixture("numpy_\(name).npy")
    let refusal = sentence { () throws(FormatError) in try NPY.read(path) }
    #expect(refusal.hasPrefix("\(path): at byte "))
    #expect(refusal.hasSuffix(": " + reason))
  }

  static let good = "'descr': '|u1', 'fortran_order': False, 'shape': (2,)"

  @Test(arguments: [
    ("{" + good + "}", "accepted"),
    ("{" + good + ", }  \n", "accepted"),
    ("{'shape':(2L,),\"descr\":\"=u1\",'fortran_order':True}", "accepted"),
    ("", "at byte 10: the header's dictionary should have '{' here"),
    ("[" + good + "]", "at byte 10: the header's dictionary should have '{' here"),
    ("{" + good, "at byte 64: the end of the header's dictionary should have '}' here"),
    ("{" + good + "} x", "at byte 66: text follows the header's dictionary"),
    ("{}", "at byte 12: the header lacks the key 'descr'"),
    ("{'descr': '|u1'}", "at byte 26: the header lacks the key 'fortran_order'"),
    (
      "{'descr': '|u1', 'fortran_order': False}",
      "at byte 50: the header lacks the key 'shape'"
    ),
    ("{'x': 1}", "at byte 14: the header has the unknown key 'x'"),
    (
      "{'descr': '|u1', 'descr': '|u1'}",
      "at byte 34: the header has the key 'descr' twice"
    ),
    ("{descr: '|u1'}", "at byte 11: a key should be a quoted string"),
    ("{'descr' '|u1'}", "at byte 19: the value of 'descr' should have ':' here"),
    ("{'descr': '|u1", "at byte 20: the quoted string does not end"),
    ("{'descr': '|\u{e9}1'}", "at byte 20: the element type is not plain ASCII"),
    ("{'descr': '\\x'}", "at byte 20: the element type is not plain ASCII"),
    ("{'descr': ''}", "at byte 22: the element type '' does not begin with <, >, | or ="),
    ("{'descr': 'u1'}", "at byte 24: the element type 'u1' does not begin with <, >, | or ="),
    ("{'descr': '<u3'}", "at byte 25: the element type '<u3' is not known"),
    ("{'descr': '<f16'}", "at byte 26: the element type '<f16' is not known"),
    ("{'descr': '|u2'}", "at byte 25: the element type '|u2' does not say its byte order"),
    ("{'descr': '|V8'}", "at byte 25: arrays of raw or structured data ('|V8') are not read"),
    ("{'descr': '|S3'}", "at byte 25: arrays of strings ('|S3') are not read"),
    ("{'descr':", "at byte 19: arrays of structures are not read, only plain numbers"),
    ("{'fortran_order': 1}", "at byte 28: 'fortran_order' is neither True nor False"),
    ("{'shape': 2}", "at byte 20: the shape should have '(' here"),
    ("{'shape': (2)}", "at byte 22: the shape lacks the comma of a tuple"),
    ("{'shape': (2, -3)}", "at byte 24: the shape is negative"),
    ("{'shape': (2, 3.5)}", "at byte 25: the end of the shape should have ')' here"),
    ("{'shape': (2, x)}", "at byte 24: the shape holds something other than numbers"),
    ("{'shape': (2,", "at byte 23: the header ends inside the shape"),
    (
      "{'shape': (99999999999999999999,)}",
      "at byte 39: a number in the shape exceeds 64 bits"
    ),
    (
      "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}",
      "at byte 67: the header promises 2 × 3 × 8 bytes but 2 follow"
    ),
    (
      "{'descr': '|i1', 'fortran_order': False, 'shape': (1,)}",
      "at byte 66: the header promises 1 bytes but 2 follow, too many"
    ),
    (
      "{'descr': '|i1', 'fortran_order': False, 'shape': (4611686018427387904, 4)}",
      "at byte 85: the header promises 4611686018427387904 × 4 bytes but 2 follow"
    ),
  ])
  func checksTheHeader(literal: String, reason: String) {
    let text = [UInt8](literal.utf8)
    var bytes: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]
    bytes.append(littleEndian: UInt16(text.count))
    let refusal = sentence { () throws(FormatError) in
      try NPY.decode(bytes + text + [1, 2], file: "x")
    }
    if reason == "accepted" {
      #expect(refusal.hasPrefix("accepted"))
    } else {
      #expect(refusal == "x: " + reason)
    }
  }

  @Test func refusesAnotherMagicOrVersion() {
    #expect(
      sentence { () throws(FormatError) in try NPY.decode([1, 2, 3], file: "x") }
        == "x: at byte 0: this is not NPY, which begins with 93 4e 55 4d 50 59")
    let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
    #expect(
      sentence { () throws(FormatError) in try NPY.decode(magic + [4, 0, 0, 0], file: "x") }
        == "x: at byte 6: NPY version 4.0 is none of 1.0, 2.0 and 3.0")
    #expect(
      sentence { () throws(FormatError) in try NPY.decode(magic + [2, 0, 255, 255], file: "x") }
        == "x: at byte 8: the header's length needs 4 bytes but 2 are left")
    #expect(
      sentence { () throws(FormatError) in
        try NPY.decode(magic + [2, 0, 255, 255, 255, 255, 9], file: "x")
      } == "x: at byte 12: the header needs 4294967295 bytes but 1 are left")
  }

  @Test func everyTruncationThrows() throws {
    for name in ["numpy_f4_little", "numpy_version_3", "numpy_fortran_u1"] {
      expectEveryTruncationThrows(try fixtureBytes("\(name).npy")) { (bytes) throws(FormatError) in
        try NPY.decode(bytes, file: "cut")
      }
    }
  }

  @Test(arguments: ["numpy_f4_big", "numpy_version_2", "numpy_fortran_i2", "numpy_structure"])
  func damageNeverTraps(name: String) throws {
    surviveMutations(try fixtureBytes("\(name).npy"), seed: 2) { (bytes) throws(FormatError) in
      try NPY.decode(bytes, file: "x").floats()
    }
  }
}
