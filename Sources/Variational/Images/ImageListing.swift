import Foundation

/// The images of a folder by name, before any of them is opened.
///
/// A folder that holds images itself is one set without classes. Otherwise each of its sub-folders is a class,
/// also one without images, so that two folders of the same classes number them alike.
struct ImageListing {
  struct File {
    let path: String
    let label: Int
  }

  /// Sorted by class, then by name.
  private(set) var files: [File] = []
  /// The sub-folders' names, sorted; empty if there are no classes.
  private(set) var classNames: [String] = []
  /// What was passed over.
  private(set) var notes: [String] = []

  /// The endings of the files that are taken for images, in any case.
  static let endings = ["png", "jpg", "jpeg"]

  private let folder: String

  init(_ folder: String) throws(DataError) {
    self.folder = folder
    let names = try ImageListing.names(in: folder)
    let images = names.filter(ImageListing.isImage)
    let others = names.filter { !ImageListing.isImage($0) }
    let folders = others.filter { ImageListing.isFolder("\(folder)/\($0)") }
    pass(over: others.filter { !folders.contains($0) }, in: folder, "other files")
    if !images.isEmpty {
      files = images.map { File(path: "\(folder)/\($0)", label: 0) }
      pass(over: folders, in: folder, "folders beside the images")
      return
    }
    for (label, name) in folders.enumerated() {
      let place = "\(folder)/\(name)"
      let names = try ImageListing.names(in: place)
      let images = names.filter(ImageListing.isImage)
      files += images.map { File(path: "\(place)/\($0)", label: label) }
      pass(over: names.filter { !ImageListing.isImage($0) }, in: place, "others than images")
      if images.isEmpty { notes.append("\(place): the class has no images") }
    }
    classNames = folders
    guard !files.isEmpty else {
      throw DataError(folder, "the folder holds no PNG or JPEG images and no IDX files")
    }
  }

  private mutating func pass(over names: [String], in folder: String, _ what: String) {
    guard !names.isEmpty else { return }
    let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
    notes.append("\(folder): \(names.count) \(what) ignored (\(shown))")
  }

  // Hidden names are not there.
  private static func names(in folder: String) throws(DataError) -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") }.sorted()
    } catch { throw DataError(folder, "the folder cannot be read: \(error.localizedDescription)") }
  }

  private static func isImage(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return endings.contains(name[dot...].dropFirst().lowercased())
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
