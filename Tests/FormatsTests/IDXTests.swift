import Testing

@testable import Formats

struct IDXTests {
  @Test(arguments: [
    ("uint8", ElementType.uint8), ("int8", .int8), ("int16", .int16), ("int32", .int32),
    ("float32", .float32), ("float64", .float64), ("uint8.gz", .uint8), ("float32.gz", .float32),
  ])
  func readsEveryType(name: String, elementType: ElementType) throws {
    let array = try IDX.read(try fixture("idx_\(name)"))
    #expect(array.elementType == elementType)
    #expect(array.shape == [2, 3])
    #expect(array.floats() == [0, 1, 2, 3, 4, 100])
  }

  @Test func readsGzipInSeveralMembers() throws {
    #expect(
      try IDX.read(try fixture("idx_two_members.gz")) == IDX.read(try fixture("idx_uint8")))
  }

  @Test func goesByTheMagicNotByTheName() throws {
    let packed = try fixtureBytes("idx_uint8.gz")
    #expect(try IDX.decode(packed, file: "no suffix").shape == [2, 3])
    let plain = try fixtureBytes("idx_uint8")
    #expect(
      sentence { () throws(FormatError) in try IDX.decode(plain, file: "x.gz") }
        == "x.gz: at byte 0: the name ends in .gz, but the file does not begin with gzip's 1f 8b"
    )
  }

  @Test(arguments: [false, true])
  func roundTripsEveryType(compressed: Bool) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      for name in ["uint8", "int8", "int16", "int32", "float32", "float64"] {
        let array = try IDX.read(try fixture("idx_\(name)"))
        try IDX.write(array, to: path, compressed: compressed)
        #expect(try IDX.read(path) == array)
        if !compressed { #expect(try FileBytes.read(path) == fixtureBytes("idx_\(name)")) }
      }
    }
  }

  @Test func writesExactBytes() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      try IDX.write(IDXArray([1.5] as [Float], shape: [1, 1]), to: path)
      #expect(
        try FileBytes.read(path)
          == [0, 0, 0x0d, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0x3f, 0xc0, 0, 0])
    }
  }

  @Test func refusesToWriteWhatIDXCannotHold() {
    #expect(
      sentence { () throws(FormatError) in try IDX.write(IDXArray([1] as [Int64]), to: "x") }
        == "x: IDX cannot hold elements of type int64")
    #expect(
      sentence { () throws(FormatError) in
        try IDX.write(IDXArray([] as [UInt8], shape: [0, 3]), to: "x")
      } == "x: IDX cannot hold the shape [0, 3]")
    #expect(
      sentence { () throws(FormatError) in
        try IDX.write(IDXArray([1] as [UInt8], shape: []), to: "x")
      } == "x: IDX cannot hold the shape []")
  }

  @Test(
    arguments: [
      ([], "x: the file is empty"),
      ([0, 0, 8], "x: at byte 3: the file ends inside the 4 bytes of the header"),
      ([1, 0, 8, 1], "x: at byte 0: this is not IDX, which begins with two zero bytes"),
      ([0, 0, 10, 1], "x: at byte 2: the type code 10 is none of 8, 9, 11, 12, 13 and 14"),
      ([0, 0, 8, 0], "x: at byte 3: the header declares no dimensions"),
      (
        [0, 0, 8, 2, 0, 0, 0, 1, 0],
        "x: at byte 9: the file ends inside the header, which declares 2 dimensions"
      ),
      (
        [0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 0],
        "x: at byte 8: dimension 2 of 2 is 0, so the file holds nothing"
      ),
      (
        [0, 0, 8, 1, 0, 0, 0, 3, 1, 2],
        "x: at byte 8: the header promises 3 bytes but at most 2 can follow"
      ),
      (
        [0, 0, 11, 1, 0, 0, 0, 1, 1, 2, 3],
        "x: at byte 10: the header promises 1 × 2 bytes but more follow"
      ),
      (
        [0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255],
        "x: at byte 12: the header promises 4294967295 × 4294967295 bytes but at most 4294967296 are "
          + "accepted"
      ),
      (
        [0, 0, 8, 1, 0x7f, 0, 0, 0, 9],
        "x: at byte 8: the header promises 2130706432 bytes but at most 1 can follow"
      ),
    ] as [([UInt8], String)])
  func refusesABrokenFile(bytes: [UInt8], reason: String) {
    #expect(sentence { () throws(FormatError) in try IDX.decode(bytes, file: "x") } == reason)
  }

  @Test func refusesMoreThanTheCeiling() throws {
    let bytes = try fixtureBytes("idx_uint8.gz")
    #expect(
      sentence { () throws(FormatError) in try IDX.decode(bytes, file: "x", ceiling: 5) }
        == "x: at byte 12: the header promises 2 × 3 bytes but at most 5 are accepted")
  }

  /// 255 dimensions of 2³² − 1 overflow every integer on the way.
  @Test func refusesHugeDimensions() {
    let bytes: [UInt8] = [0, 0, 14, 255] + [UInt8](repeating: 255, count: 4 * 255)
    #expect(throws: FormatError.self) { try IDX.decode(bytes, file: "x") }
  }

  @Test func refusesDamagedGzip() throws {
    let bytes = try fixtureBytes("idx_uint8.gz")
    let truncated = Array(bytes.dropLast(9))
    #expect(
      sentence { () throws(FormatError) in try IDX.decode(truncated, file: "x") }
        == "x: at byte 18: the compressed data ends early")
    var wrongSum = bytes
    wrongSum[bytes.count - 8] ^= 1
    #expect(
      sentence { () throws(FormatError) in try IDX.decode(wrongSum, file: "x") }
        == "x: at byte 18: the compressed data is damaged (incorrect data check)")
    #expect(
      sentence { () throws(FormatError) in try IDX.decode(bytes + [1, 2, 3], file: "x") }
        == "x: at byte 18: 3 bytes that do not belong follow the compressed data")
  }

  @Test func refusesGzipWhoseHeaderLies() {
    func refusal(_ bytes: [UInt8]) -> String {
      let packed = Deflate.pack([bytes], as: .gzip, level: 6)
      return sentence { () throws(FormatError) in try IDX.decode(packed, file: "x") }
    }
    #expect(
      refusal([0, 0, 8, 1, 0, 0, 0, 5, 1, 2])
        == "x: at byte 8: the header promises 5 bytes but 2 follow")
    #expect(
      refusal([0, 0, 8, 1, 0, 0, 0, 1, 1, 2])
        == "x: at byte 9: the header promises 1 bytes but more follow")
    // 30 bytes cannot unpack to 2 GB; nothing of that size may be allocated.
    #expect(
      refusal([0, 0, 8, 1, 0x7f, 0, 0, 0, 9]).hasPrefix(
        "x: at byte 8: the header promises 2130706432 bytes but at most "))
  }

  @Test func everyTruncationThrows() throws {
    for name in ["idx_uint8", "idx_uint8.gz", "idx_two_members.gz"] {
      expectEveryTruncationThrows(try fixtureBytes(name)) { (bytes) throws(FormatError) in
        try IDX.decode(bytes, file: "cut")
      }
    }
  }

  @Test(arguments: ["idx_int16", "idx_float32.gz", "idx_two_members.gz"])
  func damageNeverTraps(name: String) throws {
    surviveMutations(try fixtureBytes(name), seed: 1) { (bytes) throws(FormatError) in
      try IDX.decode(bytes, file: "x")
    }
  }
}
