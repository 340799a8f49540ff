import DigitFiles
import LocalPictures

/// A picture of any format: refused, or decoded to as many pixels as it says.
func readPicture(_ bytes: UnsafeRawBufferPointer) {
  var limits = PictureFile.Limits()
  // More says nothing more, and only takes time.
  limits.pixelCount = 1 << 12
  guard
    let image = try? PictureFile.decode(
      Array(bytes), file: "fuzz", formats: .local, limits: limits)
  else { return }
  precondition(image.pixels.count == image.width * image.height)
  precondition(image.pixels.count <= limits.pixelCount)
  readBody(Array(bytes), of: .predict, headers: ["Content-Type: image/png"])
}
