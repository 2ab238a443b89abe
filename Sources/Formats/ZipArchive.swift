import CZlib

/// A zip file in memory: its directory, read and checked, and its entries on demand.
///
/// Only the central directory is believed; an entry's own header must agree on the name. Entries
/// are stored or deflated, with 32- or 64-bit sizes, in one volume, not encrypted.
///
/// - SeeAlso: PKWARE, *APPNOTE.TXT: .ZIP File Format Specification*, 6.3, sections 4.3 and 4.5.3.
struct ZipArchive {
  struct Entry {
    let name: String
    let packing: InflateStream.Packing
    let checksum: UInt32
    let size: Int
    let range: Range<Int>  // the packed bytes, within the file
  }

  /// In the order of the directory.
  let entries: [Entry]
  private let bytes: [UInt8]
  private let file: String

  /// - Parameter ceiling: the most bytes that all entries together may unpack to.
  init(_ bytes: [UInt8], file: String, ceiling: Int) throws(FormatError) {
    self.bytes = bytes
    self.file = file
    let directory = try ZipArchive.directory(of: bytes, file: file)
    var cursor = ByteCursor(bytes, in: directory.range, file: file)
    var entries: [Entry] = []
    var names: Set<String> = []
    var total = 0
    while cursor.remaining > 0 {
      let start = cursor.position
      let entry = try ZipArchive.entry(&cursor, before: directory.range.lowerBound)
      guard names.insert(entry.name).inserted else {
        throw FormatError(
          file: file, offset: start, reason: "the name \(quoted(entry.name)) appears twice")
      }
      let (sum, overflow) = total.addingReportingOverflow(entry.size)
      guard !overflow, sum <= ceiling else {
        throw FormatError(
          file: file, offset: start,
          reason: "the entries unpack to more than the \(ceiling) bytes that are accepted")
      }
      total = sum
      entries.append(entry)
    }
    guard UInt64(entries.count) == directory.count else {
      throw FormatError(
        file: file, offset: directory.range.upperBound,
        reason: "the directory has \(entries.count) entries, not the promised \(directory.count)")
    }
    try ZipArchive.refuseOverlaps(entries, file: file)
    self.entries = entries
  }

  /// Unpacks an entry.
  ///
  /// - Returns: [entry.size] bytes, whose check sum is right.
  func contents(of entry: Entry) throws(FormatError) -> [UInt8] {
    var stream = try InflateStream(bytes, in: entry.range, packing: entry.packing, file: file)
    guard entry.size <= stream.largestRemainder else {
      throw FormatError(
        file: file, offset: entry.range.lowerBound,
        reason: "\(entry.range.count) packed bytes cannot unpack to \(entry.size)")
    }
    let contents = try stream.take(entry.size)
    guard contents.count == entry.size, try stream.isAtEnd() else {
      let relation = contents.count < entry.size ? "only \(contents.count)" : "more"
      throw FormatError(
        file: file, offset: entry.range.lowerBound,
        reason: "the directory promises \(entry.size) bytes but there are \(relation)")
    }
    guard checksum([contents]) == entry.checksum else {
      throw FormatError(
        file: file, offset: entry.range.lowerBound, reason: "the CRC-32 check sum is wrong")
    }
    return contents
  }

  /// One place in the file may not serve two entries: that is how small bombs are built.
  private static func refuseOverlaps(_ entries: [Entry], file: String) throws(FormatError) {
    var end = 0
    for entry in entries.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
      guard entry.range.lowerBound >= end else {
        throw FormatError(
          file: file, offset: entry.range.lowerBound,
          reason: "the entry \(quoted(entry.name)) overlaps another")
      }
      end = entry.range.upperBound
    }
  }
}

extension ZipArchive {
  private typealias Directory = (range: Range<Int>, count: UInt64)

  /// Finds the central directory from the end of the file.
  private static func directory(of bytes: [UInt8], file: String) throws(FormatError) -> Directory {
    let lowest = max(0, bytes.count - 22 - Int(UInt16.max))
    var candidate = bytes.count - 22
    while candidate >= lowest {
      // The record ends with a comment of a stated length, which ends with the file.
      if signature(in: bytes, at: candidate) == 0x0605_4b50,
        Int(bytes[candidate + 20]) | Int(bytes[candidate + 21]) << 8
          == bytes.count - candidate - 22
      {
        return try directory(of: bytes, endRecord: candidate, file: file)
      }
      candidate -= 1
    }
    throw FormatError(file: file, reason: "this is not a zip file: it has no end record")
  }

  private static func directory(
    of bytes: [UInt8], endRecord: Int, file: String
  ) throws(FormatError) -> Directory {
    var cursor = ByteCursor(bytes, file: file)
    cursor.position = endRecord + 4
    let disk = try cursor.integer(UInt16.self, "the end record")
    let firstDisk = try cursor.integer(UInt16.self, "the end record")
    _ = try cursor.integer(UInt16.self, "the end record")
    var count = UInt64(try cursor.integer(UInt16.self, "the end record"))
    var size = UInt64(try cursor.integer(UInt32.self, "the end record"))
    var start = UInt64(try cursor.integer(UInt32.self, "the end record"))
    var end = endRecord
    if endRecord >= 20, signature(in: bytes, at: endRecord - 20) == 0x0706_4b50 {
      cursor.position = endRecord - 20 + 8
      let position = try cursor.integer(UInt64.self, "the zip64 locator")
      guard position <= UInt64(endRecord - 20) else {
        throw cursor.failure("the zip64 end record lies outside the file")
      }
      end = Int(position)
      cursor.position = end
      guard try cursor.integer(UInt32.self, "the zip64 end record") == 0x0606_4b50 else {
        throw cursor.failure("there is no zip64 end record where there should be")
      }
      _ = try cursor.advance(by: 28, "the zip64 end record")
      count = try cursor.integer(UInt64.self, "the zip64 end record")
      size = try cursor.integer(UInt64.self, "the zip64 end record")
      start = try cursor.integer(UInt64.self, "the zip64 end record")
    } else if disk != 0 || firstDisk != 0 {
      throw cursor.failure("zip files in several volumes are not read")
    }
    let (sum, overflow) = start.addingReportingOverflow(size)
    guard !overflow, sum == UInt64(end) else {
      throw FormatError(
        file: file, offset: end, reason: "the directory does not end where its end record begins")
    }
    return (Int(start)..<end, count)
  }

  private static func signature(in bytes: [UInt8], at position: Int) -> UInt32? {
    guard position >= 0, position <= bytes.count - 4 else { return nil }
    return bytes[position..<position + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Reads one entry of the directory, and the entry's own header.
  private static func entry(
    _ cursor: inout ByteCursor, before directory: Int
  ) throws(FormatError) -> Entry {
    let what = "a directory entry"
    guard try cursor.integer(UInt32.self, what) == 0x0201_4b50 else {
      throw cursor.failure("a directory entry does not begin as it should")
    }
    _ = try cursor.integer(UInt32.self, what)  // versions
    let flags = try cursor.integer(UInt16.self, what)
    let method = try cursor.integer(UInt16.self, what)
    _ = try cursor.integer(UInt32.self, what)  // time and date
    let checksum = try cursor.integer(UInt32.self, what)
    let packedSize = try cursor.integer(UInt32.self, what)
    let size = try cursor.integer(UInt32.self, what)
    let nameLength = try cursor.integer(UInt16.self, what)
    let extraLength = try cursor.integer(UInt16.self, what)
    let commentLength = try cursor.integer(UInt16.self, what)
    _ = try cursor.advance(by: 8, what)  // volume and attributes
    let header = try cursor.integer(UInt32.self, what)
    let nameRange = try cursor.advance(by: UInt64(nameLength), "an entry's name")
    let extraRange = try cursor.advance(by: UInt64(extraLength), "an entry's extra field")
    _ = try cursor.advance(by: UInt64(commentLength), "an entry's comment")
    guard let name = String(validating: cursor.bytes[nameRange], as: UTF8.self) else {
      throw cursor.failure("an entry's name is not UTF-8")
    }
    guard flags & 1 == 0 else {
      throw cursor.failure("the entry \(quoted(name)) is encrypted")
    }
    guard method == 0 || method == 8 else {
      throw cursor.failure(
        "the entry \(quoted(name)) uses compression method \(method); only 0 (stored) and 8 "
          + "(deflate) are read")
    }
    let (wideSize, widePackedSize, wideHeader) = try wideSizes(
      (size, packedSize, header), in: extraRange, cursor)
    let start = try dataStart(
      ofEntryNamed: nameRange, header: wideHeader, before: directory, cursor)
    guard widePackedSize <= UInt64(directory - start), let unpacked = Int(exactly: wideSize) else {
      throw cursor.failure("the entry \(quoted(name)) reaches beyond the directory")
    }
    return Entry(
      name: name, packing: method == 0 ? .stored : .deflate, checksum: checksum, size: unpacked,
      range: start..<start + Int(widePackedSize))
  }

  /// A field of all ones says that its value stands in the zip64 extra field, in this order.
  private static func wideSizes(
    _ narrow: (size: UInt32, packedSize: UInt32, header: UInt32), in range: Range<Int>,
    _ cursor: ByteCursor
  ) throws(FormatError) -> (size: UInt64, packedSize: UInt64, header: UInt64) {
    var extra = ByteCursor(cursor.bytes, in: range, file: cursor.file)
    while extra.remaining > 0 {
      let identifier = try extra.integer(UInt16.self, "an extra field")
      let length = try extra.integer(UInt16.self, "an extra field")
      let body = try extra.advance(by: UInt64(length), "an extra field")
      guard identifier == 1 else { continue }
      extra = ByteCursor(cursor.bytes, in: body, file: cursor.file)
      break
    }
    func wide(_ value: UInt32) throws(FormatError) -> UInt64 {
      value == .max ? try extra.integer(UInt64.self, "the zip64 field") : UInt64(value)
    }
    return (try wide(narrow.size), try wide(narrow.packedSize), try wide(narrow.header))
  }

  /// Where the packed bytes begin: after the entry's own header.
  private static func dataStart(
    ofEntryNamed name: Range<Int>, header: UInt64, before directory: Int, _ cursor: ByteCursor
  ) throws(FormatError) -> Int {
    let what = "an entry's own header"
    guard header <= UInt64(directory) else {
      throw cursor.failure("an entry's own header lies outside the file")
    }
    var local = ByteCursor(cursor.bytes, in: Int(header)..<directory, file: cursor.file)
    guard try local.integer(UInt32.self, what) == 0x0403_4b50 else {
      throw local.failure("an entry's own header does not begin as it should")
    }
    _ = try local.advance(by: 22, what)
    let nameLength = try local.integer(UInt16.self, what)
    let extraLength = try local.integer(UInt16.self, what)
    let localName = try local.advance(by: UInt64(nameLength), "an entry's name")
    guard cursor.bytes[localName] == cursor.bytes[name] else {
      throw local.failure("an entry's own header has another name than the directory")
    }
    return try local.advance(by: UInt64(extraLength), "an entry's extra field").upperBound
  }
}

/// The CRC-32 of a part of a file.
func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
  bytes.withUnsafeBufferPointer { buffer in
    guard let start = buffer.baseAddress else { return 0 }
    return UInt32(crc32_z(crc32_z(0, nil, 0), start, buffer.count))
  }
}

/// The CRC-32 of the pieces, one after another.
func checksum(_ pieces: [[UInt8]]) -> UInt32 {
  let sum = pieces.reduce(crc32_z(0, nil, 0)) { sum, piece in
    // Without a pointer zlib starts anew instead of going on.
    piece.isEmpty ? sum : crc32_z(sum, piece, piece.count)
  }
  return UInt32(sum)
}
