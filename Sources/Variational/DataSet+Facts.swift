// Range, mean and missing values of a set.

import Formats
import Kernels

extension DataSet {
  /// What one look at every value tells.
  struct ValueFacts {
    var isBytes = false
    var count = 0
    var missing = 0
    var least = Double.infinity
    var largest = -Double.infinity
    var sum = 0.0
  }

  /// - Complexity: O(values).
  var valueFacts: ValueFacts {
    var facts = ValueFacts()
    let size = shape.count
    let row = Arena(count: size)
    func add(_ value: Double) {
      facts.count += 1
      facts.sum += value
      facts.least = min(facts.least, value)
      facts.largest = max(facts.largest, value)
    }
    for example in 0..<count {
      let start = (selection?[example] ?? example) * size
      switch storage {
      case .bytes(let bytes):
        facts.isBytes = true
        for index in start..<start + size { add(Double(bytes[index]) / 255) }
      case .floats(let floats):
        for index in start..<start + size {
          if floats[index].isNaN { facts.missing += 1 } else { add(Double(floats[index])) }
        }
      case .mapped(let array):
        facts.isBytes = array.elementType == .uint8
        copyExample(example, into: row.vector)
        for index in 0..<size { add(Double(row.vector[index])) }
      }
    }
    return facts
  }

  /// A class's name, or its number if it has none.
  public func className(_ label: Int) -> String {
    label < classNames.count ? classNames[label] : "\(label)"
  }
}
