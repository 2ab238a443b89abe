// What the data values of an example are called.

import Networks

extension ModelSpec {
  /// A name for each stored data value, in order: its table's column (that of every category for a categorical one;
  /// "column (missing)" for what says that its cell is missing), "row:column" of its pixel with ":channel" behind it if there are several, or its number.
  public var featureNames: [String] {
    if let table, let layout = try? TableLayout(table) {
      return layout.places.flatMap {
        Array(repeating: table.columns[$0.column].name, count: $0.width)
      } + layout.indicators.map { "\(table.columns[$0.column].name) (missing)" }
    }
    let shape = data.stored
    return (0..<shape.count).map { index in
      if shape.isFlat { return "\(index)" }
      let (pixel, channel) = (index / shape.channels, index % shape.channels)
      let place = "\(pixel / shape.width):\(pixel % shape.width)"
      return shape.channels == 1 ? place : "\(place):\(channel)"
    }
  }
}
