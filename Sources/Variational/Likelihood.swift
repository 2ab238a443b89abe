// Log-densities of data given the decoder's output, row by row, with their scores in the same pass.

import Kernels
import Networks

/// A likelihood compiled for a model: its description, and its formulas with the places of what it learns.
///
/// The formulas are in Likelihoods/, one file each; here rows are shared out among the workers.
struct Likelihood: Sendable {
  let spec: LikelihoodSpec
  /// Data values in an example.
  let dimensions: Int
  /// Decoder outputs for each example.
  let outputs: Int
  /// Whether a value may be NaN, which stands for a missing one: sums are then over the observed ones, as in
  /// MIWAE (Mattei and Frellsen, 2019, section 2) and HI-VAE (Nazábal et al., 2020, equation 2).
  let mayMiss: Bool
  private let formulas: any RowLikelihood

  /// - Parameters:
  ///   - shape: one example as the model sees it
  ///   - mayMiss: whether values may be missing
  init(
    _ spec: LikelihoodSpec, shape: Shape, mayMiss: Bool = false, layout: inout ParameterLayout
  ) {
    self.spec = spec
    self.mayMiss = mayMiss
    dimensions = shape.count
    outputs = shape.pixels * spec.outputs(forColumns: shape.channels)
    formulas = spec.formulas(shape: shape, name: "likelihood", layout: &layout)
  }

  /// For rows of values that are no image.
  init(_ spec: LikelihoodSpec, dimensions: Int, layout: inout ParameterLayout) {
    self.init(spec, shape: Shape(features: dimensions), layout: &layout)
  }

  /// What the likelihood learns itself: one value or one a dimension; nil if nothing.
  var learned: ParameterSlot? { formulas.learned }

  /// ln σ² of the Gaussian, if it is learned.
  var logVariance: ParameterSlot? {
    if case .gaussian = spec { return formulas.learned }
    return nil
  }

  /// Columns of `ownScore`: 0 where nothing is learned or its score follows from that of the output.
  var ownScoreColumns: Int { formulas.ownScoreColumns }

  /// Writes ln p(x|z) of every row, in nats with all constants, and turns the decoder's output into its
  /// score ∂ ln p(x|z) / ∂ output.
  ///
  /// - Parameters:
  ///   - x: data, [B, dimensions]
  ///   - output: [B·K, outputs], overwritten by the score; rows of one example follow each other
  ///   - samples: K
  ///   - result: [B·K]
  ///   - writingScore: whether the score goes into `output`; otherwise the output is left alone
  ///   - ownScore: [B·K, ownScoreColumns], overwritten by the score of what is learned when
  ///     `writingScore`; nil if there are no columns
  ///   - mode: in training, what is a function of the minibatch is taken from it
  func logDensity(
    of x: MatrixView, given output: MatrixView, samples: Int, into result: TermBuffer,
    writingScore: Bool, ownScore: MatrixView? = nil, parameters: ParameterViews, compute: Compute,
    mode: Mode = .inference
  ) {
    precondition(
      output.rows == x.rows * samples && x.columns == dimensions && output.columns == outputs,
      """
      Likelihood.logDensity: data [\(x.rows), \(x.columns)], output \
      [\(output.rows), \(output.columns)], \(samples) samples
      """)
    precondition(
      !writingScore || (ownScore?.columns ?? 0) == ownScoreColumns,
      "Likelihood.logDensity: \(ownScore?.columns ?? 0) columns for \(ownScoreColumns) own scores")
    let batchVariance =
      mode == .training
      ? formulas.batchVariance(
        of: x, given: output, samples: samples, mayMiss: mayMiss, terms: result,
        parameters: parameters, compute: compute) : nil
    compute.forEachShare(
      of: output.rows, cost: dimensions * 16,
      (
        formulas, mayMiss, x, output, samples, result, writingScore, ownScore, batchVariance,
        parameters
      )
    ) { context, rows, _ in
      let (
        formulas, mayMiss, x, output, samples, result, writingScore, ownScore, batchVariance,
        parameters
      ) = context
      for row in rows {
        let target = output.row(row)
        let values = LikelihoodRow(
          x: x.row(row / samples), output: target, writingScore: writingScore,
          ownScore: ownScore?.row(row) ?? target.slice(0, count: 0),
          batchVariance: batchVariance, parameters: parameters)
        result[row] =
          mayMiss ? formulas.logDensityOfObserved(values) : formulas.logDensity(values)
      }
    }
  }

  /// Scales every row of the score by its weight, ∂ loss / ∂ ln p(x|z), and adds what the likelihood's own
  /// parameters get.
  ///
  /// - Parameters:
  ///   - score: [B·K, outputs], as `logDensity` left it; overwritten by ∂ loss / ∂ output
  ///   - weights: [B·K]
  ///   - ownScore: [B·K, ownScoreColumns], as `logDensity` left it
  ///   - x: data, [B, dimensions]; needed where values may be missing
  func pullBack(
    _ score: MatrixView, weights: TermBuffer, ownScore: MatrixView? = nil,
    data x: MatrixView? = nil,
    parameters: ParameterViews, compute: Compute
  ) {
    precondition(!mayMiss || x != nil, "Likelihood.pullBack: values may be missing, but in what?")
    formulas.addGradients(
      of: mayMiss ? x : nil, score: score, ownScore: ownScore, weights: weights,
      parameters: parameters, compute: compute)
    compute.forEachShare(of: score.rows, cost: score.columns, (score, weights)) {
      context, rows, _ in
      let (score, weights) = context
      for row in rows { score.row(row).scale(by: Float(weights[row])) }
    }
  }

  /// Turns the decoder's output into the mean of the distribution, in place: the first `dimensions`
  /// columns of each row.
  func mean(_ output: MatrixView, parameters: ParameterViews) {
    formulas.mean(output, parameters: parameters)
  }

  /// The same, shared out among the workers.
  func mean(_ output: MatrixView, parameters: ParameterViews, compute: Compute) {
    compute.forEachShare(
      of: output.rows, cost: output.columns * 8, (formulas, output, parameters)
    ) { context, rows, _ in
      let (formulas, output, parameters) = context
      formulas.mean(output.rows(rows), parameters: parameters)
    }
  }

  /// Draws data from the distribution, in place of the decoder's output: the first `dimensions` columns of
  /// each row.
  ///
  /// - Parameters:
  ///   - output: [n, outputs], overwritten
  ///   - stream: random numbers; row r uses row `firstRow` + r of it
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    formulas.sample(output, stream: stream, firstRow: firstRow, parameters: parameters)
  }
}

extension LikelihoodSpec {
  /// The formulas, with places for what they learn.
  ///
  /// - Parameters:
  ///   - shape: one example as the model sees it, or a part of its columns
  ///   - name: what the names of learned tensors begin with
  func formulas(
    shape: Shape, name: String, layout: inout ParameterLayout
  ) -> any RowLikelihood {
    func scale(_ spec: ScaleSpec) -> LearnedScale {
      LearnedScale(spec, dimensions: shape.count, name: name, layout: &layout)
    }
    switch self {
    case .bernoulli: return BernoulliLikelihood()
    case .continuousBernoulli: return ContinuousBernoulliLikelihood()
    case .gaussian(let variance):
      return GaussianLikelihood(variance, dimensions: shape.count, name: name, layout: &layout)
    case .laplace(let spec): return LaplaceLikelihood(scale: scale(spec))
    case .studentT(let freedom, let spec):
      return StudentTLikelihood(degreesOfFreedom: freedom, scale: scale(spec))
    case .discretisedLogistic(let spec): return DiscretisedLogisticLikelihood(scale: scale(spec))
    case .categorical(let groups):
      return CategoricalLikelihood(groups: groups, pixels: shape.pixels)
    case .poisson: return PoissonLikelihood()
    case .negativeBinomial:
      return NegativeBinomialLikelihood(dimensions: shape.count, name: name, layout: &layout)
    case .zeroInflatedNegativeBinomial:
      return ZeroInflatedNegativeBinomialLikelihood(shape: shape, name: name, layout: &layout)
    case .mixed(let parts): return MixedLikelihood(parts, name: name, layout: &layout)
    }
  }
}
