// The three models that the project measures itself by.

public import Networks

extension ModelSpec {
  /// Names for `vae train --preset`.
  public static let presetNames = ["dense", "fashion", "faces"]

  /// A preset by name, fitted to the data's shape.
  ///
  /// - Parameters:
  ///   - name: one of ``presetNames``
  ///   - shape: one example as stored
  ///   - latents: L; nil takes the preset's own
  /// - Throws: `SpecError` for an unknown name or data that the preset cannot take.
  public static func preset(
    _ name: String, for shape: Shape, latents: Int? = nil
  ) throws(SpecError) -> ModelSpec {
    switch name {
    case "dense": return dense(for: shape, latents: latents ?? 20)
    case "fashion":
      try requireImages(name, shape)
      return fashion(for: shape, latents: latents ?? 2)
    case "faces":
      try requireImages(name, shape)
      return faces(for: shape, latents: latents ?? 200)
    default:
      throw SpecError("preset", unknownName(name, what: "preset", valid: presetNames))
    }
  }

  // Smaller images leave a convolution nothing to look at.
  private static let leastSide = 4
  // 2048 × 2048: the dense layers of larger ones would pass the limits of the matrix library.
  private static let largestArea = 1 << 22

  /// The size next to an image's that the convolutional presets take, as `--image-size` takes it; nil if they
  /// take the image's own.
  private static func nearestSize(to shape: Shape) -> String? {
    func size(_ height: Int, _ width: Int) -> (Int, Int) {
      (max(leastSide, height), max(leastSide, width))
    }
    var (height, width) = size(shape.height, shape.width)
    if height * width > largestArea {
      let factor = (Double(largestArea) / Double(height * width)).squareRoot()
      (height, width) = size(Int(Double(height) * factor), Int(Double(width) * factor))
      // One side may not have shrunk as far as asked.
      height = min(height, largestArea / width)
      width = min(width, largestArea / height)
    }
    return (height, width) == (shape.height, shape.width) ? nil : "\(height)x\(width)"
  }

  private static func requireImages(_ name: String, _ shape: Shape) throws(SpecError) {
    if shape.isFlat {
      throw SpecError(
        "preset", "\"\(name)\" takes images; for rows of \(shape) values use \"dense\"")
    }
    guard let nearest = nearestSize(to: shape) else { return }
    throw SpecError(
      "preset",
      "\"\(name)\" takes images of \(leastSide) or more pixels a side and up to \(largestArea) in all, and these are "
        + "\(shape) (height×width×channels); the nearest size is \(nearest), which --image-size \(nearest) "
        + "makes of a folder of images, and \"dense\" takes any size")
  }

  /// One hidden layer of 400 on each side, Bernoulli likelihood, the evidence bound in nats.
  public static func dense(
    for shape: Shape = Shape(height: 28, width: 28, channels: 1), latents: Int = 20
  ) -> ModelSpec {
    var encoder: [LayerSpec] = [.dense(outputs: 400), .relu, .dense(outputs: 2 * latents)]
    var decoder: [LayerSpec] = [.dense(outputs: 400), .relu, .dense(outputs: shape.count)]
    if !shape.isFlat {
      encoder.insert(.flatten, at: 0)
      decoder.append(
        .reshape(height: shape.height, width: shape.width, channels: shape.channels))
    }
    return ModelSpec(
      name: "dense",
      data: DataSpec(height: shape.height, width: shape.width, channels: shape.channels),
      encoder: encoder, latents: latents, decoder: decoder, likelihood: .bernoulli,
      training: TrainingSpec(learningRate: 1e-3, batchSize: 128))
  }

  /// The convolutional model for Fashion-MNIST of Foster, "Generative deep learning" (2nd edition,
  /// 2023), chapter 3: 500 times the mean cross-entropy plus the divergence.
  ///
  /// Images of any size are padded with zeros to multiples of eight.
  public static func fashion(
    for shape: Shape = Shape(height: 28, width: 28, channels: 1), latents: Int = 2
  ) -> ModelSpec {
    let data = padded(shape, multiple: 8)
    let (height, width) = (data.padded.height / 8, data.padded.width / 8)
    return ModelSpec(
      name: "fashion", data: data,
      encoder: [
        .conv2D(filters: 32, stride: 2), .relu, .conv2D(filters: 64, stride: 2), .relu,
        .conv2D(filters: 128, stride: 2), .relu, .flatten, .dense(outputs: 2 * latents),
      ], latents: latents,
      decoder: [
        .dense(outputs: height * width * 128),
        .reshape(height: height, width: width, channels: 128),
        .convTranspose2D(filters: 128, stride: 2), .relu,
        .convTranspose2D(filters: 64, stride: 2), .relu,
        .convTranspose2D(filters: 32, stride: 2), .relu, .conv2D(filters: shape.channels),
      ], likelihood: .bernoulli,
      objective: ObjectiveSpec(reconstruction: .weightedMean(weight: 500)),
      training: TrainingSpec(
        optimiser: .adam(epsilon: 1e-7), learningRate: 5e-4, batchSize: 100, epochs: 5))
  }

  /// The model for faces of the same chapter: four convolutions of 128 filters with batch normalisation,
  /// 2000 times the mean squared error plus the divergence.
  ///
  /// Images of any size are padded with zeros to multiples of sixteen.
  public static func faces(
    for shape: Shape = Shape(height: 32, width: 32, channels: 3), latents: Int = 200
  ) -> ModelSpec {
    let data = padded(shape, multiple: 16)
    let (height, width) = (data.padded.height / 16, data.padded.width / 16)
    let normalised: [LayerSpec] = [
      .batchNorm(epsilon: 1e-3, momentum: 0.01), .leakyReLU(slope: 0.3),
    ]
    var encoder: [LayerSpec] = []
    var decoder: [LayerSpec] = [.dense(outputs: height * width * 128)] + normalised
    decoder.append(.reshape(height: height, width: width, channels: 128))
    for _ in 0..<4 {
      encoder += [.conv2D(filters: 128, stride: 2)] + normalised
      decoder += [.convTranspose2D(filters: 128, stride: 2)] + normalised
    }
    encoder += [.flatten, .dense(outputs: 2 * latents)]
    decoder += [.convTranspose2D(filters: shape.channels), .sigmoid]
    return ModelSpec(
      name: "faces", data: data, encoder: encoder, latents: latents, decoder: decoder,
      likelihood: .gaussian(.fixed(1)),
      objective: ObjectiveSpec(reconstruction: .weightedMean(weight: 2000)),
      training: TrainingSpec(
        optimiser: .adam(epsilon: 1e-7), learningRate: 5e-4, batchSize: 128))
  }

  private static func padded(_ shape: Shape, multiple: Int) -> DataSpec {
    var data = DataSpec(height: shape.height, width: shape.width, channels: shape.channels)
    data.padding = ImagePadding(
      height: shape.height, width: shape.width, toMultiplesOf: multiple)
    return data
  }
}
