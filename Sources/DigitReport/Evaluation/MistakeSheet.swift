import DigitEvaluation
import DigitFiles
import DigitImage
import PlainText

extension DigitSheet {
  /// The worst mistakes, the surest first; nil where there are none, or the images are not of
  /// 28 × 28 pixels.
  /// - Parameter images: the whole set.
  init?(_ mistakes: [Mistake], of images: ImageSet, columnCount: Int) {
    guard !mistakes.isEmpty, images.rows == 28, images.columns == 28 else { return nil }
    let tiles = mistakes.map { mistake in
      Tile(
        pixels: images.image(mistake.index),
        captions: [
          Caption("#\(mistake.index)", .paleInk),
          Caption("\(mistake.truth) read as \(mistake.label)", .alarm),
          Caption("\(fixed(100 * Double(mistake.confidence), 1))% sure"),
        ])
    }
    self.init(tiles, columnCount: columnCount)
  }
}
