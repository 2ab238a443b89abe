// What the process needs before it does anything: three open descriptors, quiet signals, and a matrix library that
// can live with a limit on memory.

import Foundation
import Kernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

enum ProcessStart {
  /// Prepares the process; returns once everything is in order.
  static func prepare() {
    openStandardDescriptors()
    // A limit on the size of files (ulimit -f) should end in a sentence, as a full disk does; where nobody reads
    // what a pipe gets (vae … | head), a write fails and a training goes on.
    for number in [SIGXFSZ, SIGPIPE] { signal(number, SIG_IGN) }
    prepareForLittleMemory()
  }

  /// Gives descriptors 0 to 2 to the null device where the caller has closed them. The first files that are opened
  /// would get their numbers otherwise, and progress would be written into a model.
  ///
  /// The null device stands for standard output in a way that cannot be written to: numbers that get lost are no
  /// success.
  private static func openStandardDescriptors() {
    for (number, flags) in [
      (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ] where fcntl(number, F_GETFD) == -1 && errno == EBADF {
      // The lowest free number is this one, for those below it are open by now.
      _ = open("/dev/null", flags)
    }
  }

  // OpenBLAS starts threads of its own when it is loaded. Where the system does not give them their buffers
  // (128 MiB each) they ask for ever, and the process cannot even end. It must not start them, which only its
  // environment can tell it beforehand, so the command begins again. The engine uses none of these threads.
  private static func prepareForLittleMemory() {
    guard Memory.isLimited else { return }
    let variable = "OPENBLAS_NUM_THREADS"
    #if os(Linux)
      if getenv(variable).map({ String(cString: $0) }) != "1" {
        setenv(variable, "1", 1)
        execv("/proc/self/exe", CommandLine.unsafeArgv)
      }
    #endif
    // What Swift does not get it does not report: the least that any command takes is asked for first.
    let least = 8 << 20
    let mapping = mmap(nil, least, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping, mapping != MAP_FAILED else {
      Console.error(
        "Error: the limit on this process's memory (ulimit -v) is too low; allow 500 MB.")
      Foundation.exit(1)
    }
    munmap(mapping, least)
  }
}
