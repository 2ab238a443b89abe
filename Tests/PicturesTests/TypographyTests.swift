import Testing

@testable import Pictures

@Suite struct TypographyTests {
  @Test func shortTextIsKept() {
    #expect(Typography.fitted("epoch", size: 14, width: 100) == "epoch")
  }

  @Test func longTextEndsInAnEllipsisAndFits() {
    let text = String(repeating: "name ", count: 40)
    let fitted = Typography.fitted(text, size: 14, width: 100)
    #expect(fitted.hasSuffix("…") && text.hasPrefix(fitted.dropLast()))
    #expect(Typography.width(of: fitted, size: 14) <= 100)
  }

  @Test func noRoomLeavesTheEllipsis() {
    #expect(Typography.fitted("abc", size: 14, width: 0) == "…")
  }
}
