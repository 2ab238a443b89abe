/// From samples as a PNG file stores them to pixels of 8 bits.
///
/// A stored sample s of M = 2^depth − 1 stands for s/M, whatever the file says of gamma or colour spaces. Over
/// white, opacity a makes of it (s·a + M·(M − a))/M². Either is multiplied by 255 and rounded once. With a full
/// scale F, a sample stands for s/F, and over white it is (s·a + F·(M − a))/(F·M).
struct PNGPixels {
  let width: Int
  let height: Int
  /// 1 for grey, 3 for colour, and one more for opacity if it is kept.
  let channels: Int
  /// The samples: [height, width, channels].
  private(set) var pixels: [UInt8]
  /// The largest sample of a file with 16 bits, opacity not counted; nil for fewer bits.
  private(set) var largestWideSample: Int?

  private let chunks: PNGChunks
  private let keepsOpacity: Bool
  private let isColor: Bool
  // M, F, and the value that tRNS declares transparent, nil if there is none.
  private let maximum: UInt32
  private let full: UInt32
  private let file: String
  private let transparent: [UInt32]?

  /// - Parameters:
  ///   - chunks: what the file says
  ///   - lines: its rows
  ///   - isColor: whether grey becomes colour
  ///   - keepsOpacity: whether opacity is a channel; it is laid over white otherwise
  ///   - fullScale: the sample that stands for 1, from 1; nil for the largest that the bits can hold
  ///   - file: the name to use in errors
  /// - Throws: ``FormatError`` for a pixel whose number is beyond the palette, or a sample beyond the full
  ///   scale.
  init(
    _ chunks: PNGChunks, _ lines: PNGScanlines, isColor: Bool, keepsOpacity: Bool,
    fullScale: Int? = nil, file: String
  ) throws(FormatError) {
    self.chunks = chunks
    self.keepsOpacity = keepsOpacity
    self.isColor = isColor
    self.file = file
    (width, height) = (chunks.width, chunks.height)
    channels = (isColor ? 3 : 1) + (keepsOpacity ? 1 : 0)
    maximum = chunks.colorType == .palette ? 255 : 1 << UInt32(chunks.depth) - 1
    full = fullScale.map { UInt32(clamping: $0) } ?? maximum
    guard full <= maximum else {
      throw FormatError(
        file: file,
        reason: "its samples of \(chunks.depth) bits cannot reach the full scale of \(full)")
    }
    transparent = chunks.colorType == .palette ? nil : Self.transparent(chunks)
    if let plain = Self.plainPixels(chunks, lines, isColor: isColor, fullScale: fullScale),
      !keepsOpacity
    {
      pixels = plain
      return
    }
    if chunks.depth == 16 { largestWideSample = 0 }
    pixels = [UInt8](repeating: 0, count: width * height * channels)
    var samples = [UInt32](repeating: 0, count: width * chunks.colorType.samples)
    for pass in lines.passes {
      for y in 0..<pass.height {
        unpack(lines.bytes, pass.row(y), count: pass.width * chunks.colorType.samples, &samples)
        let first = ((pass.top + y * pass.rowStep) * width + pass.left) * channels
        let step = pass.columnStep * channels
        if chunks.colorType == .palette {
          try lookUp(samples, pass.width, first, step)
        } else {
          try checkFullScale(samples[..<(pass.width * chunks.colorType.samples)])
          store(samples, pass.width, first, step)
        }
      }
    }
  }

  /// The rows one after the other, if they are the pixels: 8 bits, no opacity, nothing to look up or scale.
  private static func plainPixels(
    _ chunks: PNGChunks, _ lines: PNGScanlines, isColor: Bool, fullScale: Int?
  ) -> [UInt8]? {
    guard chunks.depth == 8 && chunks.transparency == nil && fullScale == nil,
      !chunks.isInterlaced, let pass = lines.passes.first,
      chunks.colorType == (isColor ? .rgb : .grey)
    else { return nil }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(pass.height * pass.rowBytes)
    for y in 0..<pass.height { pixels += lines.bytes[pass.row(y)..<pass.row(y) + pass.rowBytes] }
    return pixels
  }

  // As many of a sample's bits as it has; files of fewer bits may leave noise above them.
  private static func transparent(_ chunks: PNGChunks) -> [UInt32]? {
    guard let content = chunks.transparency else { return nil }
    let mask = 1 << UInt32(chunks.depth) - 1 as UInt32
    return stride(from: 0, to: content.count - 1, by: 2).map {
      (UInt32(content[$0]) << 8 | UInt32(content[$0 + 1])) & mask
    }
  }

  /// Takes a row's samples apart, the first in the highest bits.
  private mutating func unpack(
    _ bytes: [UInt8], _ start: Int, count: Int, _ samples: inout [UInt32]
  ) {
    let depth = chunks.depth
    switch depth {
    case 8: for index in 0..<count { samples[index] = UInt32(bytes[start + index]) }
    case 16:
      for index in 0..<count {
        let place = start + 2 * index
        samples[index] = UInt32(bytes[place]) << 8 | UInt32(bytes[place + 1])
      }
      noteLargest(samples[..<count])
    default:
      for index in 0..<count {
        let bit = index * depth
        let shift = 8 - depth - bit % 8
        samples[index] = UInt32(bytes[start + bit / 8] >> UInt8(shift)) & (1 << UInt32(depth) - 1)
      }
    }
  }

  private mutating func noteLargest(_ samples: ArraySlice<UInt32>) {
    let step = chunks.colorType.samples
    let hasOpacity = step == 2 || step == 4
    var largest = UInt32(largestWideSample ?? 0)
    for index in samples.indices where !hasOpacity || index % step != step - 1 {
      largest = max(largest, samples[index])
    }
    largestWideSample = Int(largest)
  }

  // Grey and colour, with or without opacity of their own.
  private mutating func store(_ samples: [UInt32], _ count: Int, _ first: Int, _ step: Int) {
    let size = chunks.colorType.samples
    let colors = size >= 3 ? 3 : 1
    let hasOpacity = size != colors
    var target = first
    for index in 0..<count {
      let start = index * size
      var opacity = hasOpacity ? samples[start + colors] : maximum
      if let transparent, (0..<colors).allSatisfy({ samples[start + $0] == transparent[$0] }) {
        opacity = 0
      }
      for channel in 0..<(isColor ? 3 : 1) {
        let sample = samples[start + (colors == 3 ? channel : 0)]
        pixels[target + channel] = keepsOpacity ? reduced(sample) : overWhite(sample, opacity)
      }
      if keepsOpacity {
        pixels[target + channels - 1] = UInt8((opacity * 255 + maximum / 2) / maximum)
      }
      target += step
    }
  }

  private mutating func lookUp(
    _ indices: [UInt32], _ count: Int, _ first: Int, _ step: Int
  ) throws(FormatError) {
    let opacities = chunks.transparency ?? []
    var target = first
    for index in 0..<count {
      let entry = Int(indices[index])
      guard 3 * entry < chunks.palette.count else {
        throw FormatError(
          file: file,
          reason: "a pixel has colour \(entry), but the palette has \(chunks.palette.count / 3)")
      }
      try checkFullScale(chunks.palette[3 * entry..<3 * entry + 3])
      let opacity = entry < opacities.count ? UInt32(opacities[entry]) : 255
      for channel in 0..<3 {
        let sample = UInt32(chunks.palette[3 * entry + channel])
        pixels[target + channel] = keepsOpacity ? reduced(sample) : overWhite(sample, opacity)
      }
      if keepsOpacity { pixels[target + 3] = UInt8(opacity) }
      target += step
    }
  }

  // Nothing to look for unless a full scale was given.
  private func checkFullScale<Samples: Collection>(
    _ samples: Samples
  ) throws(FormatError) where Samples.Element: FixedWidthInteger {
    guard full < maximum else { return }
    let step = chunks.colorType.samples
    let hasOpacity = step == 2 || step == 4
    for (index, sample) in samples.enumerated() where !hasOpacity || index % step != step - 1 {
      guard UInt32(sample) <= full else {
        throw FormatError(file: file, reason: PNG.beyondFullScale(Int(sample), "\(full)"))
      }
    }
  }

  /// round(255 · s/F). M is 1, 3, 15, 255 or 65535, so without a full scale no value lies half-way; with one,
  /// halves go upwards.
  @inline(__always)
  private func reduced(_ sample: UInt32) -> UInt8 {
    UInt8((sample * 255 + full / 2) / full)
  }

  /// round(255 · (s·a + F·(M − a))/(F·M))
  @inline(__always)
  private func overWhite(_ sample: UInt32, _ opacity: UInt32) -> UInt8 {
    if opacity == maximum { return reduced(sample) }
    let (s, a, m, f) = (UInt64(sample), UInt64(opacity), UInt64(maximum), UInt64(full))
    return UInt8((255 * (s * a + f * (m - a)) + f * m / 2) / (f * m))
  }
}
