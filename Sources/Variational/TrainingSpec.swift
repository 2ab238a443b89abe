public import Networks

/// How a model is trained.
public struct TrainingSpec: Sendable, Hashable {
  /// The rule that turns gradients into steps.
  public var optimiser: Optimiser
  /// The base learning rate.
  public var learningRate: Double
  /// How the rate changes.
  public var schedule: Schedule
  /// Examples in a minibatch; the last one of an epoch may be smaller.
  public var batchSize: Int
  /// Passes over the training data.
  public var epochs: Int
  /// Samples of z for each example.
  public var samples: Int
  /// The global norm that gradients are scaled down to; nil for no limit.
  public var clipNorm: Double?
  /// What is done to the gradients' size before the optimiser.
  public var gradientNormalisation: GradientNormalisation
  /// The part of the data held out to choose the best epoch by, drawn at random; 0 for none.
  public var validationFraction: Double
  /// The number of examples held out instead, the last ones of the data; 0 for none.
  public var validationCount: Int
  /// A file of validation examples instead; nil for none.
  public var validationFile: String?
  /// The part of the data held out for the end, drawn at random; 0 for none.
  public var testFraction: Double
  /// A file of test examples instead; nil for none.
  public var testFile: String?
  /// Epochs without a better validation result, by `selection`, after which training stops, counted once β has risen
  /// to its place; nil for never.
  public var patience: Int?
  /// What the best epoch is chosen by, and patience and a plateau judged by.
  public var selection: Selection
  /// What weights, order and noise are derived from.
  public var seed: UInt64

  /// Settings; the defaults suit images of the size of Fashion-MNIST.
  public init(
    optimiser: Optimiser = .adam(), learningRate: Double = 1e-3, schedule: Schedule = Schedule(),
    batchSize: Int = 128, epochs: Int = 10, samples: Int = 1, clipNorm: Double? = nil,
    gradientNormalisation: GradientNormalisation = .none, validationFraction: Double = 0,
    validationCount: Int = 0, patience: Int? = nil, seed: UInt64 = 1,
    validationFile: String? = nil, testFraction: Double = 0, testFile: String? = nil,
    selection: Selection = .objective
  ) {
    self.optimiser = optimiser
    self.learningRate = learningRate
    self.schedule = schedule
    self.batchSize = batchSize
    self.epochs = epochs
    self.samples = samples
    self.clipNorm = clipNorm
    self.gradientNormalisation = gradientNormalisation
    self.validationFraction = validationFraction
    self.validationCount = validationCount
    self.validationFile = validationFile
    self.testFraction = testFraction
    self.testFile = testFile
    self.patience = patience
    self.seed = seed
    self.selection = selection
  }

  /// Whether some data is held out to choose the best epoch by.
  public var holdsOut: Bool {
    validationFraction > 0 || validationCount > 0 || validationFile != nil
  }

  /// Checks every number.
  public func validate() throws(SpecError) {
    func check(_ condition: Bool, _ name: String, _ reason: String) throws(SpecError) {
      if !condition { throw SpecError("training.\(name)", reason) }
    }
    try check(
      learningRate > 0 && learningRate.isFinite, "learning_rate",
      "the learning rate \(learningRate) should be a positive number")
    try check(
      batchSize >= 1 && batchSize <= 1 << 20, "batch_size",
      "the batch size \(batchSize) should lie between 1 and \(1 << 20)")
    try check(
      epochs >= 1 && epochs <= 1_000_000, "epochs",
      "the number of epochs, \(epochs), should lie between 1 and 1000000")
    try check(
      samples >= 1 && samples <= 1 << 16, "samples",
      "the number of samples, \(samples), should lie between 1 and \(1 << 16)")
    if let clipNorm {
      try check(
        clipNorm > 0 && clipNorm.isFinite, "clip_norm",
        "the gradient norm's limit \(clipNorm) should be positive")
      try check(
        gradientNormalisation == .none, "clip_norm",
        "gradients that are normalised by gradient_normalisation have nothing to clip: leave one out"
      )
    }
    try check(
      validationFraction >= 0 && validationFraction < 1, "validation_fraction",
      "the validation fraction \(validationFraction) should lie in [0, 1)")
    try check(
      validationCount >= 0, "validation_count",
      "the number of validation examples, \(validationCount), should be at least 0")
    try check(
      validationFraction == 0 || validationCount == 0, "validation_count",
      "validation examples are a fraction or a number: leave validation_fraction out")
    try check(
      validationFile == nil || (validationFraction == 0 && validationCount == 0), "validation_file",
      "validation examples come from a file or are held out: leave the fraction or the number out")
    try check(
      testFraction >= 0 && validationFraction + testFraction < 1, "test_fraction",
      "the test fraction \(testFraction) should be at least 0, and less than 1 together with the "
        + "validation fraction")
    try check(
      testFile == nil || testFraction == 0, "test_file",
      "test examples come from a file or are held out: leave the fraction out")
    if let patience {
      try check(patience >= 1, "patience", "the patience \(patience) should be at least 1")
    }
    try optimiser.validate(place: "training.optimiser")
    try schedule.validate(place: "training.schedule")
    if case .plateau = schedule.decline {
      try check(
        holdsOut, "schedule",
        "a plateau is judged on validation data: set validation_fraction above 0")
    }
    if patience != nil {
      try check(
        holdsOut, "patience",
        "early stopping is judged on validation data: set validation_fraction above 0")
    }
  }
}

extension TrainingSpec: Codable {
  private enum Key: String, CodingKey, CaseIterable {
    case optimiser, schedule, epochs, samples, patience, seed, selection
    case learningRate = "learning_rate"
    case batchSize = "batch_size"
    case clipNorm = "clip_norm"
    case gradientNormalisation = "gradient_normalisation"
    case validationFraction = "validation_fraction"
    case validationCount = "validation_count"
    case validationFile = "validation_file"
    case testFraction = "test_fraction"
    case testFile = "test_file"
  }

  /// Reads an object; fields left out take the defaults.
  public init(from decoder: any Decoder) throws {
    try decoder.rejectUnknownKeys(allowed: Key.allCases.map(\.rawValue))
    let values = try decoder.container(keyedBy: Key.self)
    self.init()
    optimiser = try values.decodeIfPresent(Optimiser.self, forKey: .optimiser) ?? optimiser
    learningRate = try values.decodeIfPresent(Double.self, forKey: .learningRate) ?? learningRate
    schedule = try values.decodeIfPresent(Schedule.self, forKey: .schedule) ?? schedule
    batchSize = try values.decodeIfPresent(Int.self, forKey: .batchSize) ?? batchSize
    epochs = try values.decodeIfPresent(Int.self, forKey: .epochs) ?? epochs
    samples = try values.decodeIfPresent(Int.self, forKey: .samples) ?? samples
    clipNorm = try values.decodeIfPresent(Double.self, forKey: .clipNorm)
    gradientNormalisation =
      try values.decodeIfPresent(GradientNormalisation.self, forKey: .gradientNormalisation)
      ?? GradientNormalisation.none
    validationFraction =
      try values.decodeIfPresent(Double.self, forKey: .validationFraction) ?? 0
    validationCount = try values.decodeIfPresent(Int.self, forKey: .validationCount) ?? 0
    validationFile = try values.decodeIfPresent(String.self, forKey: .validationFile)
    testFraction = try values.decodeIfPresent(Double.self, forKey: .testFraction) ?? 0
    testFile = try values.decodeIfPresent(String.self, forKey: .testFile)
    patience = try values.decodeIfPresent(Int.self, forKey: .patience)
    seed = try values.decodeIfPresent(UInt64.self, forKey: .seed) ?? seed
    selection = try values.decodeIfPresent(Selection.self, forKey: .selection) ?? selection
  }

  /// Writes what `init(from:)` reads.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(optimiser, forKey: .optimiser)
    try values.encode(learningRate, forKey: .learningRate)
    try values.encode(schedule, forKey: .schedule)
    try values.encode(batchSize, forKey: .batchSize)
    try values.encode(epochs, forKey: .epochs)
    try values.encode(samples, forKey: .samples)
    try values.encodeIfPresent(clipNorm, forKey: .clipNorm)
    try values.encode(gradientNormalisation, forKey: .gradientNormalisation)
    try values.encode(validationFraction, forKey: .validationFraction)
    try values.encode(validationCount, forKey: .validationCount)
    try values.encodeIfPresent(validationFile, forKey: .validationFile)
    if testFraction != 0 { try values.encode(testFraction, forKey: .testFraction) }
    try values.encodeIfPresent(testFile, forKey: .testFile)
    try values.encodeIfPresent(patience, forKey: .patience)
    try values.encode(seed, forKey: .seed)
    if selection != .objective { try values.encode(selection, forKey: .selection) }
  }
}
