import CJSON
import DigitWire

/// The shapes in which images are sent: N images of 28 × 28 pixels, row by row.
enum ImageShape {
  static let expectation = "[N,784], [N,28,28], [N,1,28,28] or [N,28,28,1]"

  /// N; nil for another shape.
  static func imageCount(_ sizes: [Int]) -> Int? {
    guard let first = sizes.first else { return nil }
    switch Array(sizes.dropFirst()) {
    case [784], [28, 28], [1, 28, 28], [28, 28, 1]: return first
    default: return nil
    }
  }

  static func text(_ sizes: [Int]) -> String {
    "[\(sizes.map(String.init).joined(separator: ","))]"
  }

  /// - Throws: 400 for no image, 413 for more than so many.
  static func check(count: Int, limits: InferenceLimits) throws(HTTPProblem) {
    guard count > 0 else {
      throw HTTPProblem(
        .badRequest, code: "no_images", "expected 1 to \(limits.imagesMax) images, got none")
    }
    guard count <= limits.imagesMax else {
      throw HTTPProblem(
        .contentTooLarge, code: "too_many_images",
        "expected at most \(limits.imagesMax) images in a request, got \(count): send several")
    }
  }

  static func problem(_ name: String, got: [Int]) -> HTTPProblem {
    HTTPProblem(
      .badRequest, code: "wrong_shape", "expected \(expectation) as \(name), got \(text(got))")
  }
}

extension JSONValue {
  /// The sizes of nested arrays along their first elements.
  var sizes: [Int] {
    let shape = read(digits_json_shape_of)
    return withUnsafeBytes(of: shape.sizes) { sizes in
      sizes.bindMemory(to: Int.self).prefix(shape.rank).map { $0 }
    }
  }

  /// Reads images out of arrays that are nested as one of the shapes.
  func images(_ type: PixelType, limits: InferenceLimits) throws(HTTPProblem) -> [UInt8] {
    let sizes = sizes
    guard let count = ImageShape.imageCount(sizes) else {
      throw ImageShape.problem("the shape of \(name)", got: sizes)
    }
    try ImageShape.check(count: count, limits: limits)
    return try pixels(type, sizes: sizes)
  }

  /// Reads as many numbers as the product of the sizes, out of arrays nested in these sizes.
  ///
  /// - Returns: bytes from 0 to 255, or floats from 0 to 1.
  func pixels(_ type: PixelType, sizes: [Int]) throws(HTTPProblem) -> [UInt8] {
    let count = sizes.reduce(1, *)
    var fault = digits_json_fault()
    let pixels = [UInt8](unsafeUninitializedCapacity: count * type.byteCount) { buffer, written in
      fault = read { value in
        switch type {
        case .uint8: digits_json_read_bytes(value, shape(sizes), buffer.baseAddress)
        case .float32:
          buffer.withMemoryRebound(to: Float.self) {
            digits_json_read_floats(value, shape(sizes), $0.baseAddress)
          }
        }
      }
      written = fault.fault == .none ? count * type.byteCount : 0
    }
    if let problem = problem(fault, type) { throw problem }
    return pixels
  }

  private func shape(_ sizes: [Int]) -> digits_json_shape {
    var shape = digits_json_shape()
    shape.rank = sizes.count
    withUnsafeMutableBytes(of: &shape.sizes) { memory in
      for (index, size) in sizes.enumerated() { memory.bindMemory(to: Int.self)[index] = size }
    }
    return shape
  }

  private func problem(_ fault: digits_json_fault, _ type: PixelType) -> HTTPProblem? {
    let (image, pixel) = fault.index.quotientAndRemainder(dividingBy: 784)
    let place = "at image \(image), pixel \(pixel) of \(name)"
    let expected =
      switch type {
      case .uint8: "a whole number from 0 to 255"
      case .float32: "a number from 0 to 1"
      }
    let (code, needed, got): (String, String, String)
    switch fault.fault {
    case .none: return nil
    case .length:
      (code, needed, got) = ("wrong_shape", "an array of \(fault.expected)", "\(fault.got)")
    case .not_an_array: (code, needed, got) = ("wrong_shape", "an array", fault.kind.name)
    case .not_a_number: (code, needed, got) = ("bad_pixel", expected, fault.kind.name)
    case .range, .fraction:
      (code, needed, got) = ("bad_pixel", expected, fault.number.shortest)
    }
    return HTTPProblem(.badRequest, code: code, "expected \(needed) \(place), got \(got)")
  }
}
