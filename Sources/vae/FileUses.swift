// What a command reads against what it writes: an output that is one of its inputs would destroy it, by whatever
// path it is named.

import Foundation
import Variational

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files that a command reads and writes, by the options that name them.
///
///     try FileUses(reading: model.uses + data.uses, writing: [FileUses.Use("--output", output)]).check()
struct FileUses {
  /// A path and the option that names it.
  struct Use {
    let option: String
    let path: String

    init(_ option: String, _ path: String) { (self.option, self.path) = (option, path) }

    /// Nothing if the option was not given.
    static func optional(_ option: String, _ path: String?) -> [Use] {
      path.map { [Use(option, $0)] } ?? []
    }
  }

  private let inputs: [Use]
  private let outputs: [Use]

  /// - Parameters:
  ///   - inputs: files, and folders all of whose files are inputs
  ///   - outputs: the files that will be written
  init(reading inputs: [Use], writing outputs: [Use]) {
    (self.inputs, self.outputs) = (inputs, outputs)
  }

  /// Refuses outputs that would replace an input or one another; nothing is opened.
  ///
  /// Files are the same if the system says so (device and number), so links, hard links and detours do not hide
  /// them. Devices and pipes are nobody's data.
  ///
  /// - Throws: `OutputError` naming both options.
  func check() throws(OutputError) {
    let read = inputs.compactMap { use in FileIdentity(use.path).map { (use, $0) } }
    var written: [(use: Use, identity: FileIdentity)] = []
    for output in outputs {
      guard let identity = FileIdentity(output.path) else { continue }
      if let (input, _) = read.first(where: { $0.1 == identity }) {
        throw OutputError(
          "\(output.option) \(output.path) is the file that \(input.option) \(named(input, output)); it would be "
            + "replaced. Name another file to write")
      }
      for (input, folder) in read where folder.isFolder && identity.lies(in: folder) {
        try refuse(output, identity, inside: input)
      }
      if let other = written.first(where: { $0.identity == identity })?.use {
        throw OutputError(
          "\(output.option) \(output.path) is the file that \(other.option) \(named(other, output)) too; the second would "
            + "replace the first. Name two files")
      }
      written.append((output, identity))
    }
  }

  // A folder of data is its images: one more would be read as data the next time.
  private func refuse(
    _ output: Use, _ identity: FileIdentity, inside input: Use
  ) throws(OutputError) {
    let endings = [".png", ".jpg", ".jpeg"]
    if identity.exists {
      throw OutputError(
        "\(output.option) \(output.path) is one of the files in \(input.path), which \(input.option) names; it would "
          + "be replaced. Name another file to write")
    }
    if endings.contains(where: output.path.lowercased().hasSuffix) {
      throw OutputError(
        "\(output.option) \(output.path) would lie among the images of \(input.path), which \(input.option) names, "
          + "and be one of them from then on. Name a file outside of that folder")
    }
  }

  // "names" where both have the same path, or "names as ../x.npy".
  private func named(_ use: Use, _ other: Use) -> String {
    use.path == other.path ? "names" : "names as \(use.path)"
  }
}

/// What a path leads to.
private struct FileIdentity: Equatable {
  private let device: UInt64
  private let number: UInt64
  // The name of a file that is not there yet, in the folder that the numbers are of.
  private let newName: String?
  let isFolder: Bool
  private let path: String

  /// Whether something is there.
  var exists: Bool { newName == nil }

  static func == (a: FileIdentity, b: FileIdentity) -> Bool {
    (a.device, a.number, a.newName) == (b.device, b.number, b.newName)
  }

  /// nil for devices and pipes, and for a path that cannot lead anywhere.
  init?(_ path: String) {
    self.path = path
    var status = stat()
    if stat(path, &status) == 0 {
      let kind = status.st_mode & S_IFMT
      guard kind == S_IFREG || kind == S_IFDIR else { return nil }
      isFolder = kind == S_IFDIR
      newName = nil
    } else {
      guard errno == ENOENT, let (folder, name) = FileIdentity.parts(of: path) else { return nil }
      isFolder = false
      // In a folder that is not there either, the path is all that there is to know.
      let hasFolder = stat(folder, &status) == 0
      newName = hasFolder ? name : path
      if !hasFolder { status = stat() }
    }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
  }

  private static func parts(of path: String) -> (folder: String, name: String)? {
    var path = path[...]
    while path.count > 1 && path.hasSuffix("/") { path = path.dropLast() }
    guard let slash = path.lastIndex(of: "/") else { return (".", String(path)) }
    return (
      slash == path.startIndex ? "/" : String(path[..<slash]),
      String(path[path.index(after: slash)...])
    )
  }

  /// Whether it lies in a folder or in one of its folders.
  func lies(in folder: FileIdentity) -> Bool {
    let start = exists ? FileIdentity.resolve(path) ?? path : path
    guard var (place, _) = FileIdentity.parts(of: start) else { return false }
    // Folders that are not there yet will be made in the first one that is.
    while FileIdentity.resolve(place) == nil {
      guard let (above, _) = FileIdentity.parts(of: place), above != place else { return false }
      place = above
    }
    place = FileIdentity.resolve(place) ?? place
    while true {
      if let identity = FileIdentity(place), identity == folder { return true }
      guard place != "/", let (above, _) = FileIdentity.parts(of: place) else { return false }
      place = above
    }
  }

  private static func resolve(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
