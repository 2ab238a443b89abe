/// The sizes of letters, and estimates of the room that text takes.
///
/// SVG leaves fonts to the viewer, so the width of a text is unknown when the file is written. The
/// estimate follows DejaVu Sans, the widest of the families asked for: with any other, texts end
/// early rather than collide.
enum Typography {
  static let family = "Helvetica, Arial, 'DejaVu Sans', sans-serif"
  static let titleSize = 18.0
  static let panelTitleSize = 15.0
  static let labelSize = 14.0
  static let tickSize = 13.0

  static let ink = "#222222"
  static let paleInk = "#555555"

  /// The estimated width of a text, in pixels.
  static func width(of text: String, size: Double) -> Double {
    text.unicodeScalars.reduce(0) { $0 + relativeWidth(of: $1) } * size
  }

  /// The estimated width of a tick label at `tickSize`, in pixels.
  static func width(of label: TickLabel) -> Double {
    width(of: label.base, size: tickSize) + width(of: label.exponent ?? "", size: 10)
  }

  /// The text, or as much of its beginning as fits with an ellipsis.
  static func fitted(_ text: String, size: Double, width available: Double) -> String {
    guard width(of: text, size: size) > available else { return text }
    var shortened = text
    while !shortened.isEmpty && width(of: shortened + "…", size: size) > available {
      shortened.removeLast()
    }
    return shortened + "…"
  }

  private static func relativeWidth(of scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "I", "'", "|", ".", ",", ":", ";", "!", " ": 0.33
    case "f", "r", "t", "(", ")", "[", "]", "/", "-": 0.41
    case "m", "w", "M", "W", "@", "%", "−", "×": 0.92
    case "A"..."Z": 0.71
    // Combining marks sit on the letter before them.
    case "\u{300}"..."\u{36F}": 0
    case "\u{1100}"...: 1
    default: 0.62
    }
  }
}
