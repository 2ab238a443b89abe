// Pixels to forms and products, and back; see WinogradTiles.swift. Sixteen channels at a time, each tile
// read and written once.

import CVector

@inline(__always)
private func load(_ pointer: UnsafeMutablePointer<Float>, _ index: Int) -> Lanes {
  UnsafeRawPointer(pointer + index).loadUnaligned(as: Lanes.self)
}

@inline(__always)
private func store(_ value: Lanes, _ pointer: UnsafeMutablePointer<Float>, _ index: Int) {
  UnsafeMutableRawPointer(pointer + index).storeBytes(of: value, as: Lanes.self)
}

// The forms (b, other, a − b, c − b) along one axis. Without padding the tile's other pixel is c, with one
// row of padding a.
@inline(__always)
private func axisForms(
  _ a: Lanes, _ b: Lanes, _ c: Lanes, _ isPadded: Bool
) -> (Lanes, Lanes, Lanes, Lanes) {
  (b, isPadded ? a : c, a - b, c - b)
}

extension WinogradTiles {
  /// Fills the forms of some coarse images.
  ///
  /// - Parameters:
  ///   - images: [n, coarse pixels × coarse channels]
  ///   - forms: 16 matrices [n × tiles, coarse channels], `formCount` floats, overwritten
  ///   - zeros: [coarse channels] at least, all zero: the pixels outside
  package func makeForms(_ images: MatrixView, into forms: VectorView, zeros: VectorView) {
    let channels = coarseChannels
    let line = 2 &* columns &* channels
    let step = formStep(tiles: images.rows &* count)
    precondition(
      images.columns == 4 * count * channels && forms.count >= 16 * step
        && zeros.count >= channels,
      "WinogradTiles.makeForms: images [\(images.rows), \(images.columns)]")
    let (isTopPadded, isLeftPadded) = (top == 1, left == 1)
    var target = forms.base
    for image in 0..<images.rows {
      let source = images.base + image &* images.stride
      for tileY in 0..<rows {
        // a, b, c lie in the rows 2·tileY + top − 1, …, + 1.
        let y = 2 &* tileY &+ top
        let rowA = y > 0 ? source + (y &- 1) &* line : nil
        let rowB = source + y &* line
        let rowC = y &+ 1 < 2 &* rows ? source + (y &+ 1) &* line : nil
        for tileX in 0..<columns {
          let x = 2 &* tileX &+ left
          let (hasA, hasC) = (x > 0, x &+ 1 < 2 &* columns)
          let (atA, atB, atC) = ((x &- 1) &* channels, x &* channels, (x &+ 1) &* channels)
          @inline(__always) func pixel(
            _ row: UnsafeMutablePointer<Float>?, _ offset: Int, _ isInside: Bool
          ) -> UnsafeMutablePointer<Float> {
            guard let row, isInside else { return zeros.base }
            return row + offset
          }
          let (aa, ba, ca) = (
            pixel(rowA, atA, hasA), pixel(rowB, atA, hasA), pixel(rowC, atA, hasA)
          )
          let (ab, bb, cb) = (pixel(rowA, atB, true), rowB + atB, pixel(rowC, atB, true))
          let (ac, bc, cc) = (
            pixel(rowA, atC, hasC), pixel(rowB, atC, hasC), pixel(rowC, atC, hasC)
          )
          var channel = 0
          while channel < channels {
            // The two new rows of the next row of tiles, or of the next image.
            vector_prefetch(bb + (2 &* line &+ channel))
            vector_prefetch(bc + (2 &* line &+ channel))
            vector_prefetch(rowB + (3 &* line &+ atB &+ channel))
            vector_prefetch(rowB + (3 &* line &+ atC &+ channel))
            let p = axisForms(load(aa, channel), load(ba, channel), load(ca, channel), isTopPadded)
            let q = axisForms(load(ab, channel), load(bb, channel), load(cb, channel), isTopPadded)
            let r = axisForms(load(ac, channel), load(bc, channel), load(cc, channel), isTopPadded)
            @inline(__always) func write(_ first: Int, _ a: Lanes, _ b: Lanes, _ c: Lanes) {
              let f = axisForms(a, b, c, isLeftPadded)
              store(f.0, target, first &* step &+ channel)
              store(f.1, target, (first &+ 1) &* step &+ channel)
              store(f.2, target, (first &+ 2) &* step &+ channel)
              store(f.3, target, (first &+ 3) &* step &+ channel)
            }
            write(0, p.0, q.0, r.0)
            write(4, p.1, q.1, r.1)
            write(8, p.2, q.2, r.2)
            write(12, p.3, q.3, r.3)
            channel &+= 16
          }
          target += channels
        }
      }
    }
  }

  /// The adjoint of `makeForms`, plus a bias: forms → coarse images.
  ///
  /// - Parameters:
  ///   - forms: 16 matrices [n × tiles, coarse channels], `formCount` floats
  ///   - images: [n, coarse pixels × coarse channels], overwritten by f(sum + bias)
  ///   - bias: [coarse channels]; `zeros` for none
  ///   - zeros: [coarse channels] at least, all zero
  package func sumForms(
    _ forms: VectorView, into images: MatrixView, bias: VectorView, then activation: Activation,
    zeros: VectorView
  ) {
    let channels = coarseChannels
    let line = 2 &* columns &* channels
    let step = formStep(tiles: images.rows &* count)
    precondition(
      images.columns == 4 * count * channels && forms.count >= 16 * step
        && zeros.count >= channels && bias.count >= channels,
      "WinogradTiles.sumForms: images [\(images.rows), \(images.columns)]")
    let slope = activation.slopeBelowZero ?? 1
    // A tile's other pixel takes what it was to its neighbour: there the pixel was a, or with padding c.
    let (nearY, farY) = top == 0 ? (12, 8) : (8, 12)
    let (nearX, farX) = left == 0 ? (3, 2) : (2, 3)
    let (mainRow, otherRow) = top == 0 ? (0, line) : (line, 0)
    let (mainColumn, otherColumn) = left == 0 ? (0, channels) : (channels, 0)
    for image in 0..<images.rows {
      for tileY in 0..<rows {
        let target = images.base + (image &* images.stride &+ 2 &* tileY &* line)
        let neighbourY = top == 0 ? tileY &+ 1 : tileY &- 1
        for tileX in 0..<columns {
          let tile = ((image &* rows &+ tileY) &* columns &+ tileX) &* channels
          let neighbourX = left == 0 ? tileX &+ 1 : tileX &- 1
          let hasX = neighbourX >= 0 && neighbourX < columns
          let hasY = neighbourY >= 0 && neighbourY < rows
          let own = forms.base + tile
          let alongX = left == 0 ? own + channels : own - channels
          let alongY = top == 0 ? own + columns &* channels : own - columns &* channels
          let diagonal = left == 0 ? alongY + channels : alongY - channels
          let pixels = target + 2 &* tileX &* channels
          // Where the far form of the neighbour along x lies for each vertical form.
          @inline(__always) func far(_ y: Int) -> UnsafeMutablePointer<Float> {
            hasX ? alongX + (y &+ farX) &* step : zeros.base
          }
          let (far0, far4, far8, far12) = (far(0), far(4), far(8), far(12))
          let below = hasY ? alongY + farY &* step : zeros.base
          let belowStep = hasY ? step : 0
          let belowFar = hasX && hasY ? diagonal + (farY &+ farX) &* step : zeros.base
          var channel = 0
          while channel < channels {
            @inline(__always) func alongRow(
              _ forms: UnsafeMutablePointer<Float>, _ step: Int,
              _ far: UnsafeMutablePointer<Float>
            ) -> (main: Lanes, other: Lanes) {
              let (b, o) = (load(forms, channel), load(forms, step &+ channel))
              let l = load(forms, 2 &* step &+ channel)
              let r = load(forms, 3 &* step &+ channel)
              let near = nearX == 3 ? r : l
              return (b - l - r, o + near + load(far, channel))
            }
            let b = alongRow(own, step, far0)
            let o = alongRow(own + 4 &* step, step, far4)
            let l = alongRow(own + 8 &* step, step, far8)
            let r = alongRow(own + 12 &* step, step, far12)
            let f = alongRow(below, belowStep, belowFar)
            let near = nearY == 12 ? r : l
            let shift = load(bias.base, channel)
            @inline(__always) func write(_ sum: Lanes, _ row: Int, _ column: Int) {
              let value = sum + shift
              store(
                value.replacing(with: value * slope, where: value .< 0), pixels,
                row &+ column &+ channel)
            }
            write(b.main - l.main - r.main, mainRow, mainColumn)
            write(b.other - l.other - r.other, mainRow, otherColumn)
            write(o.main + near.main + f.main, otherRow, mainColumn)
            write(o.other + near.other + f.other, otherRow, otherColumn)
            channel &+= 16
          }
        }
        finish(activation, target, count: 2 &* line)
      }
    }
  }

  /// Sums products into fine images, adds the bias and applies the activation.
  ///
  /// - Parameters:
  ///   - products: [n × tiles, width × fine channels] for each form, `productCount` floats
  ///   - images: [n, fine pixels × fine channels], overwritten by f(sum + bias)
  ///   - bias: [fine channels]; zeros for none
  package func sumProducts(
    _ products: VectorView, into images: MatrixView, bias: VectorView, then activation: Activation
  ) {
    let channels = fineChannels
    let line = 4 &* columns &* channels
    let tiles = images.rows &* count
    precondition(
      images.columns == 16 * count * channels && products.count >= productCount(tiles: tiles)
        && bias.count >= channels,
      "WinogradTiles.sumProducts: images [\(images.rows), \(images.columns)]")
    let slope = activation.slopeBelowZero ?? 1
    let (row0, row1, row2, row3) = fineOffsets(first: top, step: line)
    let (column0, column1, column2, column3) = fineOffsets(first: left, step: channels)
    withPlaces(tiles: tiles) { starts, strides in
      for image in 0..<images.rows {
        for tileY in 0..<rows {
          let target = images.base + (image &* images.stride &+ 4 &* tileY &* line)
          for tileX in 0..<columns {
            let tile = (image &* rows &+ tileY) &* columns &+ tileX
            let pixels = target + 4 &* tileX &* channels
            var channel = 0
            while channel < channels {
              @inline(__always) func product(_ y: Int, _ x: Int) -> Lanes {
                let index = 5 &* y &+ x
                return load(products.base, starts[index] &+ tile &* strides[index] &+ channel)
              }
              // Down each column of products: pair, single, pair, other.
              @inline(__always) func down(_ x: Int) -> (Lanes, Lanes, Lanes, Lanes) {
                let middle = product(1, x)
                return (
                  product(3, x) + middle, product(0, x), middle + product(4, x), product(2, x)
                )
              }
              let (s, m, o, l, r) = (down(0), down(1), down(2), down(3), down(4))
              let shift = load(bias.base, channel)
              @inline(__always) func write(_ sum: Lanes, _ offset: Int) {
                let value = sum + shift
                store(
                  value.replacing(with: value * slope, where: value .< 0), pixels,
                  offset &+ channel)
              }
              @inline(__always) func along(
                _ row: Int, _ s: Lanes, _ m: Lanes, _ o: Lanes, _ l: Lanes, _ r: Lanes
              ) {
                write(l + m, row &+ column0)
                write(s, row &+ column1)
                write(m + r, row &+ column2)
                write(o, row &+ column3)
              }
              along(row0, s.0, m.0, o.0, l.0, r.0)
              along(row1, s.1, m.1, o.1, l.1, r.1)
              along(row2, s.2, m.2, o.2, l.2, r.2)
              along(row3, s.3, m.3, o.3, l.3, r.3)
              channel &+= 16
            }
          }
          finish(activation, target, count: 4 &* line)
        }
      }
    }
  }

  /// The adjoint of `sumProducts`: fine images → products.
  ///
  /// - Parameters:
  ///   - images: [n, fine pixels × fine channels]
  ///   - products: [n × tiles, width × fine channels] for each form, `productCount` floats, overwritten
  package func makeProducts(_ images: MatrixView, into products: VectorView) {
    let channels = fineChannels
    let line = 4 &* columns &* channels
    let tiles = images.rows &* count
    precondition(
      images.columns == 16 * count * channels && products.count >= productCount(tiles: tiles),
      "WinogradTiles.makeProducts: images [\(images.rows), \(images.columns)]")
    let (row0, row1, row2, row3) = fineOffsets(first: top, step: line)
    let (column0, column1, column2, column3) = fineOffsets(first: left, step: channels)
    withPlaces(tiles: tiles) { starts, strides in
      for image in 0..<images.rows {
        for tileY in 0..<rows {
          let source = images.base + (image &* images.stride &+ 4 &* tileY &* line)
          for tileX in 0..<columns {
            let tile = (image &* rows &+ tileY) &* columns &+ tileX
            let pixels = source + 4 &* tileX &* channels
            var channel = 0
            while channel < channels {
              // Along each row of pixels: single, middle, other, left, right.
              @inline(__always) func along(_ row: Int) -> (Lanes, Lanes, Lanes, Lanes, Lanes) {
                let u = load(pixels, row &+ column0 &+ channel)
                let v = load(pixels, row &+ column2 &+ channel)
                return (
                  load(pixels, row &+ column1 &+ channel), u + v,
                  load(pixels, row &+ column3 &+ channel), u, v
                )
              }
              let (u, s, v, o) = (along(row0), along(row1), along(row2), along(row3))
              @inline(__always) func write(_ value: Lanes, _ y: Int, _ x: Int) {
                let index = 5 &* y &+ x
                store(value, products.base, starts[index] &+ tile &* strides[index] &+ channel)
              }
              @inline(__always) func down(
                _ x: Int, _ u: Lanes, _ s: Lanes, _ v: Lanes, _ o: Lanes
              ) {
                write(s, 0, x)
                write(u + v, 1, x)
                write(o, 2, x)
                write(u, 3, x)
                write(v, 4, x)
              }
              down(0, u.0, s.0, v.0, o.0)
              down(1, u.1, s.1, v.1, o.1)
              down(2, u.2, s.2, v.2, o.2)
              down(3, u.3, s.3, v.3, o.3)
              down(4, u.4, s.4, v.4, o.4)
              channel &+= 16
            }
          }
        }
      }
    }
  }

  // Pair, single, pair, other: where the fine pixels of a tile begin along an axis, from the first pair's on.
  private func fineOffsets(first: Int, step: Int) -> (Int, Int, Int, Int) {
    (first * step, ((first + 1) & 3) * step, ((first + 2) & 3) * step, ((first + 3) & 3) * step)
  }

  // Activations that are no multiple below zero run over the rows just written.
  @inline(__always)
  private func finish(
    _ activation: Activation, _ pixels: UnsafeMutablePointer<Float>, count: Int
  ) {
    if activation.slopeBelowZero == nil {
      let row = VectorView(base: pixels, count: count)
      activation.apply(row, into: row)
    }
  }

  // Where product 5y + x of tile t begins: starts + t·strides.
  @inline(__always)
  private func withPlaces(
    tiles: Int, _ body: (UnsafePointer<Int>, UnsafePointer<Int>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 50) { table in
      for index in 0..<25 {
        let place = places[index]
        table[index] =
          productStart(place.form, first: place.first, tiles: tiles)
          &+ place.inner &* fineChannels
        table[25 &+ index] = place.width &* fineChannels
      }
      let start = UnsafePointer(table.baseAddress!)
      body(start, start + 25)
    }
  }
}
