// Instructions by shared object, from a file that callgrind wrote with `--compress-strings=no
// --compress-pos=no`.
//
// Its lines, as far as they matter here (Valgrind's manual, "Callgrind Format Specification"):
//
//     ob=/usr/lib/libopenblas.so.0    what follows is code of this object
//     fn=sgemm_kernel                 and of this function
//     120 4711                        line 120 of its source executed 4711 instructions itself
//     calls=3 88                      the next line is what three calls cost, elsewhere counted too
//     121 90210

/// Instructions that were executed between two dumps.
struct CallgrindProfile {
  /// Those of OpenBLAS.
  private(set) var matrixLibrary = 0
  /// All others, by function: the engine's, and what it calls of the runtime and of the C library.
  private(set) var functions: [Substring: Int] = [:]

  /// Those outside OpenBLAS.
  var engine: Int { functions.values.reduce(0, +) }
  var total: Int { engine + matrixLibrary }

  /// Reads a dump's text.
  init(_ text: String) {
    var function: Substring = ""
    var isMatrixLibrary = false
    var isCallCost = false
    for line in text.split(separator: "\n") {
      if line.first!.isASCII && line.first!.isNumber {
        let fields = line.split(separator: " ")
        if !isCallCost, fields.count > 1, let instructions = Int(fields[1]) {
          if isMatrixLibrary {
            matrixLibrary += instructions
          } else {
            functions[function, default: 0] += instructions
          }
        }
        isCallCost = false
      } else if line.hasPrefix("ob=") {
        isMatrixLibrary = line.contains("libopenblas")
      } else if line.hasPrefix("fn=") {
        function = line.dropFirst(3)
      } else if line.hasPrefix("calls=") {
        isCallCost = true
      }
    }
  }

  /// The engine's functions with the most instructions.
  func largest(_ count: Int) -> [(name: String, instructions: Int)] {
    functions.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(count)
      .map { (String($0.key), $0.value) }
  }
}
