// The machine's memory, asked before large plans are made: an allocation that fails, or that the system
// cannot keep its word about, ends the process without a sentence.

import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How much the process may still take. Sizes are `Double`, for a product of spec sizes may leave `Int`.
package enum Memory {
  /// Bytes that one plan may take within a scope; nil for all that the machine has. Plans that come from
  /// untrusted files are tried within a small one.
  @TaskLocal package static var limit: Double?

  /// Whether so many floats would fit now, beside what the machine has in use.
  ///
  /// - Complexity: a few system calls; the memory is not touched.
  package static func holds(floats: Double) -> Bool {
    let bytes = floats * Double(MemoryLayout<Float>.stride)
    if bytes <= 0x1p24 { return !isLimited || gives(bytes: max(0, Int(bytes))) }
    if let limit, bytes > limit { return false }
    guard bytes <= available else { return false }
    // The process's own limit (ulimit -v) shows only when asked for the memory.
    return gives(bytes: Int(bytes))
  }

  /// Whether the system would give so many bytes in one piece; under a limit of the process's own, besides what
  /// everything too small to be asked for may take.
  static func gives(bytes: Int) -> Bool {
    let size = max(1, bytes + (isLimited ? smallThings : 0))
    let mapping = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping, mapping != MAP_FAILED else { return false }
    munmap(mapping, size)
    return true
  }

  /// Bytes that are kept free for what nobody asks for beforehand.
  private static let smallThings = 32 << 20

  /// Whether the process has a limit of its own on its address space.
  package static let isLimited: Bool = {
    var limit = rlimit()
    #if os(Linux)
      let status = getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
    #else
      let status = getrlimit(RLIMIT_AS, &limit)
    #endif
    // RLIM_INFINITY is a macro that Swift does not see: the largest number on Linux, 2⁶³ − 1 on Darwin.
    return status == 0 && limit.rlim_cur < 1 << 62
  }()

  /// Bytes of a huge page on the processors that have them.
  static let hugePage = 1 << 21

  /// Asks the system to back a block by huge pages before it is first touched. A pass over tens of
  /// megabytes otherwise waits for the translation of addresses, one 4 KiB page after the other. Where
  /// the system gives none, nothing changes.
  static func adviseHugePages(_ block: UnsafeMutableRawPointer, bytes: Int) {
    #if os(Linux)
      _ = madvise(block, bytes / hugePage * hugePage, MADV_HUGEPAGE)
    #endif
  }

  /// "12.3 GB"
  package static func text(floats: Double) -> String {
    String(format: "%.1f GB", floats * Double(MemoryLayout<Float>.stride) / 1e9)
  }

  /// Bytes that are free or can be made free; all of the machine's where the system does not tell.
  static var available: Double {
    if let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) {
      for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
        let fields = line.split(separator: " ")
        if fields.count > 1, let kibibytes = Double(fields[1]) { return kibibytes * 1024 }
      }
    }
    return Double(ProcessInfo.processInfo.physicalMemory)
  }
}
