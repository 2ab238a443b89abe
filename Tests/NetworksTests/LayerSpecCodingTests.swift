import Foundation
import Networks
import Testing

/// The text of the error that decoding gives, nil if there is none.
func errorText<Value: Decodable>(_ json: String, as type: Value.Type) -> String? {
  do {
    _ = try JSONDecoder().decode(type, from: Data(json.utf8))
    return nil
  } catch let DecodingError.dataCorrupted(context) {
    return context.debugDescription
  } catch {
    return "\(error)"
  }
}

@Suite struct LayerSpecCodingTests {
  private func decode(_ json: String) throws -> LayerSpec {
    try JSONDecoder().decode(LayerSpec.self, from: Data(json.utf8))
  }

  @Test(arguments: LayerSpecTests.all)
  func layersSurviveJSON(_ spec: LayerSpec) throws {
    let data = try JSONEncoder().encode(spec)
    #expect(try JSONDecoder().decode(LayerSpec.self, from: data) == spec)
  }

  @Test func defaultsAreFilledIn() throws {
    #expect(try decode(#"{"type": "dense", "outputs": 5}"#) == .dense(outputs: 5))
    #expect(
      try decode(#"{"type": "conv2d", "filters": 5}"#)
        == .conv2D(
          ConvolutionSpec(
            filters: 5, kernel: [3, 3], stride: [1, 1], padding: .same, dilation: [1, 1],
            outputPadding: [0, 0], initialiser: nil)))
    #expect(
      try decode(#"{"type": "batch_norm"}"#) == .batchNorm(epsilon: 1e-5, momentum: 0.1))
    #expect(try decode(#"{"type": "leaky_relu"}"#) == .leakyReLU(slope: 0.01))
    #expect(try decode(#"{"type": "elu"}"#) == .elu(alpha: 1))
  }

  @Test func fieldsAreReadByTheirNames() throws {
    #expect(
      try decode(
        """
        {"type": "conv_transpose2d", "filters": 2, "kernel": [4, 3], "stride": [2, 1],
         "padding": [1, 2, 3, 4], "dilation": [1, 2], "output_padding": [1, 0],
         "initialiser": "he_uniform"}
        """)
        == .convTranspose2D(
          ConvolutionSpec(
            filters: 2, kernel: [4, 3], stride: [2, 1],
            padding: .explicit(top: 1, bottom: 2, left: 3, right: 4), dilation: [1, 2],
            outputPadding: [1, 0], initialiser: .heUniform)))
  }

  @Test(arguments: [Padding.same, .valid, .explicit(top: 1, bottom: 2, left: 3, right: 4)])
  func paddingsSurviveJSON(_ padding: Padding) throws {
    let data = try JSONEncoder().encode([padding])
    #expect(try JSONDecoder().decode([Padding].self, from: data) == [padding])
  }

  @Test func paddingsAreWrittenShortly() throws {
    let data = try JSONEncoder().encode([
      Padding.same, .valid, .explicit(top: 1, bottom: 2, left: 3, right: 4),
    ])
    #expect(String(decoding: data, as: UTF8.self) == #"["same","valid",[1,2,3,4]]"#)
  }

  @Test(arguments: [
    (#"{"type": "conv2"}"#, #"unknown layer type "conv2"; did you mean "conv2d"?"#),
    (#"{"type": "GELU"}"#, #"unknown layer type "GELU"; did you mean "gelu"?"#),
    (#"{"type": "transformer"}"#, #"unknown layer type "transformer"; it is one of dense, "#),
    (
      #"{"type": "dense", "outputs": 3, "intialiser": "zeros"}"#,
      #"unknown field "intialiser"; did you mean "initialiser"?"#
    ),
    (#"{"typ": "relu"}"#, #"unknown field "typ"; did you mean "type"?"#),
    (#"{"type": "conv2d", "filters": 3, "padding": "full"}"#, #"padding "full" is not "same""#),
    (#"{"type": "conv2d", "filters": 3, "padding": [1, 2]}"#, "padding needs four numbers"),
    (#"{"type": "conv2d", "kernel": [3, 3]}"#, "filters"),
    (#"{"type": "dense"}"#, "outputs"),
    (#"{"type": "dropout"}"#, "rate"),
    (#"{"type": "dense", "outputs": "many"}"#, "outputs"),
    (#"{"outputs": 3}"#, "type"),
  ])
  func mistakesAreNamed(json: String, text: String) {
    #expect(errorText(json, as: LayerSpec.self)?.contains(text) == true)
  }

  /// A field of another type's would be read by nobody.
  @Test(arguments: [
    #"{"type": "relu", "slope": 0.1}"#, #"{"type": "dense", "outputs": 3, "filters": 4}"#,
    #"{"type": "conv2d", "filters": 3, "output_padding": [1, 1]}"#,
    #"{"type": "dropout", "rate": 0.1, "momentum": 0.5}"#,
    #"{"type": "elu", "slope": 0.5}"#, #"{"type": "flatten", "height": 3}"#,
  ])
  func fieldsOfOtherTypesAreErrors(json: String) {
    #expect(errorText(json, as: LayerSpec.self)?.contains("unknown field") == true)
  }
}
