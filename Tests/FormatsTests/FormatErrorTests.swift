import Formats
import Testing

@Test func descriptionIsOneSentenceWithFileByteAndReason() {
  let reason = "the header promises 60000 × 28 × 28 bytes but 1200 follow"
  #expect(
    FormatError(file: "train-images.gz", offset: 16, reason: reason).description
      == "train-images.gz: at byte 16: " + reason)
  #expect(FormatError(file: "a.npy", reason: "is empty").description == "a.npy: is empty")
}
