#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension AtomicFile {
  private static let suffix = ".partial"

  /// A name for a temporary that no other has: a dot, 64 random bits, the suffix.
  static func temporaryName() -> String {
    ".\(String(UInt64.random(in: .min ... .max), radix: 36))\(suffix)"
  }

  private static func isTemporary(_ name: String) -> Bool {
    guard name.hasPrefix("."), name.hasSuffix(suffix) else { return false }
    let middle = name.utf8.dropFirst().dropLast(suffix.utf8.count)
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    // 2⁶⁴ has thirteen digits to base 36.
    return (1...13).contains(middle.count)
      && middle.allSatisfy { digits.contains($0) || letters.contains($0) }
  }

  /// Removes the temporaries that writers left in a folder because they were killed.
  ///
  /// A writer holds a lock on its temporary, which the system takes back when the process ends, however it
  /// ends: what is still being written stays. What cannot be opened, locked or removed stays too.
  ///
  /// - Complexity: O(files in the folder).
  public static func removeAbandoned(in folder: String) {
    guard let directory = opendir(folder) else { return }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if isTemporary(name) { removeUnlocked("\(folder)/\(name)") }
    }
  }

  private static func removeUnlocked(_ path: String) {
    do throws(SystemError) {
      let descriptor = try FileDescriptor(path: path, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
      if FileKind(try descriptor.status()) == .regular, descriptor.lock() { unlink(path) }
    } catch {}
  }
}
