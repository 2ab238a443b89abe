import CVector

/// The instruction set that the engine's own loops were compiled for.
package enum VectorInstructions {
  /// Such as `AVX-512`; OpenBLAS picks its kernels at run time, these loops don't.
  package static var compiled: String { String(cString: vector_instruction_set()) }
}
