import CWebP
import DigitImage

/// A WebP file, lossy or lossless, by libwebp; of an animation the first frame, without the canvas
/// around it.
struct WebPPicture: StoredPicture {
  static let name = "WebP"

  let width: Int
  let height: Int
  let orientation: Orientation
  private let hasAlpha: Bool
  private let isLossless: Bool
  private let bytes: [UInt8]
  /// Where in `bytes` the frame's chunks lie.
  private let frame: Range<Int>

  /// Lossless pictures are unpacked whole, four bytes a pixel, and so may be the opacities of lossy
  /// ones; beside them are the levels, the colours of a quarter of the pixels, and the opacities.
  var bytesPerPixel: Int {
    if isLossless { return 4 + (hasAlpha ? 3 : 2) }
    return hasAlpha ? 7 : usualBytesPerPixel
  }

  static func matches(_ head: some Collection<UInt8>) -> Bool {
    head.starts(with: Array("RIFF".utf8)) && head.dropFirst(8).starts(with: Array("WEBP".utf8))
  }

  init(_ bytes: [UInt8]) throws(PictureDamage) {
    let contents = try bytes.withUnsafeBytes { bytes in
      Result { () throws(PictureDamage) in try Contents(bytes) }
    }.get()
    guard contents.features.width > 0, contents.features.height > 0 else {
      throw PictureDamage("expected a frame of at least a pixel")
    }
    width = Int(contents.features.width)
    height = Int(contents.features.height)
    hasAlpha = contents.features.has_alpha != 0
    isLossless = contents.features.format == 2
    orientation = contents.exif.map { exifOrientation(of: bytes[$0]) } ?? .upright
    frame = contents.frame
    self.bytes = bytes
  }

  func levels() throws(PictureDamage) -> [UInt8] {
    var (lights, opacities) = try planes()
    // As video has them, from 16 to 235.
    for index in lights.indices {
      lights[index] = UInt8((min(max(Int(lights[index]), 16), 235) - 16) * 255 / 219)
    }
    guard hasAlpha else { return lights }
    var pairs = [UInt8](repeating: 0, count: 2 * lights.count)
    for index in lights.indices {
      pairs[2 * index] = lights[index]
      pairs[2 * index + 1] = opacities[index]
    }
    (lights, opacities) = ([], [])
    return onGround(pairs)
  }

  /// Lights by the weights of BT.601, and opacities where there are any.
  private func planes() throws(PictureDamage) -> (lights: [UInt8], opacities: [UInt8]) {
    let count = width * height
    var lights = [UInt8](repeating: 0, count: count)
    var opacities = [UInt8](repeating: 0, count: hasAlpha ? count : 0)
    let colourCount = (width + 1) / 2 * ((height + 1) / 2)
    var colours = [UInt8](repeating: 0, count: 2 * colourCount)
    let status = lights.withUnsafeMutableBufferPointer { lights in
      opacities.withUnsafeMutableBufferPointer { opacities in
        colours.withUnsafeMutableBufferPointer { colours in
          var buffer = WebPYUVABuffer()
          (buffer.y, buffer.y_size, buffer.y_stride) = (lights.baseAddress, count, Int32(width))
          let half = Int32((width + 1) / 2)
          (buffer.u, buffer.u_size, buffer.u_stride) = (colours.baseAddress, colourCount, half)
          buffer.v = colours.baseAddress.map { $0 + colourCount }
          (buffer.v_size, buffer.v_stride) = (colourCount, half)
          if hasAlpha {
            (buffer.a, buffer.a_size, buffer.a_stride) = (
              opacities.baseAddress, count, Int32(width)
            )
          }
          return decode(into: buffer)
        }
      }
    }
    guard status == VP8_STATUS_OK else { throw PictureDamage(reason(status)) }
    return (lights, opacities)
  }

  private func decode(into buffer: WebPYUVABuffer) -> VP8StatusCode {
    var config = WebPDecoderConfig()
    guard WebPInitDecoderConfig(&config) != 0 else { return VP8_STATUS_INVALID_PARAM }
    config.output.colorspace = hasAlpha ? MODE_YUVA : MODE_YUV
    config.output.is_external_memory = 1
    config.output.u.YUVA = buffer
    return bytes.withUnsafeBufferPointer { bytes in
      let frame = UnsafeBufferPointer(rebasing: bytes[frame])
      return WebPDecode(frame.baseAddress, frame.count, &config)
    }
  }
}

/// Where in a file lies what is read of it.
private struct Contents {
  var features = WebPBitstreamFeatures()
  let frame: Range<Int>
  /// Nil where there is none.
  let exif: Range<Int>?

  init(_ bytes: UnsafeRawBufferPointer) throws(PictureDamage) {
    var data = WebPData(
      bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), size: bytes.count)
    guard let chunks = WebPDemux(&data) else {
      throw PictureDamage("its chunks are cut short or out of order")
    }
    defer { WebPDemuxDelete(chunks) }
    let range = { (part: WebPData) -> Range<Int>? in
      guard let first = part.bytes, let base = data.bytes else { return nil }
      return (first - base)..<(first - base + part.size)
    }
    var iterator = WebPIterator()
    defer { WebPDemuxReleaseIterator(&iterator) }
    guard WebPDemuxGetFrame(chunks, 1, &iterator) != 0, let frame = range(iterator.fragment) else {
      throw PictureDamage("expected a frame, got none")
    }
    self.frame = frame
    var chunk = WebPChunkIterator()
    defer { WebPDemuxReleaseChunkIterator(&chunk) }
    exif = WebPDemuxGetChunk(chunks, "EXIF", 1, &chunk) != 0 ? range(chunk.chunk) : nil
    let status = WebPGetFeatures(iterator.fragment.bytes, iterator.fragment.size, &features)
    guard status == VP8_STATUS_OK else { throw PictureDamage(reason(status)) }
  }
}

private func reason(_ status: VP8StatusCode) -> String {
  switch status {
  case VP8_STATUS_NOT_ENOUGH_DATA, VP8_STATUS_SUSPENDED: PictureDamage.cutShort.reason
  case VP8_STATUS_OUT_OF_MEMORY: "out of memory"
  case VP8_STATUS_UNSUPPORTED_FEATURE: "it has a feature that libwebp does not read"
  default: "its data contradicts itself"
  }
}
