import CPNG
import DigitImage
import Foundation

extension ColourImage {
  /// The content of a PNG file, 8 bits a channel.
  package var png: Data {
    encodePNG(bytes, width: width, height: height, format: UInt32(PNG_FORMAT_FLAG_COLOR))
  }
}

extension GrayImage {
  /// The content of a PNG file, 8 bits a pixel.
  package var png: Data { encodePNG(pixels, width: width, height: height, format: 0) }
}

/// Writes pixels, rows one after another, by libpng's simplified interface.
private func encodePNG(_ pixels: [UInt8], width: Int, height: Int, format: UInt32) -> Data {
  // libpng keeps the address of its image, so it lives apart.
  let image = UnsafeMutablePointer<png_image>.allocate(capacity: 1)
  image.initialize(to: png_image())
  defer {
    png_image_free(image)
    image.deallocate()
  }
  image.pointee.version = UInt32(PNG_IMAGE_VERSION)
  image.pointee.width = UInt32(width)
  image.pointee.height = UInt32(height)
  image.pointee.format = format
  // The first call only tells how many bytes the second will write.
  var byteCount = 0
  var file: [UInt8] = []
  for _ in 0..<2 {
    file = [UInt8](repeating: 0, count: byteCount)
    let isFirst = file.isEmpty
    let status = file.withUnsafeMutableBytes { file in
      png_image_write_to_memory(
        image, isFirst ? nil : file.baseAddress, &byteCount, 0, pixels, 0, nil)
    }
    precondition(status != 0, "libpng writes any picture of these sizes")
  }
  return Data(file)
}
