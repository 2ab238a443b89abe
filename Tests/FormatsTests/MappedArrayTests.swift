import Foundation
import Testing

@testable import Formats

@Suite struct MappedArrayTests {
  @Test(arguments: [
    "u1", "i1", "u2_big", "u2_little", "i2_big", "i2_little", "u4_big", "u4_little", "i4_big",
    "i4_little", "u8_big", "u8_little", "i8_big", "i8_little", "f4_big", "f4_little", "f8_big",
    "f8_little",
  ])
  func elementsOfAnNPYFileAreThoseThatReadingGives(name: String) throws {
    let path = try fixture("numpy_\(name).npy")
    let whole = try NPY.read(path)
    let mapped = try #require(try NPY.map(try MappedFile(path)))
    #expect(mapped.shape == whole.shape && mapped.elementType == whole.elementType)
    #expect(mapped.count == whole.count)
    let (ours, theirs) = (mapped.floats(in: 0..<mapped.count), whole.floats())
    #expect(ours.map(\.bitPattern) == theirs.map(\.bitPattern))
    for start in 0..<whole.count {
      #expect(mapped.floats(in: start..<start + 1)[0].bitPattern == theirs[start].bitPattern)
    }
  }

  @Test(arguments: ["uint8", "int8", "int16", "int32", "float32", "float64"])
  func elementsOfAnIDXFileAreThoseThatReadingGives(name: String) throws {
    let path = try fixture("idx_\(name)")
    let whole = try IDX.read(path)
    let mapped = try IDX.map(try MappedFile(path))
    #expect(mapped.shape == whole.shape && mapped.elementType == whole.elementType)
    #expect(
      mapped.floats(in: 0..<mapped.count).map(\.bitPattern) == whole.floats().map(\.bitPattern))
  }

  @Test func arraysThatMustBeRearrangedAreNotMapped() throws {
    for name in ["fortran_f4", "b1", "f2_little"] {
      #expect(try NPY.map(try MappedFile(try fixture("numpy_\(name).npy"))) == nil)
    }
  }

  @Test func filesThatLieAreRefusedAsReadingDoes() throws {
    try withTemporaryFolder { folder in
      let npy = try fixtureBytes("numpy_f4_little.npy")
      let idx = try fixtureBytes("idx_int16")
      let damaged = [
        Array(npy.dropLast()), npy + [0], Array(npy.prefix(40)), Array(idx.dropLast()), idx + [0],
        Array(idx.prefix(7)),
      ]
      for bytes in damaged {
        let path = "\(folder)/x"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let isNPY = bytes.first == 0x93
        #expect(throws: FormatError.self) {
          if isNPY { _ = try NPY.read(path) } else { _ = try IDX.read(path) }
        }
        #expect(throws: FormatError.self) {
          let file = try MappedFile(path)
          if isNPY { _ = try NPY.map(file) } else { _ = try IDX.map(file) }
        }
      }
      let empty = "\(folder)/empty"
      try Data().write(to: URL(fileURLWithPath: empty))
      #expect(
        sentence { () throws(FormatError) in try MappedFile(empty) }
          == "\(empty): the file is empty")
      #expect(throws: FormatError.self) { try MappedFile("\(folder)/none") }
      #expect(throws: FormatError.self) { try MappedFile(folder) }
      #expect(throws: FormatError.self) { try MappedFile("/dev/zero") }
    }
  }

  @Test func aFileThatChangesIsNoticed() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x"
      func fresh() throws -> MappedFile {
        try Data(repeating: 1, count: 10_000).write(to: URL(fileURLWithPath: path))
        return try MappedFile(path)
      }
      let shrunk = try fresh()
      #expect(shrunk.isIntact)
      #expect(truncate(path, 5_000) == 0)
      #expect(!shrunk.isIntact)

      let touched = try fresh()
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1e9)], ofItemAtPath: path)
      #expect(!touched.isIntact)

      // Removing or replacing a file leaves the mapping with the old one.
      let removed = try fresh()
      try FileManager.default.removeItem(atPath: path)
      #expect(removed.isIntact && removed.prefix(3) == [1, 1, 1])
      for access: MappedFile.Access in [.sequential, .scattered, .repeated] {
        removed.expect(access)
      }
      #expect(removed.isIntact)
    }
  }

  /// What lies beyond a file's new end is NaN, and the file says so from then on, even if it grows back.
  @Test(arguments: ["u1", "u2_big", "i4_little", "f4_little", "f4_big", "f8_big", "i8_little"])
  func elementsThatAreGoneAreNoNumbers(name: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.npy"
      let bytes = try fixtureBytes("numpy_\(name).npy")
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let file = try MappedFile(path)
      let array = try #require(try NPY.map(file))
      let whole = array.floats(in: 0..<array.count)
      let descriptor = open(path, O_RDWR)
      defer { close(descriptor) }
      #expect(ftruncate(descriptor, off_t(bytes.count - 1)) == 0)
      let last = array.count - 1
      #expect(array.floats(in: last..<last + 1)[0].isNaN)
      let areAllMissing = array.floats(in: 0..<array.count).allSatisfy { $0.isNaN }
      #expect(areAllMissing)
      #expect(array.floats(in: 0..<last).map(\.bitPattern) == whole.dropLast().map(\.bitPattern))
      #expect(ftruncate(descriptor, off_t(bytes.count)) == 0)
      #expect(!file.isIntact)
    }
  }

  /// Elements are converted in the place where they are read, at any length.
  @Test(arguments: [ElementType.uint8, .int16, .float32, .float64, .int64])
  func anyNumberOfElementsIsConvertedInPlace(type: ElementType) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.npy"
      let values = (0..<300).map { Double($0 % 97) }
      let array =
        switch type {
        case .uint8: NumericArray(values.map { UInt8($0) }, shape: [300])
        case .int16:
          NumericArray(
            elementType: .int16, shape: [300], bytes: values.flatMap { [UInt8($0), 0] })
        case .float32: NumericArray(values.map { Float($0) }, shape: [300])
        case .int64: NumericArray(values.map { Int64($0) }, shape: [300])
        default: NumericArray(values, shape: [300])
        }
      try NPY.write(array, to: path)
      let mapped = try #require(try NPY.map(try MappedFile(path)))
      for count in 0...130 {
        for start in [0, 1, 37, 300 - count] {
          #expect(
            mapped.floats(in: start..<start + count)
              == values[start..<start + count].map { Float($0) })
        }
      }
    }
  }

  @Test func aScratchFileHasNoNameAndKeepsItsBytes() throws {
    try withTemporaryFolder { folder in
      var scratch: ScratchFile? = try ScratchFile(in: folder)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
      try scratch?.append([1, 2, 3])
      try scratch?.append([])
      try scratch?.append([4, 5, 6])
      let file = try #require(try scratch?.map())
      scratch = nil
      #expect(file.prefix(100) == [1, 2, 3, 4, 5, 6] && file.isIntact)
      let array = MappedArray(bytes: file, shape: [3, 2])
      #expect(array.floats(in: 1..<5) == [2, 3, 4, 5])
      #expect(throws: FormatError.self) { try ScratchFile(in: "\(folder)/none") }
      #expect(throws: FormatError.self) { try ScratchFile(in: folder).map() }
    }
  }
}
