import Synchronization

extension AtomicFile {
  /// The files that are being written together, if any are.
  @TaskLocal static var group: FileGroup?

  /// Writes files that belong together: all of them get their names, or none does.
  ///
  /// Whatever `body` writes by this module lies under temporary names, whole and synced, when it returns; only then
  /// the names are given, in the order of writing. A disk that fills, a limit, or an error of `body` itself leaves
  /// every older file as it was. What can still fail is a renaming, which takes no space: the error then
  /// names the files that are new. A kill between two renamings leaves some old and some new.
  ///
  /// Devices and pipes are written in place at once. Calls within `body` join the outer one.
  ///
  ///     try AtomicFile.together { () throws(FormatError) in
  ///       try NPY.write(means, to: "means.npy")
  ///       try NPY.write(deviations, to: "deviations.npy")
  ///     }
  ///
  /// - Throws: ``FormatError``, what `body` throws included.
  /// - Complexity: as the writing; an open file for each of the first two hundred.
  public static func together(
    _ body: () throws(FormatError) -> Void
  ) throws(FormatError) {
    if group != nil { return try body() }
    let files = FileGroup()
    let outcome = $group.withValue(files) { Result(catching: body) }
    if case .failure(let error) = outcome {
      files.discard()
      throw error
    }
    try files.takeNames()
  }
}

/// Files that wait for their names.
final class FileGroup: Sendable {
  /// Files beyond these are closed before they have their names: a process has a thousand or so at most.
  private static let mostOpen = 200

  private let files = Mutex<[StagedFile]>([])

  /// Takes a file that is written.
  func add(_ file: StagedFile) {
    var file = file
    files.withLock { files in
      if files.count >= FileGroup.mostOpen { file.close() }
      files.append(file)
    }
  }

  /// Removes every temporary.
  func discard() { take().forEach { $0.discard() } }

  /// Gives every file its name, and syncs their folders.
  func takeNames() throws(FormatError) {
    let files = take()
    for (index, file) in files.enumerated() {
      do throws(FormatError) {
        try file.takeName()
      } catch {
        files[(index + 1)...].forEach { $0.discard() }
        guard index > 0 else { throw error }
        let names = files[..<index].map(\.path).joined(separator: ", ")
        throw FormatError(
          file: error.file,
          reason: "\(error.reason); written already, of the files that belong "
            + "together: \(names)")
      }
    }
    var folders: Set<String> = []
    for file in files where folders.insert(file.folder).inserted {
      try AtomicFile.synchronizeFolder(file.folder, path: file.path)
    }
  }

  private func take() -> [StagedFile] {
    files.withLock { files in
      defer { files = [] }
      return files
    }
  }
}
