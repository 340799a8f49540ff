/// The segments of a JPEG file up to its first scan's, as far as they are whole (ITU-T T.81, B.1).
///
///     FF D8 │ FF marker │ length u16 BE │ content │ FF marker …
struct JPEGSegments: Sequence, IteratorProtocol {
  private let jpeg: [UInt8]
  private var offset = 2

  init(_ jpeg: [UInt8]) { self.jpeg = jpeg }

  static let startOfScan: UInt8 = 0xda

  mutating func next() -> (marker: UInt8, content: ArraySlice<UInt8>)? {
    guard offset + 4 <= jpeg.count, jpeg[offset] == 0xff else { return nil }
    let marker = jpeg[offset + 1]
    let length = Int(jpeg[offset + 2]) << 8 | Int(jpeg[offset + 3])
    let end = offset + 2 + length
    guard length >= 2, end <= jpeg.count else { return nil }
    let content = jpeg[(offset + 4)..<end]
    offset = marker == Self.startOfScan ? jpeg.count : end
    return (marker, content)
  }
}

/// Whether a JPEG file has all components in one scan, so that a decoder needs to hold no more than
/// a few rows: it is sequential, and its first scan names as many components as its frame.
func isInterleaved(_ jpeg: [UInt8]) -> Bool {
  // Huffman and arithmetic coding: SOF0, SOF1 and SOF9; SOF2 and SOF10 are progressive.
  let sequentialFrames: Set<UInt8> = [0xc0, 0xc1, 0xc9]
  var frameComponents: UInt8?
  for segment in JPEGSegments(jpeg) {
    if sequentialFrames.contains(segment.marker) {
      // Precision, height, width, then the number.
      frameComponents = segment.content.dropFirst(5).first
    } else if segment.marker == JPEGSegments.startOfScan {
      return frameComponents != nil && segment.content.first == frameComponents
    }
  }
  return false
}
