// A description compiled once, with its weights.

public import Kernels
import Networks

/// An autoencoder ready to run: networks, likelihood, and the flat arena of their parameters.
///
///     let model = try Model(.fashion(latents: 2), seed: 1)
///     let means = try model.encode(garments).means        // [N, 2]
///
/// A model is used from one thread at a time; its own workers share the arithmetic.
public final class Model {
  /// What the model was made from.
  public let spec: ModelSpec
  /// What reading its weights left out, a sentence each, for whoever gave the file.
  public internal(set) var notes: [String] = []
  /// The number of threads that share the work.
  public var threads: Int { compute.workers }

  let layout: ParameterLayout
  let encoder: Network
  let decoder: Network
  let encoderInput: EncoderInput
  let decoderInput: DecoderInput
  let likelihood: Likelihood
  /// Where the decoder's tensors lie in the arena of the trained ones.
  let decoderParameters: Range<Int>
  let prior: Prior
  let compute: Compute
  let parameters: Arena
  let gradients: Arena
  let statistics: Arena
  private var inference: InferenceWorkspace?
  /// The memory of a trainer's passes, which other calls may use between two steps.
  var passMemory: PassMemory?

  /// Compiles a description and initialises its weights.
  ///
  /// - Parameters:
  ///   - spec: the description
  ///   - seed: what the initial weights are derived from; nil takes the spec's
  ///   - threads: how many threads share the work; nil takes one for each processor
  ///   - backend: who computes matrix products; the others are there to be compared with
  /// - Throws: `SpecError` naming the layer or field that does not fit, `ResourceError` if the system gives no
  ///   threads or no memory for their products.
  public convenience init(
    _ spec: ModelSpec, seed: UInt64? = nil, threads: Int? = nil,
    backend: MatrixBackend = .openBLAS
  ) throws {
    try self.init(spec, seed: seed, threads: threads, backend: backend, savedValues: nil)
  }

  /// The same for a description beside a file of weights, which bounds what may be asked for: a few bytes of
  /// text can describe any number of parameters.
  ///
  /// - Parameter savedValues: the numbers in the file of weights.
  init(
    _ spec: ModelSpec, seed: UInt64? = nil, threads: Int?, backend: MatrixBackend,
    savedValues: Int?
  ) throws {
    try spec.data.validate()
    try spec.likelihood.validate(data: spec.data)
    try spec.objective.validate(likelihood: spec.likelihood)
    try spec.training.validate()
    try spec.initialiser.validate(place: "initialiser")
    try spec.validateLogVarianceRange()
    try spec.validateTable()
    try spec.validateCondition()
    if let threads, threads < 1 || threads > 256 {
      throw SpecError("threads", "\(threads) threads should lie between 1 and 256")
    }
    guard spec.latents >= 1 && spec.latents <= 1 << 16 else {
      throw SpecError(
        "latent", "the number of dimensions, \(spec.latents), should lie between 1 and \(1 << 16)")
    }
    guard spec.data.padded.count <= 1 << 26 else {
      throw SpecError("data", "an example of \(spec.data.padded) is too large")
    }
    encoderInput = EncoderInput(spec)
    decoderInput = DecoderInput(spec)
    guard encoderInput.shape.count <= 1 << 26 else {
      throw SpecError("condition", "an encoder's input of \(encoderInput.shape) is too large")
    }
    var layout = ParameterLayout()
    encoder = try Network(
      spec.encoder, input: encoderInput.shape, name: "encoder", initialiser: spec.initialiser,
      lane: 0, layout: &layout)
    guard encoder.outputShape == Shape(features: spec.headWidth) else {
      throw SpecError(
        "encoder",
        "it ends in \(encoder.outputShape) values, but \(spec.latents) latents of a "
          + "\(spec.posterior.rawValue) posterior take \(spec.headWidth)")
    }
    let decoderStart = layout.trainedCount
    decoder = try Network(
      spec.decoder, input: Shape(features: decoderInput.columns), name: "decoder",
      initialiser: spec.initialiser, lane: 1 << 16, layout: &layout)
    guard decoder.outputShape == spec.decoderOutput else {
      let takes =
        spec.decoderOutput == spec.data.padded
        ? "" : ", of which the \(spec.likelihood.name) likelihood takes \(spec.decoderOutput)"
      throw SpecError(
        "decoder",
        "it ends in \(decoder.outputShape), but the padded data is \(spec.data.padded)\(takes)")
    }
    decoderParameters = decoderStart..<layout.trainedCount
    likelihood = Likelihood(
      spec.likelihood, shape: spec.data.padded, mayMiss: spec.data.missing, layout: &layout)
    try spec.validateObjective(samples: spec.training.samples)
    prior = Prior(
      spec.prior, latents: spec.latents, dimensions: spec.data.padded.count, layout: &layout)
    if let savedValues, layout.parameterCount > max(savedValues, 1 << 20) {
      throw SpecError(
        "model",
        "its \(layout.parameterCount) parameters are more than the \(savedValues) numbers in its file "
          + "of weights")
    }
    // Parameters and gradients, what initialising the largest tensor takes, and the first pass.
    let floats =
      2 * Double(layout.trainedCount) + Double(layout.statisticsCount)
      + 4 * Double(layout.tensors.map(\.slot.count).max() ?? 0)
      + InferenceWorkspace.floats(
        spec, encoder: encoder, decoder: decoder,
        workers: threads ?? WorkerPool.processors)
    guard Memory.holds(floats: floats) else {
      throw SpecError(
        "model",
        "its \(layout.parameterCount) parameters and its buffers take \(Memory.text(floats: floats))"
          + " of memory, more than is free; make its layers smaller")
    }
    self.spec = spec
    self.layout = layout
    compute = try Compute(threads: threads ?? WorkerPool.processors, backend: backend)
    parameters = Arena(count: layout.trainedCount)
    gradients = Arena(count: layout.trainedCount)
    statistics = Arena(count: layout.statisticsCount)
    layout.initialise(
      trained: parameters.vector, statistics: statistics.vector, seed: seed ?? spec.training.seed)
    prior.initialise(parameters.vector, seed: seed ?? spec.training.seed)
    startAtMissingShares()
  }

  /// The number of trained values.
  public var parameterCount: Int { layout.parameterCount }

  /// Whether the encoder's output is a distribution; false for a plain autoencoder.
  public var isVariational: Bool { spec.posterior == .diagonalGaussian }

  var views: ParameterViews {
    ParameterViews(
      values: parameters.vector, gradients: gradients.vector, statistics: statistics.vector)
  }

  var posterior: DiagonalGaussian {
    DiagonalGaussian(latents: spec.latents, range: spec.logVarianceRange)
  }

  var reconstructionScale: ReconstructionScale {
    ReconstructionScale(
      spec.objective, likelihood: spec.likelihood, dimensions: spec.data.padded.count)
  }

  /// The workspace of calls outside training, made at the first one.
  func inferenceWorkspace() -> InferenceWorkspace {
    if let inference { return inference }
    let made = InferenceWorkspace(self)
    inference = made
    return made
  }
}

/// Buffers for encoding and decoding in chunks.
final class InferenceWorkspace {
  /// Rows that are processed at once.
  let capacity: Int
  let encoder: Workspace
  let decoder: Workspace
  let data: Arena  // [capacity, padded data]
  let latent: Arena  // [capacity, latents]
  let derivative: Arena  // [capacity, latents]
  let noise: Arena  // [capacity, latents]
  let labels: Arena  // [capacity]; empty without a condition, as are inputs that need no copy
  let encoderInput: Arena
  let decoderInput: Arena
  let terms: TermBuffer
  let divergences: TermBuffer
  let densities: TermBuffer

  // Small networks want many rows in a GEMM, large ones fill the caches with a few examples: rows for
  // which the activations of all layers, of which two are there at a time, would take 32 MB.
  private static func capacity(_ networks: [Network]) -> Int {
    let floats = networks.flatMap(\.layers).reduce(1.0) { $0 + Double($1.outputShape.count) }
    return Int(max(32, min(512, Double(1 << 23) / floats)))
  }

  /// Floats that the buffers would take.
  static func floats(
    _ spec: ModelSpec, encoder: Network, decoder: Network, workers: Int
  ) -> Double {
    let rows = Double(capacity([encoder, decoder]))
    let inputs =
      EncoderInput(spec).count(examples: 1) + DecoderInput(spec).count(rows: 1)
    return [encoder, decoder].reduce(
      rows * Double(spec.data.padded.count + 3 * spec.latents + inputs)
    ) {
      $0 + Workspace.floats($1, capacity: rows, isTraining: false)
    } + PassMemory.floats([(encoder, 0), (decoder, 0)], workers: workers)
  }

  init(_ model: Model) {
    let size = model.spec.data.padded.count
    capacity = InferenceWorkspace.capacity([model.encoder, model.decoder])
    let shared =
      model.passMemory
      ?? PassMemory([(model.encoder, 0), (model.decoder, 0)], workers: model.compute.workers)
    encoder = Workspace(
      model.encoder, capacity: capacity, isTraining: false, compute: model.compute,
      sharing: shared)
    decoder = Workspace(
      model.decoder, capacity: capacity, isTraining: false, compute: model.compute,
      sharing: shared)
    data = Arena(count: capacity * size)
    latent = Arena(count: capacity * model.spec.latents)
    derivative = Arena(count: capacity * model.spec.latents)
    noise = Arena(count: capacity * model.spec.latents)
    labels = Arena(count: model.decoderInput.classes == 0 ? 0 : capacity)
    encoderInput = Arena(count: model.encoderInput.count(examples: capacity))
    decoderInput = Arena(count: model.decoderInput.count(rows: capacity))
    terms = TermBuffer(count: capacity)
    divergences = TermBuffer(count: capacity)
    densities = TermBuffer(count: capacity)
  }

  func dataRows(_ rows: Int, _ model: Model) -> MatrixView {
    data.vector.matrix(rows: rows, columns: model.spec.data.padded.count)
  }

  // The classes of so many examples, as floats.
  func labelRows(_ rows: Int) -> VectorView {
    labels.vector.slice(0, count: min(rows, labels.count))
  }

  func latentRows(_ arena: Arena, _ rows: Int, _ model: Model) -> MatrixView {
    arena.vector.matrix(rows: rows, columns: model.spec.latents)
  }
}
