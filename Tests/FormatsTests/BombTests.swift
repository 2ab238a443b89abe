import Foundation
import Testing

@testable import Formats

/// Small files that ask for much: each is refused before the memory is taken.
@Suite struct BombTests {
  /// 10 MB of zeros, deflated to 10 KB.
  private static let zeros = [UInt8](repeating: 0, count: 10_000_000)

  /// An NPZ file in which one deflated array of 10 MB stands `copies` times under different names.
  private static func archive(copies: Int) throws -> [UInt8] {
    let array = NumericArray(zeros)
    var writer = ZipWriter()
    for copy in 0..<copies {
      writer.add("a\(copy).npy", try NPY.encode(array, file: "a"), compressed: true)
    }
    writer.finish()
    return writer.pieces.flatMap { $0 }
  }

  @Test func manyArraysOfZerosStopAtTheCeiling() throws {
    let bytes = try Self.archive(copies: 12)
    // 120 MB in 120 KB.
    #expect(bytes.count < 200_000)
    #expect(try NPZ.decode(bytes, file: "x", ceiling: 200_000_000).count == 12)
    #expect(
      sentence { () throws(FormatError) in
        try NPZ.decode(bytes, file: "x", ceiling: 50_000_000).count
      }.hasSuffix("the entries unpack to more than the 50000000 bytes that are accepted"))
  }

  /// An NPZ file whose directory says that its one entry unpacks to 3 GiB.
  private static func lyingArchive() throws -> [UInt8] {
    var bytes = try archive(copies: 1)
    let end = bytes.count - 22
    let directory = (0..<4).reduce(0) { $0 | Int(bytes[end + 16 + $1]) << (8 * $1) }
    // The unpacked size lies 24 bytes from the beginning of the directory's entry.
    bytes.replaceSubrange(directory + 24..<directory + 28, with: [0, 0, 0, 0xC0])
    return bytes
  }

  @Test func gzipThatGoesOnBeyondItsPromiseIsLeftUnread() {
    // A promise of four bytes, and 10 MB of zeros.
    let header: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 4]
    let bytes = Deflate.pack([header, Self.zeros], as: .gzip, level: 6)
    #expect(bytes.count < 20_000)
    #expect(
      sentence { () throws(FormatError) in try IDX.decode(bytes, file: "x.gz").count }
        .hasSuffix("the header promises 4 bytes but more follow"))
  }

  /// Packed again and again a file of zeros shrinks to a few hundred bytes; one layer is unpacked, no more.
  @Test func gzipInsideGzipIsUnpackedOnce() {
    var bytes = Deflate.pack([Self.zeros], as: .gzip, level: 9)
    for _ in 0..<2 { bytes = Deflate.pack([bytes], as: .gzip, level: 9) }
    #expect(bytes.count < 300)
    #expect(
      sentence { () throws(FormatError) in try IDX.decode(bytes, file: "x.gz").count }
        .hasSuffix("this is not IDX, which begins with two zero bytes"))
  }

  /// What each bomb asks for, and the words with which it is refused.
  static func checkGiants() throws {
    let idx: [UInt8] = [0, 0, 8, 3, 0, 1, 0, 0, 0, 0, 0x40, 0, 0, 0, 4, 0]  // 65536 × 16384 × 1024
    #expect(
      sentence { () throws(FormatError) in
        try IDX.decode(idx, file: "x", ceiling: .max).count
      }.hasSuffix("promises 65536 × 16384 × 1024 bytes but at most 0 can follow"))
    var npy: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 70, 0]
    npy += Array("{'descr': '<f8', 'fortran_order': True, 'shape': (1000000, 100000), }".utf8)
    npy += Array(repeating: 0x20, count: 80 - npy.count)
    #expect(
      sentence { () throws(FormatError) in try NPY.decode(npy, file: "x").count }
        .hasSuffix("promises 1000000 × 100000 × 8 bytes but 0 follow"))
    let lie = try lyingArchive()
    #expect(
      sentence { () throws(FormatError) in try NPZ.decode(lie, file: "x").count }
        .hasSuffix("packed bytes cannot unpack to 3221225472"))
    let json = #"{"a":{"dtype":"F64","shape":[100000,100000],"data_offsets":[0,80000000000]}}"#
    let tensors = [UInt8(json.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(json.utf8)
    #expect(
      sentence { () throws(FormatError) in try SafeTensors.decode(tensors, file: "x").tensors }
        .hasSuffix("ends at byte 80000000000 of the data, which has only 0"))
  }

  @Test func giantsAreRefused() throws { try Self.checkGiants() }

  #if os(Linux)
    /// The same sentences, and no trap, in a process that may take no more than 256 MB beyond what it has.
    @Test func giantsAreRefusedBeforeTheirMemoryIsTaken() async {
      await #expect(processExitsWith: .success) {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
          .split(separator: " ").first.flatMap { rlim_t($0) }
        var limit = rlimit()
        limit.rlim_cur = try #require(pages) * rlim_t(sysconf(Int32(_SC_PAGESIZE))) + (256 << 20)
        limit.rlim_max = limit.rlim_cur
        try #require(setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0)
        try BombTests.checkGiants()
      }
    }
  #endif
}
