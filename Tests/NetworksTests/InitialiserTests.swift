import Foundation
import Kernels
import TestSupport
import Testing

@testable import Networks

@Suite struct InitialiserTests {
  static let (fanIn, fanOut) = (200, 400)

  private func values(_ initialiser: Initialiser, seed: UInt64 = 1) -> [Double] {
    initialiser.values(
      shape: [Self.fanOut, Self.fanIn], fanIn: Self.fanIn, fanOut: Self.fanOut,
      stream: RandomStream(seed: seed)
    ).map(Double.init)
  }

  static let variances: [(Initialiser, Double, Double)] = [
    (.glorotUniform, 2.0 / 600, 1.8), (.heUniform, 2.0 / 200, 1.8), (.glorotNormal, 2.0 / 600, 3),
    (.heNormal, 2.0 / 200, 3), (.normal(), 4e-4, 3), (.normal(deviation: 1.5), 2.25, 3),
  ]

  /// With n values of variance σ² and kurtosis κ the mean has the deviation σ/√n, the mean square
  /// σ²·√((κ − 1)/n). κ is 9/5 for the uniform distribution and 3 for the normal; 4½ deviations each.
  @Test(arguments: variances)
  func varianceIsAsDefined(_ initialiser: Initialiser, variance: Double, kurtosis: Double) {
    let values = values(initialiser)
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    let square = values.reduce(0) { $0 + $1 * $1 } / n
    #expect(abs(mean) <= 4.5 * (variance / n).squareRoot())
    #expect(abs(square - variance) <= 4.5 * variance * ((kurtosis - 1) / n).squareRoot())
  }

  /// The largest of 80,000 uniforms misses the limit by a few parts in 80,000.
  @Test(arguments: [(Initialiser.glorotUniform, 0.1), (.heUniform, 0.03.squareRoot())])
  func uniformsReachTheirLimitsAndStayInside(_ initialiser: Initialiser, limit: Double) {
    let values = values(initialiser)
    #expect(values.max()! <= limit * (1 + 2 * roundoff) && values.max()! > limit * 0.999)
    #expect(values.min()! >= -limit * (1 + 2 * roundoff) && values.min()! < -limit * 0.999)
  }

  @Test func constantsAreConstant() {
    #expect(values(.zeros).allSatisfy { $0 == 0 } && values(.ones).allSatisfy { $0 == 1 })
    #expect(values(.constant(value: -2.5)).allSatisfy { $0 == -2.5 })
  }

  /// QᵀQ = I to 30·n·ε, the threshold of LAPACK's own tests.
  @Test(arguments: [[7, 7], [40, 7], [7, 40], [1, 5], [5, 1], [6, 3, 2, 2], [64, 3, 2, 2]])
  func orthogonalHasOrthonormalRowsOrColumns(shape: [Int]) {
    let (rows, columns) = (shape[0], shape[1...].reduce(1, *))
    let values = Initialiser.orthogonal.values(
      shape: shape, fanIn: 1, fanOut: 1, stream: RandomStream(seed: 5)
    ).map(Double.init)
    #expect(values.count == rows * columns)
    let (narrow, tall) = (min(rows, columns), max(rows, columns))
    func entry(_ i: Int, _ j: Int) -> Double {  // the tall orientation
      rows >= columns ? values[i * columns + j] : values[j * columns + i]
    }
    let bound = 30 * Double(tall) * Double(Float.ulpOfOne)
    for a in 0..<narrow {
      for b in 0..<narrow {
        let product = (0..<tall).reduce(0.0) { $0 + entry($1, a) * entry($1, b) }
        #expect(abs(product - (a == b ? 1 : 0)) <= bound)
      }
    }
  }

  /// Evenly drawn: an entry of an n × n matrix has mean 0 and mean square 1/n. LAPACK's Q alone has a first
  /// entry of one sign. 400 draws: 4½ deviations of (1/√n)/√400.
  @Test func orthogonalIsDrawnEvenly() {
    let n = 4
    let entries = (1...400).map { seed in
      Double(orthogonalMatrix(rows: n, columns: n, stream: RandomStream(seed: UInt64(seed)))[0])
    }
    let mean = entries.reduce(0, +) / 400
    #expect(abs(mean) <= 4.5 * (1 / Double(n)).squareRoot() / 20)
    // The square's variance is 2(n − 1)/(n²(n + 2)) for a coordinate of the unit sphere.
    let square = entries.reduce(0) { $0 + $1 * $1 } / 400
    let variance = 2 * Double(n - 1) / (Double(n * n) * Double(n + 2))
    #expect(abs(square - 1 / Double(n)) <= 4.5 * (variance / 400).squareRoot())
  }

  @Test(arguments: Initialiser.named + [.normal(deviation: 0.3), .constant(value: 4)])
  func valuesAreAFunctionOfTheStream(_ initialiser: Initialiser) {
    #expect(values(initialiser, seed: 3) == values(initialiser, seed: 3))
    if ![.zeros, .ones, .constant(value: 4)].contains(initialiser) {
      #expect(values(initialiser, seed: 3) != values(initialiser, seed: 4))
    }
  }

  @Test(arguments: Initialiser.named)
  func namesSurviveJSON(_ initialiser: Initialiser) throws {
    let data = try JSONEncoder().encode([initialiser])
    #expect(String(decoding: data, as: UTF8.self) == "[\"\(initialiser.name)\"]")
    #expect(try JSONDecoder().decode([Initialiser].self, from: data) == [initialiser])
    let object = Data("[{\"type\": \"\(initialiser.name)\"}]".utf8)
    #expect(try JSONDecoder().decode([Initialiser].self, from: object) == [initialiser])
  }

  @Test(arguments: [Initialiser.normal(deviation: 0.1), .constant(value: -1.5)])
  func numbersSurviveJSON(_ initialiser: Initialiser) throws {
    let data = try JSONEncoder().encode([initialiser])
    #expect(try JSONDecoder().decode([Initialiser].self, from: data) == [initialiser])
  }

  @Test(arguments: [
    (#"["he_norml"]"#, #"unknown initialiser "he_norml"; did you mean "he_normal"?"#),
    (#"[{"type": "nrmal"}]"#, #"unknown initialiser "nrmal"; did you mean "normal"?"#),
    (#"["constant"]"#, #"the initialiser "constant" takes a value"#),
    (#"[{"type": "constant", "deviation": 1, "value": 1}]"#, #"unknown field "deviation""#),
    (#"[{"type": "zeros", "value": 1}]"#, #"unknown field "value""#),
  ])
  func mistakesAreNamed(json: String, text: String) {
    let error = errorText(json, as: [Initialiser].self)
    #expect(error?.contains(text) == true, "\(error ?? "accepted")")
  }

  @Test func numbersOutOfRangeAreErrors() throws {
    for initialiser: Initialiser in [
      .normal(deviation: -1), .normal(deviation: .nan), .normal(deviation: .infinity),
      .constant(value: .nan), .constant(value: -.infinity),
    ] {
      #expect(throws: SpecError.self) { try initialiser.validate(place: "here") }
      for layer: LayerSpec in [
        .dense(outputs: 2, initialiser: initialiser),
        .gatedDense(outputs: 2, initialiser: initialiser),
        .conv2D(ConvolutionSpec(filters: 2, initialiser: initialiser)),
        .convTranspose2D(ConvolutionSpec(filters: 2, initialiser: initialiser)),
      ] {
        var layout = ParameterLayout()
        let isImage = layer.typeName.hasPrefix("conv")
        #expect(throws: SpecError.self) {
          try Network(
            [layer], input: isImage ? Shape(height: 4, width: 4, channels: 1) : Shape(features: 3),
            name: "net", initialiser: .zeros, lane: 0, layout: &layout)
        }
      }
    }
    for initialiser in Initialiser.named { try initialiser.validate(place: "here") }
    try Initialiser.normal(deviation: 0).validate(place: "here")
  }
}
