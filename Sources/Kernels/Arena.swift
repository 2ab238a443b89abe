// Memory: one aligned block a purpose, and views that say the shape.
//
// The engine sees its parameters, gradients and moments as flat vectors and everything else as
// matrices that are windows on a planned block. Views are two or five words, are copied freely and
// own nothing; whoever compiled the plan keeps the arena alive for as long as the views are used.

/// A zero-filled block of floats, aligned to a cache line, freed with its owner.
///
/// Identity matters here (views point into the block), so it is a class.
///
/// `@unchecked Sendable`: the arena hands out memory and has no state of its own; writers of the same
/// elements are kept apart by the worker pool's partition, as with any shared array of floats.
package final class Arena: @unchecked Sendable {
  /// The number of floats.
  package let count: Int
  @usableFromInline let base: UnsafeMutablePointer<Float>

  /// The alignment in bytes: one cache line, one 512-bit register.
  package static let alignment = 64

  /// Allocates `count` floats, all zero.
  package init(count: Int) {
    precondition(count >= 0, "Arena: a count of \(count) is negative")
    self.count = count
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let isLarge = bytes >= Memory.hugePage
    let block = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? Memory.hugePage : Arena.alignment)
    if isLarge { Memory.adviseHugePages(block, bytes: bytes) }
    base = block.bindMemory(to: Float.self, capacity: max(count, 1))
    base.initialize(repeating: 0, count: max(count, 1))
  }

  deinit { base.deallocate() }

  /// The whole block.
  package var vector: VectorView { VectorView(base: base, count: count) }

  /// `count` elements from `offset` on.
  package func vector(at offset: Int, count: Int) -> VectorView {
    vector.slice(offset, count: count)
  }

  /// `count` rounded up to whole cache lines, so that what follows is aligned too.
  package static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}

/// A window on `count` consecutive floats that somebody else owns.
///
/// `@unchecked Sendable`: see `Arena`.
@usableFromInline
package struct VectorView: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Float>
  /// The number of elements.
  @usableFromInline package let count: Int

  @inlinable
  init(base: UnsafeMutablePointer<Float>, count: Int) {
    self.base = base
    self.count = count
  }

  /// The elements `offset ..< offset + count`.
  @inlinable
  package func slice(_ offset: Int, count: Int) -> VectorView {
    precondition(
      offset >= 0 && count >= 0 && offset + count <= self.count,
      "VectorView.slice: \(offset)+\(count) leaves a vector of \(self.count)")
    return VectorView(base: base + offset, count: count)
  }

  /// The part of the vector that falls to one of `parts` workers, in whole cache lines.
  @inlinable
  package func part(_ index: Int, of parts: Int) -> VectorView {
    let range = partition(count, into: parts, index: index, multiple: 16)
    return VectorView(base: base + range.lowerBound, count: range.count)
  }

  /// One element; for set-up, tests and short vectors, not for hot loops.
  @inlinable
  package subscript(index: Int) -> Float {
    get {
      precondition(index >= 0 && index < count, "VectorView: index \(index) of \(count)")
      return base[index]
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "VectorView: index \(index) of \(count)")
      base[index] = newValue
    }
  }

  /// The same elements as a matrix, row after row.
  @inlinable
  package func matrix(rows: Int, columns: Int) -> MatrixView {
    precondition(
      rows >= 0 && columns >= 0 && rows * columns <= count,
      "VectorView.matrix: \(rows)×\(columns) does not fit \(count) elements")
    return MatrixView(base: base, rows: rows, columns: columns, stride: columns)
  }

  /// A copy of the elements.
  package var array: [Float] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Adds a copy of the elements to the end of an array.
  package func append(to values: inout [Float]) {
    values.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
  }

  /// Overwrites the elements; the counts must agree.
  package func assign(_ values: [Float]) {
    precondition(
      values.count == count, "VectorView.assign: \(values.count) values for \(count) elements")
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { base.update(from: start, count: count) }
    }
  }

  /// Overwrites the elements with a part of an array; the counts must agree.
  package func copy(_ values: ArraySlice<Float>) {
    precondition(
      values.count == count, "VectorView.copy: \(values.count) values for \(count) elements")
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { base.update(from: start, count: count) }
    }
  }

  /// Overwrites the elements with another vector's.
  package func copy(from other: VectorView) {
    precondition(other.count == count, "VectorView.copy: \(other.count) elements into \(count)")
    base.update(from: other.base, count: count)
  }

  /// Sets every element.
  package func fill(_ value: Float) { base.update(repeating: value, count: count) }

  /// Lends the elements as raw bytes, for a file write or a hash.
  package func withBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Float>.stride))
  }
}

/// A window on a row-major matrix; rows may lie further apart than they are long.
///
/// `@unchecked Sendable`: see `Arena`.
@usableFromInline
package struct MatrixView: @unchecked Sendable {
  @usableFromInline let base: UnsafeMutablePointer<Float>
  /// The number of rows, one an example or a pixel.
  @usableFromInline package let rows: Int
  /// The number of columns.
  @usableFromInline package let columns: Int
  /// The distance from row to row, in elements.
  @usableFromInline package let stride: Int

  @inlinable
  init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int) {
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride
  }

  /// The number of elements.
  @inlinable package var count: Int { rows * columns }

  /// The first `count` rows from `first` on.
  @inlinable
  package func rows(_ first: Int, count: Int) -> MatrixView {
    precondition(
      first >= 0 && count >= 0 && first + count <= rows,
      "MatrixView.rows: \(first)+\(count) leaves \(rows) rows")
    return MatrixView(base: base + first * stride, rows: count, columns: columns, stride: stride)
  }

  /// A range of rows.
  @inlinable
  package func rows(_ range: Range<Int>) -> MatrixView {
    rows(range.lowerBound, count: range.count)
  }

  /// A range of columns, the stride kept.
  @inlinable
  package func columns(_ range: Range<Int>) -> MatrixView {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= columns,
      "MatrixView.columns: \(range) leaves \(columns) columns")
    return MatrixView(
      base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
  }

  /// One row.
  @inlinable
  package func row(_ index: Int) -> VectorView {
    precondition(index >= 0 && index < rows, "MatrixView.row: \(index) of \(rows)")
    return VectorView(base: base + index * stride, count: columns)
  }

  /// The elements as one vector; the rows must lie side by side.
  @inlinable
  package var vector: VectorView {
    precondition(
      stride == columns || rows <= 1,
      "MatrixView.vector: rows of \(columns) at a stride of \(stride) are not contiguous")
    return VectorView(base: base, count: rows * columns)
  }

  /// The same contiguous elements in another shape.
  @inlinable
  package func reshaped(rows newRows: Int, columns newColumns: Int) -> MatrixView {
    precondition(
      newRows * newColumns == count && (stride == columns || rows <= 1),
      "MatrixView.reshaped: \(rows)×\(columns) (stride \(stride)) to \(newRows)×\(newColumns)")
    return MatrixView(base: base, rows: newRows, columns: newColumns, stride: newColumns)
  }

  /// One element; for set-up and tests, not for hot loops.
  @inlinable
  package subscript(row: Int, column: Int) -> Float {
    get { self.row(row)[column] }
    nonmutating set { self.row(row)[column] = newValue }
  }
}

/// The range of `0 ..< count` that falls to part `index` of `parts`: contiguous, in order, of equal
/// size but for rounding to whole multiples of `multiple`.
@inlinable
package func partition(_ count: Int, into parts: Int, index: Int, multiple: Int = 1) -> Range<Int> {
  let units = (count + multiple - 1) / multiple
  let lower = min(units * index / parts * multiple, count)
  let upper = min(units * (index + 1) / parts * multiple, count)
  return lower..<upper
}
