// One axis of a resampling, in whole numbers: every weight is a multiple of one over the denominator, so a
// resampled image is the exactly rounded value on every machine.

/// How `source` samples along an axis become `target` ones.
///
/// Shrinking averages areas: sample i of the target covers [i·n/m, (i + 1)·n/m) of the source, and a source
/// sample counts by its part in that. Growing interpolates linearly between the centres of samples; beyond
/// the outer centres the outer samples go on. With equal sizes nothing changes.
struct AxisResampling: Equatable {
  /// What every target's weights add up to.
  let denominator: Int
  /// The first source sample of each target: [target].
  let firsts: [Int]
  /// Where each target's weights begin in `weights`: [target + 1].
  let starts: [Int]
  /// The weights of consecutive source samples, one target after the other.
  let weights: [Int]

  /// - Parameters:
  ///   - source: samples there are, n, 1 or more
  ///   - target: samples wanted, m, 1 or more
  init(from source: Int, to target: Int) {
    precondition(source >= 1 && target >= 1, "AxisResampling: \(source) to \(target) samples")
    let (n, m) = (source, target)
    var firsts: [Int] = []
    var starts = [0]
    var weights: [Int] = []
    denominator = n > m ? n : n < m ? 2 * m : 1
    for i in 0..<m {
      if n > m {
        // In units of 1/m of a source sample, the target covers [i·n, (i + 1)·n) and sample j [j·m, (j + 1)·m).
        let range = i * n / m..<((i + 1) * n + m - 1) / m
        firsts.append(range.lowerBound)
        weights += range.map { j in min((j + 1) * m, (i + 1) * n) - max(j * m, i * n) }
      } else if n < m {
        // The target's centre, measured from the centre of sample 0 in units of 1/2m: floor and remainder.
        let centre = (2 * i + 1) * n - m
        let left = centre >= 0 ? centre / (2 * m) : -1
        let rest = centre - left * 2 * m
        if left < 0 || left + 1 >= n || rest == 0 {
          firsts.append(max(left, 0))
          weights.append(2 * m)
        } else {
          firsts.append(left)
          weights += [2 * m - rest, rest]
        }
      } else {
        firsts.append(i)
        weights.append(1)
      }
      starts.append(weights.count)
    }
    (self.firsts, self.starts, self.weights) = (firsts, starts, weights)
  }
}
