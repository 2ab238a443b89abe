import Variational

extension MachineSummary {
  /// What a timing depends on, in one line.
  package var line: String {
    "OpenBLAS kernels \(kernels), vector instructions \(vectorInstructions), threads \(threads), "
      + "processor \(processor), \(openBLAS)"
  }
}
