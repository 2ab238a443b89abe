internal import COpenBLAS

/// The library behind ``BLAS``: its threads and the processor it was dispatched for.
package enum OpenBLAS {
  // Swift runs the initialiser of a static constant exactly once, whichever thread comes first.
  private static let setToOneThread: Void = openblas_set_num_threads(1)

  /// Turns OpenBLAS's own threads off for the whole process; later calls do nothing.
  ///
  /// The engine runs tiles of a layer side by side on its own workers. Two threads calling a
  /// single-threaded OpenBLAS scale; OpenBLAS threading small products by itself does not.
  package static func useOneThread() {
    _ = setToOneThread
  }

  /// The number of threads OpenBLAS splits one call over.
  package static var threads: Int {
    Int(openblas_get_num_threads())
  }

  /// The processor family whose kernels run, such as `SkylakeX` or `Haswell`.
  package static var coreName: String {
    String(cString: openblas_get_corename())
  }

  /// The version and build options, such as `OpenBLAS 0.3.21 … MAX_THREADS=64`.
  package static var configuration: String {
    String(cString: openblas_get_config())
  }
}
