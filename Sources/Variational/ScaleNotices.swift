// Data in another scale than the one it is taken in trains without an error and badly: a mask of bytes 0 and 1,
// twelve bits in sixteen, floats of 0 to 255. Whoever gave it is told, and how to do it right.

import Formats
import Foundation
import Networks

/// What is known of images whose files had samples of 16 bits, which became 8.
struct WideSamples: Sendable, Hashable {
  private(set) var images = 0
  private(set) var largest = 0

  /// Takes note of an image; nil for one of fewer bits.
  mutating func add(_ largest: Int?) {
    guard let largest else { return }
    images += 1
    self.largest = max(self.largest, largest)
  }

  /// A sentence without the data's name; nil if no image had 16 bits.
  var notice: String? {
    guard images > 0 else { return nil }
    let subject = images == 1 ? "1 image has" : "\(images) images have"
    let start = "\(subject) 16 bits a sample, which become the nearest of 8 (x/257)"
    // An eighth of the scale: three bits that nobody used.
    guard largest > 0 && largest < 1 << 13 else { return start }
    let bits = Int.bitWidth - largest.leadingZeroBitCount
    let levels = (largest + 128) / 257 + 1
    return start
      + ", but the largest is \(largest) of 65535 (\(bits) bits): \(levels) "
      + "level\(levels == 1 ? " is" : "s are") left; --full-scale \((1 << bits) - 1) keeps 256, an "
      + "array of floats (NPY) all"
  }
}

extension DataSet {
  /// A sentence for each sign that the values are in another scale than a model takes them in.
  ///
  /// - Parameter spec: the model; nil for what any may be told
  /// - Complexity: O(values) at most; bytes that use their range are left after a few.
  public func scaleNotices(for spec: ModelSpec? = nil) -> [String] {
    guard spec?.table == nil else { return [] }
    let notice =
      wideSamples.notice ?? (isBytes ? byteNotice : spec.map(floatNotice(for:)) ?? floatNotice())
    return notice.map { ["\(name): \($0)"] } ?? []
  }

  // Bytes stand for x/255; of those that use less than an eighth of that someone thought otherwise.
  private var byteNotice: String? {
    let limit: Float = 31
    var largest: Float = 0
    let usesItsRange =
      firstValue(nil) { value in
        largest = max(largest, value)
        return value * 255 > limit + 0.5
      } != nil
    let byte = Int((largest * 255).rounded())
    guard !usesItsRange && byte > 0 else { return nil }
    guard byte > 1 else {
      return
        "its bytes are 0 and 1 only, which a model sees as 0 and 0.0039, for bytes stand for x/255; for "
        + "a mask give --full-scale 1, or store 0 and 255 or booleans"
    }
    return "its bytes reach only \(byte) of 255, so that a model sees at most "
      + "\(ModelSummary.short(Double(byte) / 255)), for bytes stand for x/255; if \(byte) stands "
      + "for 1, give --full-scale \(byte)"
  }

  // Without a model: images that one of the presets would see wrongly.
  private func floatNotice() -> String? {
    guard !shape.isFlat else { return nil }
    let range = valueRange
    if range.isTiny { return range.tinyNotice }
    guard range.leavesUnit else { return nil }
    return
      "its values from \(range.words) are taken as they are; a Bernoulli likelihood (dense, fashion) and a "
      + "decoder that ends in a sigmoid (faces) take 0 to 1: \(range.remedyWithOption)"
  }

  // With one: a mean that cannot reach the values. What a Bernoulli likelihood cannot take is an error.
  private func floatNotice(for spec: ModelSpec) -> String? {
    let reach: (range: ClosedRange<Float>, words: String)
    switch (spec.likelihood, spec.decoder.last) {
    case (.bernoulli, _), (.continuousBernoulli, _):
      let range = valueRange
      return range.isTiny && !shape.isFlat ? range.tinyNotice : nil
    case (.gaussian, .sigmoid), (.laplace, .sigmoid), (.studentT, .sigmoid):
      reach = (0...1, "sigmoid, whose outputs lie between 0 and 1")
    case (.gaussian, .tanh), (.laplace, .tanh), (.studentT, .tanh):
      reach = (-1...1, "tanh, whose outputs lie between −1 and 1")
    default: return nil
    }
    let range = valueRange
    if range.isTiny && !shape.isFlat { return range.tinyNotice }
    guard range.least < reach.range.lowerBound || range.largest > reach.range.upperBound else {
      return nil
    }
    return
      "its values from \(range.words) are beyond what the model \"\(spec.name)\" can reach, for its decoder "
      + "ends in a \(reach.words): \(range.remedyWithOption)"
  }

  private var valueRange: ValueRange {
    var range = ValueRange()
    _ = firstValue(nil) { value in
      range.add(value)
      return false
    }
    return range
  }
}

/// The smallest and the largest of some values, and how to bring them between 0 and 1.
struct ValueRange {
  private(set) var least = Float.infinity
  private(set) var largest = -Float.infinity
  private(set) var isWhole = true

  /// Takes note of a value; one that is missing is passed over.
  mutating func add(_ value: Float) {
    guard !value.isNaN else { return }
    least = min(least, value)
    largest = max(largest, value)
    isWhole = isWhole && value == value.rounded()
  }

  /// Whether a value lies outside [0, 1].
  var leavesUnit: Bool { least < 0 || largest > 1 }
  /// Whether the values fill less than a thirtieth of [0, 1].
  var isTiny: Bool { least >= 0 && largest > 0 && largest < 1 / 32 }

  /// "0 to 255"
  var words: String {
    "\(ModelSummary.short(Double(least))) to \(ModelSummary.short(Double(largest)))"
  }

  var tinyNotice: String {
    let twice = largest <= 1.001 / 255 ? " (were they divided by 255 twice?)" : ""
    return
      "its values reach only \(ModelSummary.short(Double(largest))) of 1\(twice); a model learns little of "
      + "so small differences: multiply them until they reach 1"
  }

  /// What stands for 1, as far as that can be guessed; nil where there are negative values.
  private var fullScale: Double? {
    if least < 0 { return nil }
    if largest <= 255 && largest > 1.5 { return 255 }
    // Whole numbers of as many bits as the largest takes.
    guard isWhole && largest <= 65_535 else { return Double(largest) }
    return Double(1 << (Int.bitWidth - Int(largest).leadingZeroBitCount) - 1)
  }

  /// What to do with the values of an array, and the option that does it.
  var remedyWithOption: String {
    remedy + (fullScale.map { ", as --full-scale \(ModelSummary.short($0)) does" } ?? "")
  }

  /// What to do with the values for a model that takes 0 to 1.
  var remedy: String {
    guard let fullScale else {
      return least >= -1 && largest <= 1
        ? "use (x + 1)/2"
        : "use (x + \(ModelSummary.short(-Double(least))))"
          + "/\(ModelSummary.short(Double(largest) - Double(least)))"
    }
    if fullScale == 255 {
      return "divide by 255" + (isWhole ? " or store them as bytes (uint8)" : "")
    }
    let bits =
      isWhole && largest <= 65_535 ? " (\(Int(fullScale + 1).trailingZeroBitCount) bits)" : ""
    return "divide by \(ModelSummary.short(fullScale))\(bits)"
  }
}
