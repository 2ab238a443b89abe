// libFuzzer's two entries. One program serves all readers: READER names the one.

import Foundation
import ReaderProbes

private let probe: ReaderProbe = {
  let name = ProcessInfo.processInfo.environment["READER"] ?? ""
  guard let probe = ReaderProbe(rawValue: name) else {
    print("READER should be one of \(ReaderProbe.allCases.map(\.rawValue).joined(separator: ", "))")
    exit(64)
  }
  return probe
}()

/// Called once before the first input. With SEEDS the reader's seeds are written to that folder instead.
@_cdecl("LLVMFuzzerInitialize")
public func initialise(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer
) -> CInt {
  guard let folder = ProcessInfo.processInfo.environment["SEEDS"] else { return 0 }
  do {
    for (index, seed) in try probe.seeds().enumerated() {
      try Data(seed).write(to: URL(fileURLWithPath: "\(folder)/seed-\(index)"))
    }
  } catch {
    fatalError("the seeds of \(probe): \(error)")
  }
  exit(0)
}

/// Called with every input. Returns if the reader gave a value or a typed error.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  do {
    _ = try probe.verdict(on: [UInt8](UnsafeBufferPointer(start: bytes, count: count)))
  } catch {
    fatalError("\(probe) let an error out that is none of its own: \(error)")
  }
  return 0
}
