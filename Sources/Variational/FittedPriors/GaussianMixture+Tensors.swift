import Formats
import Kernels

extension GaussianMixture {
  /// weights [C], means [C, L], covariances [C, L, L], in 64 bits.
  func tensors() -> [SafeTensors.Entry] {
    let (count, size) = (components, dimensions)
    return [
      SafeTensors.Entry(name: "weights", array: NumericArray(weights, shape: [count])),
      SafeTensors.Entry(
        name: "means", array: NumericArray(gaussians.flatMap(\.mean), shape: [count, size])),
      SafeTensors.Entry(
        name: "covariances",
        array: NumericArray(
          gaussians.flatMap { $0.covariance.elements }, shape: [count, size, size])),
    ]
  }

  /// The mixture of a file.
  ///
  /// - Throws: `FormatError` naming the tensor that is missing, misshapen, or holds what a mixture cannot.
  init(_ tensors: SafeTensors, file: String) throws(FormatError) {
    let weights = try GaussianMixture.doubles("weights", in: tensors, file: file)
    let means = try GaussianMixture.doubles("means", in: tensors, file: file)
    let covariances = try GaussianMixture.doubles("covariances", in: tensors, file: file)
    let count = weights.values.count
    guard weights.shape.count == 1, means.shape.count == 2, means.shape[0] == count, count >= 1,
      let size = means.shape.last, size >= 1, covariances.shape == [count, size, size]
    else {
      throw FormatError(
        file: file,
        reason:
          "weights \(weights.shape), means \(means.shape) and covariances \(covariances.shape) are not "
          + "those of a mixture: [C], [C, L] and [C, L, L]")
    }
    do throws(SpecError) {
      var gaussians: [GaussianPrior] = []
      for index in 0..<count {
        let first = index * size * size
        let covariance = Matrix(
          rows: size, columns: size, Array(covariances.values[first..<first + size * size]))
        guard covariance == covariance.transposed() else {
          throw SpecError("covariances", "that of component \(index) is not symmetric")
        }
        gaussians.append(
          try GaussianPrior(
            mean: Array(means.values[index * size..<(index + 1) * size]), covariance: covariance))
      }
      try self.init(weights: weights.values, gaussians: gaussians)
    } catch {
      throw FormatError(file: file, reason: "\(error)")
    }
  }

  private static func doubles(
    _ name: String, in tensors: SafeTensors, file: String
  ) throws(FormatError) -> (values: [Double], shape: [Int]) {
    let array = try tensors.array(name)
    guard array.elementType.isFloatingPoint else {
      throw FormatError(
        file: file,
        reason: "the tensor \(name) holds \(array.elementType), not floating-point numbers")
    }
    let values = array.doubles()
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw FormatError(
        file: file, reason: "element \(bad) of the tensor \(name) is \(values[bad])")
    }
    return (values, array.shape)
  }
}
