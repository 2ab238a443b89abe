// Draws from a prior.

import CVector
import Foundation
import Kernels
import Networks

extension PriorPass {
  /// Draws rows of z; `prepare` first.
  ///
  /// - Parameters:
  ///   - z: [n, L], overwritten
  ///   - stream: draw 0 of it, and for the choice of the component draw 2
  ///   - firstRow: the first row's number in the stream
  func sample(into z: MatrixView, stream: RandomStream, firstRow: Int = 0) {
    stream.fillGaussian(z, step: 0, firstRow: firstRow)
    guard prior.components > 0 else { return }
    let latents = prior.latents
    let choice = Arena(count: z.rows)
    stream.fillUniform(
      choice.vector.matrix(rows: z.rows, columns: 1), step: 2, firstRow: firstRow)
    var cumulative: [Double] = []
    var sum = 0.0
    for component in 0..<prior.components {
      sum += exp(logWeights[component])
      cumulative.append(sum)
    }
    for row in 0..<z.rows {
      let target = Double(choice.vector[row]) * sum
      let component = min(
        cumulative.partitioningIndex { $0 > target }, prior.components - 1)
      let head = heads.row(component)
      mapLanes(
        z.row(row), head.slice(0, count: latents), head.slice(latents, count: latents),
        into: z.row(row)
      ) { noise, mean, logVariance in
        vector_fma(exp(0.5 * logVariance), noise, mean)
      }
    }
  }
}

extension Array {
  /// The first index whose element satisfies the predicate, all later ones satisfying it too.
  fileprivate func partitioningIndex(_ predicate: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if predicate(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
