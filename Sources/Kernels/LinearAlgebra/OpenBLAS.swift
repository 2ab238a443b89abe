internal import COpenBLAS
import Synchronization

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

  // How many work buffers OpenBLAS holds because it was asked to.
  private static let buffers = Mutex(0)
  // A buffer of the builds for many processors (32 MiB × 4); others have smaller ones.
  private static let bufferBytes = 128 << 20
  // OpenBLAS 0.3.21 has room for 128 buffers before it makes a longer list and warns of it.
  private static let mostBuffers = 64

  /// Has OpenBLAS take its work buffers now, one for each thread that will multiply.
  ///
  /// OpenBLAS takes them at the first products, and if the system gives none (`ulimit -v`) it asks again and
  /// again without end. Here the system is asked first; what OpenBLAS has taken it keeps until the process ends.
  ///
  /// - Throws: ``ResourceError`` if the address space has no room for them.
  /// - Complexity: a few system calls a buffer; the memory is not touched.
  package static func takeBuffers(threads: Int) throws(ResourceError) {
    let failure: ResourceError? = buffers.withLock { held in
      let lacking = threads - held
      guard lacking > 0 else { return nil }
      guard Memory.gives(bytes: lacking * bufferBytes) else {
        return ResourceError(
          "matrix products on \(threads) thread\(threads == 1 ? "" : "s") take "
            + "\(threads * bufferBytes >> 20) MiB of address space, more than this process may have "
            + "(ulimit -v); allow more, or use fewer threads")
      }
      let taken = (0..<min(lacking, max(0, mostBuffers - held))).map { _ in openblas_take_buffer() }
      for buffer in taken { openblas_return_buffer(buffer) }
      held = threads
      return nil
    }
    if let failure { throw failure }
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
