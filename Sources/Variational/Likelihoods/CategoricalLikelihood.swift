import Foundation
import Kernels
import Networks

/// One of several classes in each group of columns: ln p = Σ over groups of Σ x·l − ln Σ eˡ, with logits l
/// from the decoder and x one-hot; score x − softmax(l).
///
/// The largest logit of a group is taken off before the exponential.
struct CategoricalLikelihood: RowLikelihood {
  /// Columns of each group.
  let groups: [Int]
  /// How often the groups follow each other in a row.
  let pixels: Int

  // Calls `body` with each group's first column and size.
  @inline(__always)
  private func forEachGroup(_ body: (Int, Int) -> Void) {
    var first = 0
    for _ in 0..<pixels {
      for size in groups {
        body(first, size)
        first += size
      }
    }
  }

  func logDensity(_ row: LikelihoodRow) -> Double {
    var total = 0.0
    forEachGroup { first, size in
      total += logDensity(
        row.x.slice(first, count: size), row.output.slice(first, count: size),
        writingScore: row.writingScore)
    }
    return total
  }

  /// A group with a missing column is missing as a whole.
  func logDensityOfObserved(_ row: LikelihoodRow) -> Double {
    if !row.x.hasMissing { return logDensity(row) }
    var total = 0.0
    forEachGroup { first, size in
      let (x, logits) = (row.x.slice(first, count: size), row.output.slice(first, count: size))
      if !x.hasMissing {
        total += logDensity(x, logits, writingScore: row.writingScore)
      } else if row.writingScore {
        logits.fill(0)
      }
    }
    return total
  }

  // Of one group.
  @inline(__always)
  private func logDensity(_ x: VectorView, _ logits: VectorView, writingScore: Bool) -> Double {
    let chosen = sumLanes(x, logits) { x, l in x * l }
    let largest = logits.maximum
    if writingScore {
      let sum = sumLanes(logits, logits, into: logits) { l, _ in
        let e = exp(l - largest)
        return (e, e)
      }
      let inverse = Float(1 / sum)
      mapLanes(x, logits, into: logits) { x, e in x - e * inverse }
      return chosen - Double(largest) - Foundation.log(sum)
    }
    let sum = sumLanes(logits, logits) { l, _ in exp(l - largest) }
    return chosen - Double(largest) - Foundation.log(sum)
  }

  func mean(_ output: MatrixView, parameters: ParameterViews) {
    for row in 0..<output.rows {
      let target = output.row(row)
      forEachGroup { first, size in
        let logits = target.slice(first, count: size)
        let largest = logits.maximum
        let sum = sumLanes(logits, logits, into: logits) { l, _ in
          let e = exp(l - largest)
          return (e, e)
        }
        logits.scale(by: Float(1 / sum))
      }
    }
  }

  /// The class in which a uniform number falls, by each group's first column.
  func sample(
    _ output: MatrixView, stream: RandomStream, firstRow: Int, parameters: ParameterViews
  ) {
    mean(output, parameters: parameters)
    withNoise(like: output) { noise in
      stream.fillUniform(noise, step: 1, firstRow: firstRow)
      for row in 0..<output.rows {
        let (target, uniform) = (output.row(row), noise.row(row))
        forEachGroup { first, size in
          var (chosen, cumulative) = (0, target[first])
          while chosen < size - 1 && uniform[first] >= cumulative {
            chosen += 1
            cumulative += target[first + chosen]
          }
          for index in 0..<size { target[first + index] = index == chosen ? 1 : 0 }
        }
      }
    }
  }
}
