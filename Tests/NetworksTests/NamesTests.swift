import Testing

@testable import Networks

@Suite struct NamesTests {
  @Test(arguments: [
    ("", "", 0), ("", "abc", 3), ("abc", "", 3), ("abc", "abc", 0), ("kitten", "sitting", 3),
    ("flaw", "lawn", 2), ("ab", "ba", 2), ("intention", "execution", 5), ("relu", "gelu", 1),
  ])
  func editDistancesAreKnown(first: String, second: String, distance: Int) {
    #expect(editDistance(first, second) == distance)
    #expect(editDistance(second, first) == distance)
  }

  @Test func theNearestNameIsOffered() {
    let valid = ["relu", "gelu", "leaky_relu", "tanh"]
    #expect(
      unknownName("leakyrelu", what: "layer type", valid: valid)
        == "unknown layer type \"leakyrelu\"; did you mean \"leaky_relu\"? "
        + "It is one of relu, gelu, leaky_relu, tanh")
    // Capitals are no difference: the nearest to GELU is gelu, not the first in the list.
    #expect(unknownName("GELU", what: "x", valid: valid).contains("did you mean \"gelu\"?"))
    #expect(unknownName("TANH", what: "x", valid: valid).contains("did you mean \"tanh\"?"))
  }

  @Test func nothingFarIsOffered() {
    #expect(
      unknownName("transformer", what: "layer type", valid: ["relu", "tanh"])
        == "unknown layer type \"transformer\"; it is one of relu, tanh")
  }
}
