/// Ten colours told apart with any common kind of colour vision, and what to do after ten.
///
/// The first two are from Okabe and Ito's set. The others were found by a search for the largest
/// least CIELAB distance between any two, under full colour vision and under protanopia,
/// deuteranopia and tritanopia as simulated by Machado, Oliveira and Fernandes (2009); no colour is
/// so light that it fades into the page. The tests measure these distances.
enum Palette {
  static let colors = [
    "#0072b2", "#e69f00", "#db4769", "#13d1b9", "#935ffb",
    "#384d1d", "#d2ba74", "#7d235c", "#aab6f7", "#847000",
  ]

  static func color(_ slot: Int) -> String {
    colors[slot % colors.count]
  }
}

/// The shape of a dot: a round for the first ten classes, another shape for each further ten.
enum Marker: Int, Sendable, CaseIterable {
  case round
  case square
  case cross
  case diamond
  case plus

  init(classIndex: Int) {
    let shapes = Marker.allCases
    self = shapes[classIndex / Palette.colors.count % shapes.count]
  }

  /// Path commands that draw the marker around the current point.
  ///
  /// Rounds and squares are lines of next to no length whose caps the stroke makes visible: the
  /// shortest way to write a dot. With no length at all, some renderers draw nothing.
  var path: String {
    switch self {
    case .round, .square: "h.01"
    case .cross: "m-2-2l4 4m0-4l-4 4"
    case .diamond: "m0-2l2 2-2 2-2-2z"
    case .plus: "m-2.5 0h5m-2.5-2.5v5"
    }
  }

  /// The stroke that goes with `path`, in pixels.
  ///
  /// - Parameter diameter: The size of a round; the others are chosen to look as heavy.
  private func strokeWidth(diameter: Double) -> Double {
    switch self {
    case .round: diameter
    case .square: diameter * 0.85
    case .cross, .diamond, .plus: 1.5
    }
  }

  /// The attributes of a path of these markers, apart from `d`.
  func attributes(color: String, diameter: Double) -> [(String, String)] {
    let width = SVGDocument.number(strokeWidth(diameter: diameter))
    return [("stroke", color), ("stroke-width", width), ("stroke-linecap", lineCap)]
  }

  private var lineCap: String {
    switch self {
    case .round: "round"
    case .square: "square"
    case .cross, .diamond, .plus: "butt"
    }
  }
}
