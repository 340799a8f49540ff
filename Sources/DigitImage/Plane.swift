/// A map of numbers, one for each pixel of an image.
struct Plane: Equatable {
  let width: Int
  let height: Int
  /// height × width, row-major.
  var values: [Float]

  init(width: Int, height: Int, values: [Float]) {
    precondition(values.count == width * height)
    self.width = width
    self.height = height
    self.values = values
  }

  init(width: Int, height: Int, filled value: Float = 0) {
    self.init(
      width: width, height: height, values: Array(repeating: value, count: width * height))
  }

  /// The levels of a picture at another size, as `resized` has them. Of a large picture, which may
  /// have hundreds of times as many pixels, only a row at a time becomes floats.
  init(_ image: GrayImage, width: Int, height: Int) {
    var values: [Float] = []
    values.reserveCapacity(width * image.height)
    for y in 0..<image.height {
      let row = image.pixels[y * image.width..<(y + 1) * image.width].map(Float.init)
      values += width == image.width ? row : resample(row, to: width)
    }
    let rows = Plane(width: width, height: image.height, values: values)
    self = height == image.height ? rows : rows.resized(width: width, height: height)
  }

  subscript(x: Int, y: Int) -> Float {
    get { values[y * width + x] }
    set { values[y * width + x] = newValue }
  }

  /// The value for each pair of pixels.
  func combined(with other: Plane, _ combine: (Float, Float) -> Float) -> Plane {
    Plane(width: width, height: height, values: zip(values, other.values).map(combine))
  }

  /// Rows and columns exchanged.
  var transposed: Plane {
    var result = Plane(width: height, height: width)
    for y in 0..<height {
      for x in 0..<width { result[y, x] = self[x, y] }
    }
    return result
  }

  /// Applies `transform`, which keeps a row's length, to every row and then to every column.
  func separably(_ transform: ([Float]) -> [Float]) -> Plane {
    eachRow(transform).transposed.eachRow(transform).transposed
  }

  /// The rows after `transform`, which gives each the same length.
  func eachRow(_ transform: ([Float]) -> [Float]) -> Plane {
    let rows = (0..<height).map { transform(Array(values[$0 * width..<($0 + 1) * width])) }
    return Plane(width: rows[0].count, height: height, values: Array(rows.joined()))
  }
}

// MARK: - Size

extension Plane {
  /// The plane at another size: each new value is the mean over its area where the plane
  /// shrinks, and lies on the line between its neighbours where it grows.
  func resized(width newWidth: Int, height newHeight: Int) -> Plane {
    let rows = newWidth == width ? self : eachRow { resample($0, to: newWidth) }
    return rows.transposed.eachRow { resample($0, to: newHeight) }.transposed
  }

  /// What lies in a rectangle, which may reach beyond the plane: there it is zero.
  func cropped(to rectangle: Rectangle) -> Plane {
    var result = Plane(width: rectangle.width, height: rectangle.height)
    for y in max(0, rectangle.top)..<min(height, rectangle.bottom) {
      for x in max(0, rectangle.left)..<min(width, rectangle.right) {
        result[x - rectangle.left, y - rectangle.top] = self[x, y]
      }
    }
    return result
  }
}

private func resample(_ row: [Float], to count: Int) -> [Float] {
  let scale = Double(row.count) / Double(count)
  return scale > 1 ? averaged(row, to: count, scale: scale) : interpolated(row, count, scale)
}

private func averaged(_ row: [Float], to count: Int, scale: Double) -> [Float] {
  (0..<count).map { index in
    let start = Double(index) * scale
    let end = min(Double(row.count), start + scale)
    var sum = 0.0
    var index = Int(start)
    while Double(index) < end {
      let overlap = min(end, Double(index + 1)) - max(start, Double(index))
      sum += Double(row[index]) * overlap
      index += 1
    }
    return Float(sum / (end - start))
  }
}

private func interpolated(_ row: [Float], _ count: Int, _ scale: Double) -> [Float] {
  (0..<count).map { index in
    let center = max(0, (Double(index) + 0.5) * scale - 0.5)
    let left = min(Int(center), row.count - 1)
    let right = min(left + 1, row.count - 1)
    let part = Float(center - Double(left))
    return row[left] * (1 - part) + row[right] * part
  }
}

// MARK: - Neighbourhoods

extension Plane {
  /// The greatest value within a square of `2 × radius + 1`.
  func maximum(radius: Int) -> Plane { separably { slide($0, radius: radius, max) } }

  func minimum(radius: Int) -> Plane { separably { slide($0, radius: radius, min) } }

  /// The mean over a square of `2 × radius + 1`, smaller at the border.
  func mean(radius: Int) -> Plane {
    separably { row in
      var sums: [Float] = [0]
      for value in row { sums.append(sums[sums.count - 1] + value) }
      return row.indices.map { index in
        let start = max(0, index - radius)
        let end = min(row.count, index + radius + 1)
        return (sums[end] - sums[start]) / Float(end - start)
      }
    }
  }

  /// The mean with weights 1, 2, 1 in both directions.
  var smoothed: Plane {
    separably { row in
      row.indices.map { index in
        let last = row.count - 1
        return (row[max(0, index - 1)] + 2 * row[index] + row[min(last, index + 1)]) / 4
      }
    }
  }
}

private func slide(
  _ row: [Float], radius: Int, _ choose: (Float, Float) -> Float
) -> [Float] {
  row.indices.map { index in
    row[max(0, index - radius)...min(row.count - 1, index + radius)].reduce(row[index], choose)
  }
}
