#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file of events that grows: TensorBoard follows it while it is written.
///
/// Unlike the other files of a run this one is appended to and not replaced. A process that dies in the middle
/// of a record leaves a part of it at the end, which readers stop at; the next run writes a file of its own.
package final class EventFile: Sendable {
  /// The file.
  package let path: String
  private let descriptor: FileDescriptor

  /// Makes a new file with its first event.
  ///
  /// The name holds "tfevents", by which TensorBoard knows it; names sort by time, and TensorBoard reads a folder's
  /// files in that order.
  ///
  /// - Parameters:
  ///   - folder: must exist
  ///   - time: seconds since 1970
  /// - Throws: `FormatError` when the file cannot be made.
  package init(folder: String, time: Double) throws(FormatError) {
    let seconds = String(Int(time))
    let prefix =
      "\(folder)/events.out.tfevents."
      + String(repeating: "0", count: max(0, 10 - seconds.count)) + seconds
    // A second run within the second gets the next number.
    var counter = 0
    while true {
      let path = "\(prefix).\(counter).variational"
      do throws(SystemError) {
        descriptor = try FileDescriptor(
          path: path, flags: O_WRONLY | O_CREAT | O_EXCL | O_APPEND, mode: 0o666)
        self.path = path
        break
      } catch {
        guard error.code == EEXIST && counter < 1000 else {
          throw FormatError(file: path, attempt: "cannot be written", code: error.code)
        }
        counter += 1
      }
    }
    try append(.fileVersion(time: time))
  }

  /// Appends an event.
  ///
  /// - Throws: `FormatError` if the disk is full or the system fails otherwise.
  package func append(_ event: SummaryEvent) throws(FormatError) {
    var failure: SystemError?
    event.record.withUnsafeBytes { record in
      do throws(SystemError) { try descriptor.put(record) } catch { failure = error }
    }
    if let failure {
      throw FormatError(file: path, attempt: "cannot be written", code: failure.code)
    }
  }
}
