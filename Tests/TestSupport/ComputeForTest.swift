import Kernels

/// A context for matrix products; a machine that has no threads for it traps, with its reason.
package func computeForTest(threads: Int) -> Compute {
  do throws(ResourceError) {
    return try Compute(threads: threads)
  } catch {
    preconditionFailure("computeForTest: \(error)")
  }
}
