import CTurboJPEG
import DigitImage

/// Reads a JPEG file, baseline or progressive, as it is stored.
func decodeJPEG(
  _ bytes: [UInt8], file: String, check: SizeCheck
) throws(DataFileError) -> GrayImage {
  guard let decoder = tjInitDecompress() else {
    throw DataFileError(file, .damagedPicture(format: "JPEG", reason: "out of memory"))
  }
  defer { tjDestroy(decoder) }
  var (width, height, subsampling, colours): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
  let status = tjDecompressHeader3(
    decoder, bytes, UInt(bytes.count), &width, &height, &subsampling, &colours)
  guard status == 0, width > 0, height > 0 else { throw damaged(decoder, file) }
  let isPrinted = colours == Int32(TJCS_CMYK.rawValue) || colours == Int32(TJCS_YCCK.rawValue)
  let coefficients =
    isInterleaved(bytes) ? 0 : coefficientBytesPerPixel(subsampling, isPrinted: isPrinted)
  try check(Int(width), Int(height), (isPrinted ? 5 : usualBytesPerPixel) + coefficients)
  let format = isPrinted ? TJPF_CMYK : TJPF_GRAY
  let count = Int(width) * Int(height) * (isPrinted ? 4 : 1)
  var pixels = [UInt8](repeating: 0, count: count)
  let result = tjDecompress2(
    decoder, bytes, UInt(bytes.count), &pixels, width, 0, height, format.rawValue,
    TJFLAG_LIMITSCANS)
  guard result == 0 || isHarmless(decoder) else { throw damaged(decoder, file) }
  return GrayImage(
    width: Int(width), height: Int(height), pixels: isPrinted ? greyOfInks(pixels) : pixels)
}

/// What the decoder holds of a picture that comes in several scans: two bytes for each coefficient
/// of each component, of which the colours may have fewer than pixels.
private func coefficientBytesPerPixel(_ subsampling: Int32, isPrinted: Bool) -> Int {
  let colours =
    switch TJSAMP(UInt32(bitPattern: subsampling)) {
    case TJSAMP_GRAY: 2
    case TJSAMP_420, TJSAMP_411: 3
    case TJSAMP_422, TJSAMP_440: 4
    default: 6
    }
  return colours + (isPrinted ? 2 : 0)
}

/// Cameras leave bytes between markers, which costs nothing of the picture.
private func isHarmless(_ decoder: tjhandle) -> Bool {
  tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue)
    && words(decoder).contains("extraneous bytes")
}

private func damaged(_ decoder: tjhandle, _ file: String) -> DataFileError {
  DataFileError(file, .damagedPicture(format: "JPEG", reason: words(decoder)))
}

private func words(_ decoder: tjhandle) -> String {
  tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "no reason given"
}

/// Four inks a pixel, stored as how much light they leave, which is what Adobe's programs write.
private func greyOfInks(_ pixels: [UInt8]) -> [UInt8] {
  stride(from: 0, to: pixels.count, by: 4).map { index in
    let light =
      299 * Int(pixels[index]) + 587 * Int(pixels[index + 1])
      + 114 * Int(pixels[index + 2])
    return UInt8(light * Int(pixels[index + 3]) / 255_000)
  }
}
