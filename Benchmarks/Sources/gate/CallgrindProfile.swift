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
  /// All others: the engine's, and what it calls of the runtime and of the C library.
  private(set) var engine = 0

  var total: Int { engine + matrixLibrary }

  /// Reads a dump's text.
  init(_ text: String) {
    var isMatrixLibrary = false
    var isCallCost = false
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      guard let first = line.first else { continue }
      if UInt8(ascii: "0") <= first && first <= UInt8(ascii: "9") {
        if !isCallCost, let count = line.split(separator: UInt8(ascii: " ")).dropFirst().first {
          let instructions = Int(Substring(count)) ?? 0
          if isMatrixLibrary { matrixLibrary += instructions } else { engine += instructions }
        }
        isCallCost = false
      } else if line.starts(with: "ob=".utf8) {
        isMatrixLibrary = Substring(line).contains("libopenblas")
      } else if line.starts(with: "calls=".utf8) {
        isCallCost = true
      }
    }
  }
}
