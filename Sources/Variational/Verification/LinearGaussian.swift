// The exact distribution of a linear decoder's data, in 64 bits, from the weights that were learned.

import Foundation
import Kernels

/// x = Wz + b + ε, z ~ N(0, 1), ε ~ N(0, σ²): the marginal N(b, WWᵀ + σ²I) and the posterior of z.
struct LinearGaussian: Sendable {
  /// W, [D×L]
  let weights: Matrix<Double>
  /// b, [D]
  let bias: [Double]
  /// σ²
  let noiseVariance: Double
  private let marginal: CholeskyFactorization<Double>  // of WWᵀ + σ²I, [D×D]
  private let precision: Matrix<Double>  // Λ = 1 + WᵀW/σ², [L×L]

  /// Reads a model whose decoder is one dense layer and whose likelihood is a Gaussian with one learned
  /// variance.
  init(_ model: Model) throws {
    let bias = model.values(of: "decoder.0.bias").map(Double.init)
    let weights = Matrix(
      rows: bias.count, columns: model.spec.latents,
      model.values(of: "decoder.0.weight").map(Double.init))
    let variance = exp(Double(model.values(of: "likelihood.log_variance")[0]))
    self.bias = bias
    self.weights = weights
    noiseVariance = variance
    // W [D×L] · Wᵀ [L×D] → [D×D]
    var covariance = Matrix.symmetricProduct(of: weights)
    for index in 0..<bias.count { covariance[index, index] += variance }
    marginal = try CholeskyFactorization(of: covariance)
    // Wᵀ [L×D] · W [D×L] → [L×L]
    var precision = Matrix.symmetricProduct(of: weights, transposed: true) / variance
    for index in 0..<precision.rows { precision[index, index] += 1 }
    self.precision = precision
  }

  /// ln p, mean over examples of mean m and covariance S, nats.
  ///
  ///     −½ (D ln 2π + ln |C| + tr C⁻¹(S + (m − b)(m − b)ᵀ))
  func meanLogDensity(mean: [Double], covariance: Matrix<Double>) throws -> Double {
    var moment = covariance
    let difference = zip(mean, bias).map { $0 - $1 }
    moment.addOuterProduct(of: difference, and: difference)
    let trace = try marginal.solve(moment).diagonal.reduce(0, +)
    return -0.5 * (Double(bias.count) * log(2 * .pi) + marginal.logDeterminant + trace)
  }

  /// ln p(x) of one example, nats.
  func logDensity(_ x: [Double]) throws -> Double {
    let difference = zip(x, bias).map { $0 - $1 }
    let white = try marginal.lower.solveTriangular(.lower, difference)
    return -0.5
      * (Double(x.count) * log(2 * .pi) + marginal.logDeterminant + white.dot(white))
  }

  /// KL(q ‖ p(z|x)) of a diagonal Gaussian, nats: what the evidence bound lacks.
  ///
  ///     p(z|x) = N(Λ⁻¹Wᵀ(x − b)/σ², Λ⁻¹)          Λ = 1 + WᵀW/σ²
  ///     KL = ½ (Σⱼ Λⱼⱼe^ℓⱼ + (μ − m)ᵀΛ(μ − m) − L − ln |Λ| − Σⱼ ℓⱼ)
  ///
  /// - Parameters:
  ///   - mean: μ, [L]
  ///   - logVariance: ℓ, [L]
  func divergence(_ mean: [Double], _ logVariance: [Double], given x: [Double]) throws -> Double {
    let difference = zip(x, bias).map { ($0 - $1) / noiseVariance }
    let factor = try CholeskyFactorization(of: precision)
    let centre = try factor.solve(weights.multiply(difference, transposed: true))
    let offset = zip(mean, centre).map { $0 - $1 }
    var total = offset.dot(precision * offset) - Double(mean.count) - factor.logDeterminant
    for (index, value) in logVariance.enumerated() {
      total += precision[index, index] * exp(value) - value
    }
    return 0.5 * total
  }
}

extension Model {
  /// A tensor's values in PyTorch's order.
  func values(of name: String) -> [Float] {
    guard let tensor = layout.trained.first(where: { $0.name == name }) else {
      preconditionFailure("Model.values: there is no tensor \(name)")
    }
    return tensor.torchOrder(tensor.slot.vector(in: parameters.vector).array)
  }

  /// Replaces a tensor's values, given in PyTorch's order.
  func setValues(of name: String, _ values: [Float]) {
    guard let tensor = layout.trained.first(where: { $0.name == name }) else {
      preconditionFailure("Model.setValues: there is no tensor \(name)")
    }
    tensor.slot.vector(in: parameters.vector).assign(tensor.memoryOrder(values))
  }

  /// A model with the same parameters, its posterior's variances multiplied.
  ///
  /// For importance sampling a posterior that is too wide is safe, one that is too narrow is not: the
  /// weights' variance may then be infinite. ln p(x) is the same whatever the posterior.
  ///
  /// - Parameters:
  ///   - kind: the objective
  ///   - factor: what the posterior's variances are multiplied by
  func copy(kind: ObjectiveKind, wideningPosteriorBy factor: Double) throws -> Model {
    var spec = spec
    spec.objective.kind = kind
    let copy = try Model(spec, threads: threads)
    copy.parameters.vector.copy(from: parameters.vector)
    let name = "encoder.\(spec.encoder.count - 1).bias"
    var bias = copy.values(of: name)
    for index in spec.latents..<2 * spec.latents { bias[index] += Float(log(factor)) }
    copy.setValues(of: name, bias)
    return copy
  }
}
