/// What a PNG file says of its image, and where the image's bytes are.
///
/// Every chunk's length is held against the file's end and the critical chunks' check sums are verified. Of the
/// others only `tRNS` is read: notes about gamma, colour spaces and profiles do not change what samples are.
///
/// - SeeAlso: Portable Network Graphics (PNG) Specification (Third Edition), sections 5, 11.2 and 11.3.
struct PNGChunks {
  /// How samples make a colour, by the format's own number.
  enum ColorType: UInt8 {
    case grey = 0
    case rgb = 2
    case palette = 3
    case greyWithOpacity = 4
    case rgbWithOpacity = 6

    /// The samples of a pixel.
    var samples: Int {
      switch self {
      case .grey, .palette: 1
      case .greyWithOpacity: 2
      case .rgb: 3
      case .rgbWithOpacity: 4
      }
    }

    /// The bits that a sample may have.
    var depths: [Int] {
      switch self {
      case .grey: [1, 2, 4, 8, 16]
      case .palette: [1, 2, 4, 8]
      case .rgb, .greyWithOpacity, .rgbWithOpacity: [8, 16]
      }
    }
  }

  /// Columns, from 1.
  private(set) var width = 0
  /// Rows, from 1.
  private(set) var height = 0
  /// The bits of a sample.
  private(set) var depth = 8
  private(set) var colorType = ColorType.grey
  private(set) var isInterlaced = false
  /// Red, green and blue of each entry: [entries × 3]; empty without a palette.
  private(set) var palette: [UInt8] = []
  /// The content of `tRNS`; nil without one, and where the pixels have an opacity of their own.
  private(set) var transparency: [UInt8]?
  /// Where the pieces of the compressed image are.
  private(set) var data: [Range<Int>] = []

  private let file: String

  /// The bits of a pixel.
  var bitsPerPixel: Int { depth * colorType.samples }

  /// Walks the chunks to the image's end; what follows it is ignored.
  ///
  /// - Parameters:
  ///   - bytes: the file's content
  ///   - file: the name to use in errors
  /// - Throws: ``FormatError`` if this is not PNG, ends early, or a chunk that is needed is damaged, missing
  ///   or out of place.
  init(_ bytes: [UInt8], file: String) throws(FormatError) {
    self.file = file
    guard bytes.starts(with: PNG.signature) else {
      throw FormatError(
        file: file, offset: 0,
        reason: "this is not PNG, which begins with 89 50 4e 47 0d 0a 1a 0a")
    }
    var cursor = ByteCursor(bytes, file: file)
    cursor.position = PNG.signature.count
    var names: [String] = []
    while names.last != "IEND" {
      let (name, content) = try PNGChunks.next(&cursor)
      try read(name, bytes[content], after: names)
      // Pieces of the image are one to what follows; there may be a great many of them.
      if names.last != name { names.append(name) }
    }
    guard !data.isEmpty else {
      throw FormatError(file: file, reason: "there is no image in the file: no chunk is IDAT")
    }
  }

  /// The next chunk's name and where its content is.
  private static func next(
    _ cursor: inout ByteCursor
  ) throws(FormatError) -> (name: String, content: Range<Int>) {
    let length = try cursor.integer(UInt32.self, "a chunk's length").byteSwapped
    let type = try cursor.advance(by: 4, "a chunk's type")
    let content = try cursor.advance(by: UInt64(length), "a chunk")
    let sum = try cursor.integer(UInt32.self, "a chunk's check sum").byteSwapped
    let letters = cursor.bytes[type]
    guard letters.allSatisfy({ 65...90 ~= $0 || 97...122 ~= $0 }) else {
      throw FormatError(
        file: cursor.file, offset: type.lowerBound,
        reason: "the chunk's name is the bytes \(Array(letters)), not four letters")
    }
    let name = String(decoding: letters, as: UTF8.self)
    // A capital first letter: no reader may pass over it.
    let isNeeded = letters.first.map { $0 < 97 } == true || name == "tRNS"
    guard !isNeeded || checksum(of: cursor.bytes[type.lowerBound..<content.upperBound]) == sum
    else {
      throw FormatError(
        file: cursor.file, offset: type.lowerBound,
        reason: "the chunk \(name) is damaged: its check sum (CRC) does not fit")
    }
    return (name, content)
  }

  private mutating func read(
    _ name: String, _ content: ArraySlice<UInt8>, after names: [String]
  ) throws(FormatError) {
    guard names.isEmpty == (name == "IHDR") else {
      throw failure(
        content, names.isEmpty ? "the first chunk is \(name), not IHDR" : "a second IHDR follows")
    }
    switch name {
    case "IHDR": try readHeader(content)
    case "PLTE":
      guard palette.isEmpty && data.isEmpty else {
        throw failure(content, "a palette (PLTE) comes twice or after the image")
      }
      guard 3...768 ~= content.count && content.count % 3 == 0 else {
        throw failure(
          content, "a palette of \(content.count) bytes is not 1 to 256 colours of three bytes")
      }
      palette = Array(content)
    case "tRNS": try readTransparency(content)
    case "IDAT":
      guard data.isEmpty || names.last == "IDAT" else {
        throw failure(content, "the pieces of the image (IDAT) are not consecutive")
      }
      guard colorType != .palette || !palette.isEmpty else {
        throw failure(content, "the image takes a palette (PLTE), and none comes before it")
      }
      data.append(content.startIndex..<content.endIndex)
    case "IEND": break
    default:
      guard name.utf8.first.map({ $0 >= 97 }) == true else {
        throw failure(
          content, "a chunk \(name) must not be passed over, and its meaning is unknown")
      }
    }
  }

  private mutating func readHeader(_ content: ArraySlice<UInt8>) throws(FormatError) {
    guard content.count == 13 else {
      throw failure(content, "the header (IHDR) has \(content.count) bytes, not 13")
    }
    let bytes = Array(content)
    func number(_ start: Int) -> Int { bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) } }
    (width, height, depth) = (number(0), number(4), Int(bytes[8]))
    guard 1...0x7fff_ffff ~= width && 1...0x7fff_ffff ~= height else {
      throw failure(content, "the header promises \(width) × \(height) pixels")
    }
    guard let type = ColorType(rawValue: bytes[9]), type.depths.contains(depth) else {
      throw failure(
        content, "samples of \(depth) bits and colour type \(bytes[9]) are no kind of PNG")
    }
    colorType = type
    guard bytes[10] == 0 && bytes[11] == 0 && bytes[12] <= 1 else {
      throw failure(
        content,
        "compression \(bytes[10]), filter \(bytes[11]) and interlace \(bytes[12]) are no kind of PNG"
      )
    }
    isInterlaced = bytes[12] == 1
  }

  private mutating func readTransparency(_ content: ArraySlice<UInt8>) throws(FormatError) {
    guard data.isEmpty && transparency == nil else {
      throw failure(content, "transparency (tRNS) comes twice or after the image")
    }
    switch colorType {
    case .grey, .rgb:
      guard content.count == 2 * colorType.samples else {
        throw failure(
          content,
          "transparency (tRNS) has \(content.count) bytes, not \(2 * colorType.samples)")
      }
    case .palette: break  // entries that it does not reach are opaque
    case .greyWithOpacity, .rgbWithOpacity: return
    }
    transparency = Array(content)
  }

  private func failure(_ content: ArraySlice<UInt8>, _ reason: String) -> FormatError {
    FormatError(file: file, offset: content.startIndex, reason: reason)
  }
}
