import CPNG
import DigitImage

/// Reads a PNG file of any colour type and depth by libpng's simplified interface.
func decodePNG(
  _ bytes: [UInt8], file: String, check: SizeCheck
) throws(DataFileError) -> GrayImage {
  // libpng keeps the address of its image, so it lives apart.
  let image = UnsafeMutablePointer<png_image>.allocate(capacity: 1)
  image.initialize(to: png_image())
  defer {
    png_image_free(image)
    image.deallocate()
  }
  image.pointee.version = UInt32(PNG_IMAGE_VERSION)
  // The bytes stay where they are until libpng has read them.
  let result = bytes.withUnsafeBytes { bytes -> Result<[UInt8], DataFileError> in
    Result { () throws(DataFileError) in try levels(image, bytes, file: file, check: check) }
  }
  return GrayImage(
    width: Int(image.pointee.width), height: Int(image.pointee.height), pixels: try result.get())
}

/// One byte a pixel: its grey level as sRGB has it, on the ground where it is transparent.
private func levels(
  _ image: UnsafeMutablePointer<png_image>, _ bytes: UnsafeRawBufferPointer, file: String,
  check: SizeCheck
) throws(DataFileError) -> [UInt8] {
  guard png_image_begin_read_from_memory(image, bytes.baseAddress, bytes.count) != 0 else {
    throw damaged(image, file)
  }
  let (width, height) = (Int(image.pointee.width), Int(image.pointee.height))
  let hasAlpha = image.pointee.format & UInt32(PNG_FORMAT_FLAG_ALPHA) != 0
  // Level and opacity, then the level alone, then that turned upright.
  try check(width, height, hasAlpha ? 4 : 2)
  image.pointee.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
  image.pointee.format = hasAlpha ? UInt32(PNG_FORMAT_FLAG_ALPHA) : 0
  var pixels = [UInt8](repeating: 0, count: (hasAlpha ? 2 : 1) * width * height)
  let isRead = pixels.withUnsafeMutableBytes { buffer in
    png_image_finish_read(image, nil, buffer.baseAddress, 0, nil) != 0
  }
  guard isRead else { throw damaged(image, file) }
  return hasAlpha ? onGround(pixels) : pixels
}

private func damaged(
  _ image: UnsafeMutablePointer<png_image>, _ file: String
) -> DataFileError {
  let reason = withUnsafeBytes(of: image.pointee.message) { message in
    String(decoding: message.prefix { $0 != 0 }, as: UTF8.self)
  }
  return DataFileError(file, .damagedPicture(format: "PNG", reason: reason))
}

/// Grey levels and opacities laid on a ground.
package func onGround(_ pixels: [UInt8]) -> [UInt8] {
  var (visible, light) = (0, 0)
  for index in stride(from: 0, to: pixels.count, by: 2) {
    visible += Int(pixels[index + 1])
    light += Int(pixels[index]) * Int(pixels[index + 1])
  }
  let isMostlyClear = visible < 255 * pixels.count / 4
  let ground = isMostlyClear && light > 127 * visible ? 0 : 255
  return stride(from: 0, to: pixels.count, by: 2).map { index in
    let (level, alpha) = (Int(pixels[index]), Int(pixels[index + 1]))
    return UInt8((level * alpha + ground * (255 - alpha) + 127) / 255)
  }
}
