/// Builds a zip file from whole entries, as pieces to be written one after another.
///
/// Nothing of it depends on the clock: every entry is dated 1 January 1980, zip's first day.
struct ZipWriter {
  private(set) var pieces: [[UInt8]] = []
  private var directory: [UInt8] = []
  private var entryCount = 0
  private var position = 0
  private let largestNarrow: Int

  /// - Parameter largestNarrow: sizes and offsets from here on are written in zip64's wide fields;
  ///   tests set it low.
  init(largestNarrow: Int = Int(UInt32.max)) {
    self.largestNarrow = largestNarrow
  }

  /// Adds an entry whose content is the pieces, one after another.
  ///
  /// - Parameter name: at most 65,535 bytes of UTF-8; a longer one traps.
  mutating func add(_ name: String, _ content: [[UInt8]], compressed: Bool) {
    let packed = compressed ? [Deflate.pack(content, as: .deflate, level: 6)] : content
    let size = content.reduce(0) { $0 + $1.count }
    let packedSize = packed.reduce(0) { $0 + $1.count }
    let isWide = max(size, packedSize, position) >= largestNarrow
    let nameBytes = [UInt8](name.utf8)

    var common: [UInt8] = []  // the part that both headers share
    common.append(littleEndian: UInt16(isWide ? 45 : 20))  // zip version needed
    common.append(littleEndian: UInt16(nameBytes.allSatisfy { $0 < 0x80 } ? 0 : 1 << 11))
    common.append(littleEndian: UInt16(compressed ? 8 : 0))
    common.append(littleEndian: UInt16(0))  // time: midnight
    common.append(littleEndian: UInt16(1 << 5 | 1))  // date: years since 1980, month, day
    common.append(littleEndian: checksum(content))
    common.append(littleEndian: isWide ? UInt32.max : UInt32(packedSize))
    common.append(littleEndian: isWide ? UInt32.max : UInt32(size))
    common.append(littleEndian: UInt16(nameBytes.count))

    var sizes: [UInt8] = []
    sizes.append(littleEndian: UInt64(size))
    sizes.append(littleEndian: UInt64(packedSize))
    var place: [UInt8] = []
    place.append(littleEndian: UInt64(position))

    var header: [UInt8] = []
    header.append(littleEndian: UInt32(0x0403_4b50))
    header += common
    let localExtra = isWide ? extraField(sizes) : []
    header.append(littleEndian: UInt16(localExtra.count))
    header += nameBytes + localExtra

    directory.append(littleEndian: UInt32(0x0201_4b50))
    directory.append(littleEndian: UInt16(45))  // zip version of the writer
    directory += common
    let extra = isWide ? extraField(sizes + place) : []
    directory.append(littleEndian: UInt16(extra.count))
    directory += [UInt8](repeating: 0, count: 10)  // comment, volume, attributes
    directory.append(littleEndian: isWide ? UInt32.max : UInt32(position))
    directory += nameBytes + extra

    pieces.append(header)
    pieces += packed
    position += header.count + packedSize
    entryCount += 1
  }

  private func extraField(_ body: [UInt8]) -> [UInt8] {
    var field: [UInt8] = []
    field.append(littleEndian: UInt16(1))
    field.append(littleEndian: UInt16(body.count))
    return field + body
  }

  /// Adds the directory and its end record, after which nothing may be added.
  mutating func finish() {
    var end: [UInt8] = []
    let isWide =
      max(position, directory.count) >= largestNarrow || entryCount >= Int(UInt16.max)
    if isWide {
      end.append(littleEndian: UInt32(0x0606_4b50))
      end.append(littleEndian: UInt64(44))  // the rest of this record
      end.append(littleEndian: UInt16(45))
      end.append(littleEndian: UInt16(45))
      end.append(littleEndian: UInt64(0))  // volumes
      end.append(littleEndian: UInt64(entryCount))
      end.append(littleEndian: UInt64(entryCount))
      end.append(littleEndian: UInt64(directory.count))
      end.append(littleEndian: UInt64(position))
      end.append(littleEndian: UInt32(0x0706_4b50))
      end.append(littleEndian: UInt32(0))
      end.append(littleEndian: UInt64(position + directory.count))
      end.append(littleEndian: UInt32(1))
    }
    end.append(littleEndian: UInt32(0x0605_4b50))
    end.append(littleEndian: UInt32(0))  // volumes
    let count = isWide ? UInt16.max : UInt16(entryCount)
    end.append(littleEndian: count)
    end.append(littleEndian: count)
    end.append(littleEndian: isWide ? UInt32.max : UInt32(directory.count))
    end.append(littleEndian: isWide ? UInt32.max : UInt32(position))
    end.append(littleEndian: UInt16(0))  // comment
    pieces += [directory, end]
  }
}
