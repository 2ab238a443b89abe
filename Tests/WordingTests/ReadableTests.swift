import Testing

@testable import Wording

/// What files and paths hold cannot act on a terminal, and no sentence is longer than somebody reads.
@Suite struct ReadableTests {
  @Test func plainTextStaysAsItIs() {
    for text in ["", "x.npy: the file is empty", "Größe 48×64 µm — ‘naïve’ 日本語 👩‍🔬 \u{0301}"] {
      #expect(readable(text) == text)
      #expect(escapingControls(inJSON: text) == text)
    }
  }

  @Test(arguments: [
    ("\u{1B}[31mX", "\\x1B[31mX"), ("\u{1B}]0;owned\u{07}", "\\x1B]0;owned\\x07"),
    ("a\nb\tc\rd", "a\\nb\\tc\\rd"), ("\u{0}\u{7F}\u{9B}2J", "\\x00\\x7F\\x9B2J"),
    ("\u{202E}gpj.exe", "\\u202Egpj.exe"), ("\u{2066}\u{2069}\u{061C}", "\\u2066\\u2069\\u061C"),
    ("\r\n", "\\r\\n"), ("e\u{0301}\u{85}", "e\u{0301}\\x85"), ("a\u{2028}b", "a\\u2028b"),
  ])
  func controlsAreSpeltOut(_ text: String, _ expected: String) {
    #expect(readable(text) == expected)
  }

  /// Every scalar that a terminal obeys or that turns the direction of writing, and none beside them.
  @Test func nothingThatATerminalObeysIsLeft() {
    let turning: Set<UInt32> = [
      0x061C, 0x200E, 0x200F, 0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068,
      0x2069,
    ]
    for value in 0..<UInt32(0x3000) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let isControl =
        scalar.properties.generalCategory == .control || turning.contains(value)
        || value == 0x2028 || value == 0x2029
      let text = "a\(String(Character(scalar)))b"
      #expect((readable(text) != text) == isControl, "U+\(String(value, radix: 16))")
    }
  }

  @Test func linesCanStay() {
    #expect(readable("a\nb\u{1B}", keepsLines: true) == "a\nb\\x1B")
  }

  @Test func aLongTextKeepsItsBeginningAndItsEnd() {
    let text = String(repeating: "a", count: 3_000) + String(repeating: "z", count: 97_000)
    let short = shortened(text, limit: 2_000)
    #expect(
      short == String(repeating: "a", count: 1_500) + "… (98000 more characters) …"
        + String(repeating: "z", count: 500))
    #expect(shortened(String(text.prefix(2_000)), limit: 2_000) == String(text.prefix(2_000)))
    // Two thousand letters of two bytes are two thousand characters.
    let umlauts = String(repeating: "ü", count: 2_000)
    #expect(shortened(umlauts, limit: 2_000) == umlauts)
  }

  /// One letter with a hundred thousand accents is one character to Swift, but not to a screen.
  @Test func accentsOnOneLetterAreCounted() {
    let text = "e" + String(repeating: "\u{0301}", count: 100_000)
    #expect(readable(text).unicodeScalars.count < 2_100)
  }

  @Test func manyNamesAreCounted() {
    #expect(listed(["a", "b"]) == "a, b" && listed([]).isEmpty)
    #expect(listed((1...20).map { "\($0)" }).hasSuffix("19, 20"))
    #expect(listed((1...21).map { "\($0)" }).hasSuffix("19, 20 and 1 more"))
    #expect(listed(["a", "b", "c"], most: 1) == "a and 2 more")
  }

  @Test func jsonKeepsItsValue() {
    let text = "{\"a\":\"\\u001b x\u{9B}\u{202E}\u{7F}\"}"
    #expect(escapingControls(inJSON: text) == "{\"a\":\"\\u001b x\\u009B\\u202E\\u007F\"}")
  }
}
