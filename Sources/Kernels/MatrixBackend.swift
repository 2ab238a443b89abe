/// Who computes the engine's matrix products. Everything above a product is the same code.
public enum MatrixBackend: String, Sendable, CaseIterable {
  /// OpenBLAS, the one to use.
  case openBLAS = "openblas"
  /// Three plain loops, in the order that lets the compiler vectorise the inner one.
  case naive
  /// Loops over blocks that fit the caches around a kernel that keeps 4 × 32 sums in registers.
  case blocked
}
