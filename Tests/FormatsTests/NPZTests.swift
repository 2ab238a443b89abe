import Testing

@testable import Formats

struct NPZTests {
  static let six = NPYArray([0, 1, 2, 3, 4, 100] as [Float], shape: [2, 3])
  static let labels = NPYArray([3, 1, 4] as [UInt8])

  @Test(arguments: ["numpy_stored.npz", "numpy_deflated.npz"])
  func readsNumPysFilesInOrder(name: String) throws {
    let arrays = try NPZ.read(try fixture(name))
    #expect(arrays.map(\.name) == ["mean", "log_variance", "labels"])
    #expect(arrays[0].array == NPZTests.six)
    #expect(arrays[1].array == NPYArray((0..<24).map(Double.init), shape: [2, 3, 4]))
    #expect(arrays[2].array == NPZTests.labels)
  }

  @Test func readsZip64() throws {
    let arrays = try NPZ.read(try fixture("zip64.npz"))
    #expect(arrays.map(\.name) == ["wide"])
    #expect(arrays.map(\.array) == [try NPY.read(try fixture("numpy_u1.npy"))])
  }

  @Test(arguments: [false, true], [Int(UInt32.max), 1])
  func roundTrips(compressed: Bool, largestNarrow: Int) throws {
    let arrays = [
      (name: "x", array: NPZTests.six), (name: "naïve", array: NPZTests.labels),
      (name: "nothing", array: NPYArray([] as [Double], shape: [0, 2])),
    ]
    let pieces = try NPZ.encode(
      arrays, file: "x", compressed: compressed, writer: ZipWriter(largestNarrow: largestNarrow))
    let read = try NPZ.decode(Array(pieces.joined()), file: "x")
    #expect(read.map(\.name) == arrays.map(\.name))
    #expect(read.map(\.array) == arrays.map(\.array))
  }

  @Test func writesAFile() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.npz"
      try NPZ.write([("x", NPZTests.six)], to: path, compressed: true)
      #expect(try NPZ.read(path).map(\.array) == [NPZTests.six])
      try NPZ.write([], to: path)
      #expect(try NPZ.read(path).isEmpty)
    }
  }

  @Test func refusesToWriteBadNames() {
    func refusal(_ names: String...) -> String {
      sentence { () throws(FormatError) in
        try NPZ.write(names.map { ($0, NPZTests.six) }, to: "x")
      }
    }
    #expect(refusal("") == "x: NPZ cannot hold an array with the name ''")
    #expect(refusal("a", "a") == "x: two arrays have the name 'a'")
    #expect(refusal(String(repeating: "n", count: 65_532)).hasPrefix("x: NPZ cannot hold"))
  }

  @Test func refusesWhatItDoesNotRead() throws {
    let packed = try fixtureBytes("bzip2.npz")
    #expect(
      sentence { () throws(FormatError) in try NPZ.decode(packed, file: "x") }
        .hasSuffix(
          "the entry 'x.npy' uses compression method 12; only 0 (stored) and 8 (deflate) are read"))
    let notes = try fixtureBytes("notes.npz")
    #expect(
      sentence { () throws(FormatError) in try NPZ.decode(notes, file: "x") }
        == "x: the entry 'notes.txt' is not an array: no .npy at its end")
    #expect(
      sentence { () throws(FormatError) in try NPZ.decode([1, 2, 3], file: "x") }
        == "x: this is not a zip file: it has no end record")
  }

  /// The parts of a file with one stored entry, x.npy: its own header (35 bytes), the array, the
  /// directory's entry, the end record.
  private static func parts() throws -> (header: Int, directory: Int, end: Int, bytes: [UInt8]) {
    let pieces = try NPZ.encode(
      [("x", labels)], file: "x", compressed: false, writer: ZipWriter())
    let bytes = Array(pieces.joined())
    return (0, bytes.count - 22 - 51, bytes.count - 22, bytes)
  }

  /// Changes bytes relative to a part, and returns the refusal.
  private func refusal(
    _ part: KeyPath<(header: Int, directory: Int, end: Int, bytes: [UInt8]), Int>,
    _ changes: [Int: UInt8], ceiling: Int = 1 << 20
  ) throws -> String {
    let parts = try NPZTests.parts()
    var bytes = parts.bytes
    for (offset, value) in changes { bytes[parts[keyPath: part] + offset] = value }
    return sentence { () throws(FormatError) in
      try NPZ.decode(bytes, file: "x", ceiling: ceiling).count
    }
  }

  @Test func believesOnlyAConsistentArchive() throws {
    #expect(try refusal(\.header, [:]) == "accepted: 1")
    let (_, directory, end, bytes) = try NPZTests.parts()
    #expect(
      try refusal(\.directory, [8: 1])
        == "x: at byte \(end): the entry 'x.npy' is encrypted")
    #expect(
      try refusal(\.directory, [0: 0])
        == "x: at byte \(directory + 4): a directory entry does not begin as it should")
    #expect(
      try refusal(\.header, [0: 0])
        == "x: at byte 4: an entry's own header does not begin as it should")
    #expect(
      try refusal(\.header, [30: 0x79])
        == "x: at byte 35: an entry's own header has another name than the directory")
    #expect(
      try refusal(\.directory, [16: bytes[directory + 16] ^ 1])
        == "x: at byte 35: in 'x.npy', the CRC-32 check sum is wrong")
    #expect(
      try refusal(\.directory, [24: bytes[directory + 24] - 1])
        == "x: at byte 35: in 'x.npy', the directory promises \(directory - 36) bytes but there "
        + "are more")
    #expect(
      try refusal(\.directory, [24: bytes[directory + 24] + 1])
        == "x: at byte 35: in 'x.npy', \(directory - 35) packed bytes cannot unpack to "
        + "\(directory - 34)")
    #expect(
      try refusal(\.directory, [20: 255])
        == "x: at byte \(end): the entry 'x.npy' reaches beyond the directory")
    #expect(
      try refusal(\.directory, [45: 1])
        == "x: at byte \(end): an entry's own header lies outside the file")
    #expect(
      try refusal(\.directory, [46: 0xff])
        == "x: at byte \(end): an entry's name is not UTF-8")
    #expect(
      try refusal(\.end, [16: 1])
        == "x: at byte \(end): the directory does not end where its end record begins")
    #expect(
      try refusal(\.end, [10: 2])
        == "x: at byte \(end): the directory has 1 entries, not the promised 2")
    #expect(
      try refusal(\.end, [4: 1])
        == "x: at byte \(end + 20): zip files in several volumes are not read")
    #expect(
      try refusal(\.header, [:], ceiling: 10)
        == "x: at byte \(directory): the entries unpack to more than the 10 bytes that are accepted"
    )
  }

  @Test func namesTheEntryThatIsNoArray() {
    var writer = ZipWriter()
    writer.add("x.npy", [[1, 2]], compressed: false)
    writer.finish()
    #expect(
      sentence { () throws(FormatError) in
        try NPZ.decode(Array(writer.pieces.joined()), file: "x")
      } == "x: at byte 0: in 'x.npy', this is not NPY, which begins with 93 4e 55 4d 50 59")
  }

  @Test func refusesRepeatedNames() {
    var writer = ZipWriter()
    writer.add("x.npy", [[1, 2]], compressed: false)
    writer.add("x.npy", [[1, 2]], compressed: false)
    writer.finish()
    #expect(
      sentence { () throws(FormatError) in
        try NPZ.decode(Array(writer.pieces.joined()), file: "x").count
      }.hasSuffix("the name 'x.npy' appears twice"))
  }

  /// The first entry's size, 38 instead of 2, runs over the second entry's own header.
  @Test func refusesEntriesThatOverlap() {
    var writer = ZipWriter()
    writer.add("x.npy", [[1, 2]], compressed: false)
    writer.add("y.npy", [[1, 2]], compressed: false)
    writer.finish()
    var bytes = Array(writer.pieces.joined())
    let first = bytes.count - 22 - 2 * 51
    bytes[first + 20] = 38
    bytes[first + 24] = 38
    #expect(
      sentence { () throws(FormatError) in try NPZ.decode(bytes, file: "x").count }
        == "x: at byte 72: the entry 'y.npy' overlaps another")
  }

  /// A megabyte of zeros in a kilobyte, said to be 10 bytes.
  @Test func anEntryMayNotUnpackToMoreThanItSays() {
    var writer = ZipWriter()
    writer.add("x.npy", [[UInt8](repeating: 0, count: 1 << 20)], compressed: true)
    writer.finish()
    var bytes = Array(writer.pieces.joined())
    let directory = bytes.count - 22 - 51
    bytes.replaceSubrange(directory + 24..<directory + 28, with: [10, 0, 0, 0])
    #expect(
      sentence { () throws(FormatError) in try NPZ.decode(bytes, file: "x").count }
        == "x: at byte 35: in 'x.npy', the directory promises 10 bytes but there are more")
  }

  @Test func everyTruncationThrows() throws {
    for name in ["numpy_deflated.npz", "zip64.npz"] {
      expectEveryTruncationThrows(try fixtureBytes(name)) { (bytes) throws(FormatError) in
        try NPZ.decode(bytes, file: "cut").count
      }
    }
  }

  @Test(arguments: ["numpy_stored.npz", "numpy_deflated.npz", "zip64.npz"])
  func damageNeverTraps(name: String) throws {
    surviveMutations(try fixtureBytes(name), seed: 3) { (bytes) throws(FormatError) in
      try NPZ.decode(bytes, file: "x").count
    }
  }
}
