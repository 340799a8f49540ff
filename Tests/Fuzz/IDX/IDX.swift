import DigitFiles

/// An IDX file of labels or of images, plain or gzipped: refused, or read to the last value.
func readIDX(_ bytes: UnsafeRawBufferPointer) {
  var limits = IDXFile.Limits()
  // More says nothing more, and only takes time.
  limits.valueCount = 1 << 16
  for rank in [1, 3] {
    let file = try? IDXFile(bytes: Array(bytes), rank: rank, file: "fuzz", limits: limits)
    guard let file else { continue }
    precondition(file.dimensions.count == rank)
    precondition(file.values.count == file.dimensions.reduce(1, *))
    precondition(file.values.count <= limits.valueCount)
  }
}
