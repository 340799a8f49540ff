/// Labelled images of one size.
package struct ImageSet: Equatable, Sendable {
  package let rows: Int
  package let columns: Int
  /// count × rows × columns, row-major, ink high.
  package let pixels: [UInt8]
  /// 0…9, one for each image.
  package let labels: [UInt8]

  package var count: Int { labels.count }
  package var pixelsPerImage: Int { rows * columns }

  /// - Precondition: there are as many pixels as `labels.count` images have.
  package init(rows: Int, columns: Int, pixels: [UInt8], labels: [UInt8]) {
    precondition(pixels.count == labels.count * rows * columns)
    self.rows = rows
    self.columns = columns
    self.pixels = pixels
    self.labels = labels
  }

  /// Reads a pair of IDX files, plain or gzipped.
  /// - Throws: `DataFileError` where either is no such file, the counts differ, or a label is
  ///   above 9.
  package init(
    images imagePath: String, labels labelPath: String, limits: IDXFile.Limits = .init()
  ) throws(DataFileError) {
    let images = try IDXFile(readingFrom: imagePath, rank: 3, limits: limits)
    let labels = try IDXFile(readingFrom: labelPath, rank: 1, limits: limits)
    guard images.dimensions[0] == labels.dimensions[0] else {
      throw DataFileError(
        labelPath,
        .countsDiffer(imageCount: images.dimensions[0], labelCount: labels.dimensions[0]))
    }
    if let index = labels.values.firstIndex(where: { $0 > 9 }) {
      throw DataFileError(
        labelPath, .labelOutOfRange(index: index, label: labels.values[index]))
    }
    self.init(
      rows: images.dimensions[1], columns: images.dimensions[2], pixels: images.values,
      labels: labels.values)
  }

  /// The pixels of one image, rows × columns.
  package func image(_ index: Int) -> ArraySlice<UInt8> {
    pixels[index * pixelsPerImage..<(index + 1) * pixelsPerImage]
  }

  /// The images at the given indices, in that order.
  package func subset(_ indices: some Sequence<Int>) -> ImageSet {
    var chosenPixels: [UInt8] = []
    var chosenLabels: [UInt8] = []
    for index in indices {
      chosenPixels += image(index)
      chosenLabels.append(labels[index])
    }
    return ImageSet(rows: rows, columns: columns, pixels: chosenPixels, labels: chosenLabels)
  }

  package func prefix(_ count: Int) -> ImageSet { subset(0..<min(count, self.count)) }
}
