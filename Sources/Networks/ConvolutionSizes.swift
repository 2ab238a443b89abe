// From a convolution's description and its input's shape to validated sizes.

import Kernels

package struct ConvolutionSizes {
  package let output: Shape
  package let top: Int
  package let left: Int

  /// Checks a description at a place in the spec and works out shapes and padding.
  package init(
    _ spec: ConvolutionSpec, input: Shape, isTransposed: Bool, place: String
  ) throws(SpecError) {
    func pair(_ name: String, _ values: [Int], least: Int) throws(SpecError) {
      guard values.count == 2, values.allSatisfy({ $0 >= least && $0 <= NetworkLimits.reach })
      else {
        throw SpecError(
          place,
          "\(name) \(values) should be two numbers [height, width] between \(least) and "
            + "\(NetworkLimits.reach)")
      }
    }
    guard spec.filters >= 1 && spec.filters <= NetworkLimits.extent else {
      throw SpecError(
        place, "filters \(spec.filters) should lie between 1 and \(NetworkLimits.extent)")
    }
    try pair("kernel", spec.kernel, least: 1)
    try pair("stride", spec.stride, least: 1)
    try pair("dilation", spec.dilation, least: 1)
    try pair("output_padding", spec.outputPadding, least: 0)
    guard isTransposed || spec.outputPadding == [0, 0] else {
      throw SpecError(
        place, "output_padding \(spec.outputPadding) belongs to a transposed convolution")
    }
    var sides = [0, 0, 0, 0]
    if case .explicit(let t, let b, let l, let r) = spec.padding {
      sides = [t, b, l, r]
      guard sides.allSatisfy({ $0 >= 0 && $0 <= NetworkLimits.reach }) else {
        throw SpecError(
          place, "padding \(sides) should lie between 0 and \(NetworkLimits.reach) on each side")
      }
    }
    func axis(_ index: Int, _ size: Int, _ name: String) throws(SpecError) -> (Int, Int) {
      let (kernel, stride) = (spec.kernel[index], spec.stride[index])
      let reach = (kernel - 1) * spec.dilation[index] + 1
      let (before, after) = (sides[2 * index], sides[2 * index + 1])
      let extra = spec.outputPadding[index]
      let result: Int
      let first: Int
      switch (isTransposed, spec.padding) {
      case (false, .same):
        result = (size + stride - 1) / stride
        first = max((result - 1) * stride + reach - size, 0) / 2
      case (false, _):
        let room = size + before + after - reach
        result = room < 0 ? 0 : room / stride + 1
        first = before
      case (true, .same):
        result = size * stride + extra
        first = max(reach - stride, 0) / 2
      case (true, _):
        result = (size - 1) * stride + reach - before - after + extra
        first = before
      }
      guard result >= 1 else {
        throw SpecError(
          place,
          "the kernel's \(name) of \(reach) does not fit an input \(name) of \(size); "
            + "the output would be empty")
      }
      // The second product is the length of a table that the layer keeps.
      guard result <= NetworkLimits.extent, max(size, result) * kernel <= 1 << 26 else {
        throw SpecError(
          place, "a kernel's \(name) of \(kernel) from \(size) to \(result) pixels is too large")
      }
      return (result, first)
    }
    let (height, top) = try axis(0, input.height, "height")
    let (width, left) = try axis(1, input.width, "width")
    try checkSize(height, width, spec.filters, of: "outputs an example", place: place)
    try checkSize(
      spec.kernel[0], spec.kernel[1], spec.filters, input.channels, of: "weights", place: place)
    output = Shape(height: height, width: width, channels: spec.filters)
    self.top = top
    self.left = left
  }
}

/// Throws where a description asks for more values than a layer can have; the product of what it asks
/// for need not fit 64 bits.
func checkSize(_ factors: Int..., of what: String, place: String) throws(SpecError) {
  let product = factors.reduce(1) { $0 * Double($1) }
  guard product <= 0x1p31 else {
    throw SpecError(place, "the layer would have \(product) \(what); 2³¹ is the most")
  }
}
