import Foundation
import Variational

/// One JSON object on one line, its members in the order given.
package struct JSONLine: CustomStringConvertible {
  private var members: [String] = []

  package init() {}

  /// Adds a text; quotes, backslashes and control characters are escaped.
  package mutating func add(_ name: String, _ text: String) {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case _ where scalar.value < 0x20: escaped += String(format: "\\u%04x", scalar.value)
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    members.append("\"\(name)\":\"\(escaped)\"")
  }

  /// Adds a whole number.
  package mutating func add(_ name: String, _ value: Int) { members.append("\"\(name)\":\(value)") }

  /// Adds a number with four significant digits or more: three decimals, six below one.
  package mutating func add(_ name: String, _ value: Double) {
    precondition(value.isFinite, "JSONLine: \(name) is \(value)")
    members.append("\"\(name)\":" + String(format: value.magnitude < 1 ? "%.6f" : "%.3f", value))
  }

  /// Adds what a timing depends on.
  package mutating func add(_ machine: MachineSummary) {
    add("threads", machine.threads)
    add("kernels", machine.kernels)
    add("vector_instructions", machine.vectorInstructions)
    add("processor", machine.processor)
    add("openblas", machine.openBLAS)
  }

  package var description: String { "{" + members.joined(separator: ",") + "}" }

  /// Prints the line at once, so that a reader at the other end of a pipe sees it.
  package func print() { FileHandle.standardOutput.write(Data((description + "\n").utf8)) }
}

/// Progress goes to stderr, so that stdout holds results only.
package func tell(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
