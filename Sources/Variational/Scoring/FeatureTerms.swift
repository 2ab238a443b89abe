// ln p(x|z) taken apart: what each data value contributes.

import Foundation
import Kernels
import Networks

/// A model's likelihood cut into its smallest independent parts: single columns, or groups of a categorical one.
///
/// Each part is a likelihood of its own over one column (or group) with the parameters that belong to it, so that a
/// part's term is computed by the very formula that the whole sum is.
struct FeatureTerms {
  private struct Part {
    let likelihood: Likelihood
    let columns: Range<Int>  // of the data
    let outputs: [Int]  // first columns of the decoder's output, one for each parameter of a value
    let values: [Float]  // what the likelihood has learned for these columns, none or one
    let memory: ParameterViews
  }

  private let model: Model
  private var parts: [Part] = []
  private let arenas: [Arena]
  private let scratch: Arena  // [capacity, 2], where a part's outputs do not lie side by side
  private let terms: TermBuffer

  /// - Parameter rows: the most rows of a chunk
  init(_ model: Model, rows: Int) {
    self.model = model
    scratch = Arena(count: 2 * rows)
    terms = TermBuffer(count: rows)
    // One value each, which every part sets before it is used.
    let (trained, statistics) = (Arena(count: 16), Arena(count: 16))
    arenas = [trained, statistics]
    let memory = ParameterViews(
      values: trained.vector, gradients: trained.vector, statistics: statistics.vector)
    var builder = Builder(model: model, memory: memory)
    builder.add(model.likelihood.spec, shape: model.spec.data.padded, name: "likelihood")
    parts = builder.parts
  }

  /// Calls `body` with each part's columns and its −ln p(x_d|z) of every row.
  ///
  /// - Parameters:
  ///   - x: [n, D]
  ///   - output: the decoder's, [n, outputs]
  func forEach(_ x: MatrixView, _ output: MatrixView, _ body: (Range<Int>, TermBuffer) -> Void) {
    for part in parts {
      if let value = part.values.first {
        part.memory.values[0] = value
        part.memory.statistics[0] = value
      }
      part.likelihood.logDensity(
        of: x.columns(part.columns), given: outputs(of: part, output), samples: 1, into: terms,
        writingScore: false, parameters: part.memory, compute: model.compute)
      body(part.columns, terms)
    }
  }

  private func outputs(of part: Part, _ output: MatrixView) -> MatrixView {
    if part.outputs.count == 1 {
      return output.columns(part.outputs[0]..<part.outputs[0] + part.columns.count)
    }
    let result = scratch.vector.matrix(rows: output.rows, columns: part.outputs.count)
    for row in 0..<output.rows {
      for (index, column) in part.outputs.enumerated() { result[row, index] = output[row, column] }
    }
    return result
  }

  private struct Builder {
    let model: Model
    let memory: ParameterViews
    var parts: [Part] = []
    private var (column, output) = (0, 0)

    init(model: Model, memory: ParameterViews) {
      self.model = model
      self.memory = memory
    }

    /// Adds the parts of a likelihood over the next columns.
    ///
    /// - Parameter name: what the names of its tensors begin with
    mutating func add(_ spec: LikelihoodSpec, shape: Shape, name: String) {
      if case .mixed(let list) = spec {
        for (index, part) in list.enumerated() {
          add(part.likelihood, shape: Shape(features: part.columns), name: "\(name).\(index)")
        }
        return
      }
      let learned = values(name)
      if case .categorical(let groups) = spec {
        for size in (0..<shape.pixels).flatMap({ _ in groups }) {
          append(.categorical(groups: [size]), width: size, outputs: [output], values: [])
          output += size
        }
        return
      }
      for pixel in 0..<shape.pixels {
        for channel in 0..<shape.channels {
          let index = pixel * shape.channels + channel
          let own = learned.count > 1 ? [learned[index]] : learned
          let outputs = (0..<spec.outputs(forColumns: 1)).map {
            output + channel + $0 * shape.channels
          }
          append(spec, width: 1, outputs: outputs, values: own)
        }
        output += shape.channels * spec.outputs(forColumns: 1)
      }
    }

    private mutating func append(
      _ spec: LikelihoodSpec, width: Int, outputs: [Int], values: [Float]
    ) {
      var layout = ParameterLayout()
      let likelihood = Likelihood(
        spec, shape: Shape(features: width), mayMiss: model.spec.data.missing, layout: &layout)
      precondition(
        layout.trainedCount <= 16 && layout.statisticsCount <= 16,
        "FeatureTerms: \(spec) learns more than one value a column")
      parts.append(
        Part(
          likelihood: likelihood, columns: column..<column + width, outputs: outputs,
          values: values, memory: memory))
      column += width
    }

    // The values of the likelihood's one tensor, trained or running; none if it has none.
    private func values(_ name: String) -> [Float] {
      for tensor in model.layout.tensors where tensor.name.hasPrefix(name + ".") {
        let isTrained = model.layout.trained.contains { $0.name == tensor.name }
        let arena = isTrained ? model.parameters.vector : model.statistics.vector
        return tensor.slot.vector(in: arena).array
      }
      return []
    }
  }
}
