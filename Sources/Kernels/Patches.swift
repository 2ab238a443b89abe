// Gather and scatter of patches (im2col and its adjoint), NHWC.
//
// gather : images → patches, patch[position, (ky, kx, c)] = image[pixel under the tap, c]
// scatter: patches → images, image[pixel, c] = Σ patch[position, (ky, kx, c)] over the taps on it
//
// The two are adjoint: ⟨gather x, y⟩ = ⟨x, scatter y⟩. Scatter is driven by the output: every pixel
// collects its few contributions, so that each image is written once, with bias and activation applied
// while its row is in cache, and nothing has to be zeroed first.

import CVector

/// Fills the patch matrix of some images.
///
/// - Parameters:
///   - images: [n, height × width × channels]
///   - patches: [n × positions, patchSize], overwritten
package func gatherPatches(
  _ images: MatrixView, _ geometry: PatchGeometry, into patches: MatrixView
) {
  precondition(
    images.columns == geometry.imageSize && patches.columns == geometry.patchSize
      && patches.rows == images.rows * geometry.positions,
    """
    gatherPatches: images [\(images.rows), \(images.columns)], patches \
    [\(patches.rows), \(patches.columns)], geometry \(geometry.imageSize) → \
    \(geometry.positions) × \(geometry.patchSize)
    """)
  let g = geometry
  let runLength = g.kernelWidth * g.channels
  let lineLength = g.imageWidth * g.channels
  for image in 0..<images.rows {
    let source = images.base + image &* images.stride
    for gridY in 0..<g.gridHeight {
      for gridX in 0..<g.gridWidth {
        let position = (image &* g.gridHeight &+ gridY) &* g.gridWidth &+ gridX
        var target = patches.base + position &* patches.stride
        let firstX = gridX &* g.strideWidth &- g.left
        for tapY in 0..<g.kernelHeight {
          let y = gridY &* g.strideHeight &+ tapY &* g.dilationHeight &- g.top
          if y < 0 || y >= g.imageHeight {
            copyRun(nil, to: target, count: runLength)
          } else if g.dilationWidth == 1 {
            // The taps of one kernel row see neighbouring pixels: one run, zeros at its ends.
            let before = max(0, -firstX)
            let after = max(0, firstX &+ g.kernelWidth &- g.imageWidth)
            let inside = max(0, g.kernelWidth &- before &- after)
            if before > 0 {
              copyRun(nil, to: target, count: min(before, g.kernelWidth) &* g.channels)
            }
            if inside > 0 {
              copyRun(
                source + (y &* lineLength &+ (firstX &+ before) &* g.channels),
                to: target + before &* g.channels, count: inside &* g.channels)
            }
            if after > 0 && inside &+ before < g.kernelWidth {
              copyRun(
                nil, to: target + (before &+ inside) &* g.channels,
                count: (g.kernelWidth &- before &- inside) &* g.channels)
            }
          } else {
            for tapX in 0..<g.kernelWidth {
              let x = firstX &+ tapX &* g.dilationWidth
              let isInside = x >= 0 && x < g.imageWidth
              copyRun(
                isInside ? source + (y &* lineLength &+ x &* g.channels) : nil,
                to: target + tapX &* g.channels, count: g.channels)
            }
          }
          target += runLength
        }
      }
    }
  }
}

// Copies a run, or zeros for nil. Runs are a handful to some hundreds of floats: a call of memcpy for
// each would cost more than the copy.
@inline(__always)
private func copyRun(
  _ source: UnsafeMutablePointer<Float>?, to target: UnsafeMutablePointer<Float>, count: Int
) {
  var index = 0
  if let source {
    while index &+ 16 <= count {
      let lanes = UnsafeRawPointer(source + index).loadUnaligned(as: Lanes.self)
      UnsafeMutableRawPointer(target + index).storeBytes(of: lanes, as: Lanes.self)
      index &+= 16
    }
    while index < count {
      target[index] = source[index]
      index &+= 1
    }
  } else {
    while index &+ 16 <= count {
      UnsafeMutableRawPointer(target + index).storeBytes(of: Lanes.zero, as: Lanes.self)
      index &+= 16
    }
    while index < count {
      target[index] = 0
      index &+= 1
    }
  }
}

/// Sums patches back into images, adds the bias and applies the activation.
///
/// - Parameters:
///   - patches: [n × positions, patchSize]
///   - images: [n, height × width × channels], overwritten
///   - lines: the rows of pixels of each image that are written; nil for all
///   - bias: [channels], nil for none
package func scatterPatches(
  _ patches: MatrixView, _ geometry: PatchGeometry, into images: MatrixView,
  lines: Range<Int>? = nil, bias: VectorView? = nil, then activation: Activation = .identity
) {
  precondition(
    images.columns == geometry.imageSize && patches.columns == geometry.patchSize
      && patches.rows == images.rows * geometry.positions
      && (bias.map { $0.count == geometry.channels } ?? true),
    """
    scatterPatches: patches [\(patches.rows), \(patches.columns)], images \
    [\(images.rows), \(images.columns)], geometry \(geometry.positions) × \
    \(geometry.patchSize) → \(geometry.imageSize)
    """)
  precondition(
    patches.stride == geometry.patchSize,
    "scatterPatches: rows at a stride of \(patches.stride), not \(geometry.patchSize)")
  let g = geometry
  let lineLength = g.imageWidth * g.channels
  g.rowOffsets.withUnsafeBufferPointer { rowOffsets in
    g.columnOffsets.withUnsafeBufferPointer { columnOffsets in
      for image in 0..<images.rows {
        let source = patches.base + (image &* g.positions &* patches.stride)
        for y in lines ?? 0..<g.imageHeight {
          let line = images.base + (image &* images.stride &+ y &* lineLength)
          let rows = UnsafeBufferPointer(
            rebasing: rowOffsets[Int(g.rowStarts[y])..<Int(g.rowStarts[y &+ 1])])
          var first = 0
          for x in 0..<g.imageWidth {
            let last = Int(g.columnStarts[x &+ 1])
            sumRuns(
              source, rows: rows,
              columns: UnsafeBufferPointer(rebasing: columnOffsets[first..<last]),
              bias: bias?.base, to: line + x &* g.channels, channels: g.channels)
            first = last
          }
          if activation != .identity {
            let row = VectorView(base: line, count: lineLength)
            activation.apply(row, into: row)
          }
        }
      }
    }
  }
}

// target ← bias + Σ over rows and columns of source[row + column ...], `channels` floats. The usual
// counts of a stride of two (one or two of each) are written out.
@inline(__always)
private func sumRuns(
  _ source: UnsafeMutablePointer<Float>, rows: UnsafeBufferPointer<Int>,
  columns: UnsafeBufferPointer<Int>, bias: UnsafeMutablePointer<Float>?,
  to target: UnsafeMutablePointer<Float>, channels: Int
) {
  @inline(__always) func load(_ pointer: UnsafeMutablePointer<Float>, _ index: Int) -> Lanes {
    UnsafeRawPointer(pointer + index).loadUnaligned(as: Lanes.self)
  }
  @inline(__always) func start(_ channel: Int) -> Lanes {
    bias.map { load($0, channel) } ?? Lanes.zero
  }
  @inline(__always) func store(_ sum: Lanes, _ channel: Int) {
    UnsafeMutableRawPointer(target + channel).storeBytes(of: sum, as: Lanes.self)
  }
  var channel = 0
  switch (rows.count, columns.count) {
  case (1, 1):
    let p = source + (rows[0] &+ columns[0])
    while channel &+ 16 <= channels {
      store(start(channel) + load(p, channel), channel)
      channel &+= 16
    }
  case (1, 2), (2, 1):
    let p = source + (rows[0] &+ columns[0])
    let q = source + (rows[rows.count &- 1] &+ columns[columns.count &- 1])
    while channel &+ 16 <= channels {
      store(start(channel) + (load(p, channel) + load(q, channel)), channel)
      channel &+= 16
    }
  case (2, 2):
    let (p, q) = (source + (rows[0] &+ columns[0]), source + (rows[0] &+ columns[1]))
    let (r, t) = (source + (rows[1] &+ columns[0]), source + (rows[1] &+ columns[1]))
    while channel &+ 16 <= channels {
      let sum =
        (load(p, channel) + load(q, channel)) + (load(r, channel) + load(t, channel))
      store(start(channel) + sum, channel)
      channel &+= 16
    }
  default:
    while channel &+ 16 <= channels {
      var sum = start(channel)
      for row in rows {
        for column in columns { sum += load(source + (row &+ column), channel) }
      }
      store(sum, channel)
      channel &+= 16
    }
  }
  while channel < channels {
    var sum = bias?[channel] ?? 0
    for row in rows { for column in columns { sum += source[row &+ column &+ channel] } }
    target[channel] = sum
    channel &+= 1
  }
}
