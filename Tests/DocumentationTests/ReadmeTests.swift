import Foundation
import Testing

/// The README's Swift code is what is compiled beside this file.
@Suite struct ReadmeTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()

  private static func lines(_ url: URL) throws -> [String] {
    try String(contentsOf: url, encoding: .utf8).components(separatedBy: "\n")
  }

  // The lines between an opening and a closing one, for each such pair.
  private static func blocks(
    of lines: [String], from start: (String) -> Bool, to end: (String) -> Bool
  ) -> [[String]] {
    var blocks: [[String]] = []
    var current: [String]?
    for line in lines {
      if let block = current {
        if end(line) {
          blocks.append(block)
          current = nil
        } else {
          current = block + [line]
        }
      } else if start(line) {
        current = []
      }
    }
    return blocks
  }

  private static func trimmed(_ block: [String]) -> [String] {
    block.map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && !$0.hasPrefix("import ") }
  }

  @Test func everySwiftBlockIsCompiled() throws {
    let readme = try Self.lines(
      Self.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("README.md"))
    let shown = Self.blocks(of: readme, from: { $0 == "```swift" }, to: { $0 == "```" })
    let source = try Self.lines(Self.folder.appendingPathComponent("ReadmeSnippets.swift"))
    let compiled = Self.blocks(
      of: source, from: { $0.hasSuffix("// begin") }, to: { $0.hasSuffix("// end") })
    #expect(shown.count == compiled.count)
    for (block, expected) in zip(shown, compiled) {
      #expect(Self.trimmed(block) == Self.trimmed(expected))
    }
  }
}
