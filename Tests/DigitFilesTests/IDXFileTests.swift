import DigitFiles
import FileAccess
import Foundation
import Testing

@Test func `a plain file gives its dimensions and values`() throws {
  let bytes = idx(dimensions: [2, 1, 3], values: [1, 2, 3, 4, 5, 6])
  let file = try IDXFile(bytes: bytes, rank: 3, file: "data")
  #expect(file == IDXFile(dimensions: [2, 1, 3], values: [1, 2, 3, 4, 5, 6]))
}

@Test func `a file is told to be cut wherever it is cut`() {
  let bytes = idx(dimensions: [2, 3], values: [1, 2, 3, 4, 5, 6])
  for length in 2..<bytes.count {
    let expected = length < 12 ? 12 : bytes.count
    #expect(
      fault(Array(bytes.prefix(length)), rank: 2)
        == .truncated(expectedByteCount: expected, byteCount: length))
  }
}

@Test func `bytes after the last value are refused`() {
  let bytes = idx(dimensions: [3], values: [1, 2, 3])
  #expect(fault(bytes + [0], rank: 1) == .trailingBytes(expectedByteCount: bytes.count))
}

@Test func `a file of another kind is refused by its name`() {
  let gif = Array("GIF89a".utf8)
  #expect(fault(gif, rank: 1) == .notIDX(FileFormat(of: gif)))
  #expect(fault([], rank: 1) == .notIDX(FileFormat(of: [])))
  #expect(
    DataFileError("x.gz", .notIDX(FileFormat(of: gif))).description
      == "x.gz: expected an IDX file, plain or gzipped, got a GIF picture")
}

@Test func `another element type is refused`() {
  #expect(
    fault(idx(type: 0x0d, dimensions: [1], values: [0, 0, 0, 0]), rank: 1)
      == .wrongElementType(0x0d))
}

@Test func `labels in place of images are refused`() {
  #expect(
    fault(idx(dimensions: [20], values: Array(repeating: 0, count: 20)), rank: 3)
      == .wrongDimensionCount(expected: 3, got: 1))
}

@Test(arguments: [[UInt32.max, .max, .max], [0, 28, 28], [1 << 20, 28, 28]])
func `impossible sizes are refused before memory is taken`(dimensions: [UInt32]) {
  #expect(
    fault(idx(dimensions: dimensions, values: [1]), rank: 3)
      == .unusableDimensions(dimensions.map(Int.init), valueCountLimit: 80 << 20))
}

@Test func `a gzip file that is cut is refused wherever it is cut`() throws {
  let url = URL(filePath: ShippedData.path("t10k-labels-idx1"))
  let bytes = [UInt8](try Data(contentsOf: url))
  for length in stride(from: 2, to: bytes.count, by: 61) {
    #expect(
      fault(Array(bytes.prefix(length)), rank: 1) == .damagedGzip(reason: "it stops early"))
  }
  #expect(
    fault(bytes.dropLast(), rank: 1) == .damagedGzip(reason: "it stops early"))
}

@Test func `a gzip file with a flipped bit is refused`() throws {
  let url = URL(filePath: ShippedData.path("t10k-labels-idx1"))
  let bytes = [UInt8](try Data(contentsOf: url))
  for place in [3, 40, 2_000, bytes.count - 6, bytes.count - 1] {
    var damaged = bytes
    damaged[place] ^= 0x40
    #expect(fault(damaged, rank: 1) != nil, "bit flipped in byte \(place)")
  }
}

@Test func `several gzip members in one file are read as one content`() throws {
  let content = idx(dimensions: [3], values: [1, 2, 3])
  let members = try [content[..<2], content[2..<9], content[9...], []].map { try gzip(Array($0)) }
  let file = try IDXFile(bytes: members.flatMap(\.self), rank: 1, file: "data")
  #expect(file.values == [1, 2, 3])
  let more = members.flatMap(\.self) + (try gzip([4]))
  #expect(fault(more, rank: 1) == .trailingBytes(expectedByteCount: content.count))
  let cut = members.flatMap(\.self).dropLast(3)
  #expect(fault(Array(cut), rank: 1) == .damagedGzip(reason: "it stops early"))
}

@Test func `bytes after a gzip stream are refused`() throws {
  let url = URL(filePath: ShippedData.path("t10k-labels-idx1"))
  #expect(
    fault([UInt8](try Data(contentsOf: url)) + [7], rank: 1)
      == .damagedGzip(reason: "bytes follow the compressed content"))
}

@Test func `a file above the byte limit is refused unread`() throws {
  var limits = IDXFile.Limits()
  limits.byteCount = 10
  try withFile(Array(repeating: 0, count: 11)) { path in
    #expect(throws: DataFileError(path, .unreadable(.tooLarge(byteCount: 11, limit: 10)))) {
      try IDXFile(readingFrom: path, rank: 1, limits: limits)
    }
  }
}

@Test func `a missing file is named with the system's reason`() {
  #expect(
    throws: DataFileError("/nowhere/x", .unreadable(.system(ENOENT)))
  ) {
    try IDXFile(readingFrom: "/nowhere/x", rank: 1)
  }
}

@Test func `an error names the file, what was expected and what came`() {
  let error = DataFileError("a.gz", .truncated(expectedByteCount: 10_008, byteCount: 12))
  #expect(error.description == "a.gz: expected 10008 bytes after decompression, got only 12")
}
