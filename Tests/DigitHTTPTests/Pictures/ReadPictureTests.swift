import DigitFiles
import DigitHTTP
import DigitImage
import DigitWire
import Foundation
import Testing

private let data = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Data")

private func bytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: data.appending(path: path)))
}

private func digits(_ call: InferenceCall) throws -> (found: FoundDigits, leftOutCount: Int) {
  guard case .predict(.picture(.digits(let found, let leftOutCount))) = call.answer else {
    throw HTTPProblem(.internalServerError, code: "test", "no digits in \(call.answer)")
  }
  return (found, leftOutCount)
}

/// A picture as PGM: `pixel(x, y)` is its level.
private func pgm(width: Int, height: Int, _ pixel: (Int, Int) -> UInt8) -> [UInt8] {
  var bytes = Array("P5\n\(width) \(height)\n255\n".utf8)
  for y in 0..<height { bytes += (0..<width).map { pixel($0, y) } }
  return bytes
}

struct ReadPictureTests {
  @Test(arguments: [
    ("photos/single/000.jpg", "image/jpeg", ""), ("photos/sheets/000.jpg", "image/png", "?many=1"),
  ])
  func `a picture is read as digitctl predict reads it`(
    path: String, type: String, query: String
  ) throws {
    var asking = Asking.predict(type, query: query)
    asking.limits = InferenceLimits(imagesMax: 64)
    let call = try asking.decode(try bytes(path))
    let picture = try PictureFile.read(data.appending(path: path).path)
    let expected = picture.findDigits(query.isEmpty ? .one : .rows)
    let (found, leftOutCount) = try digits(call)
    #expect(expected == .digits(found, leftOutCount: leftOutCount))
    #expect(call.pixels == found.candidates.flatMap(\.pixels) && call.pixelType == .uint8)
    #expect(found.uncut.candidates.count == (query.isEmpty ? 1 : 2))
  }

  @Test func `the answer has what the network saw, and where`() throws {
    let call = try Asking.predict("image/jpeg").decode(try bytes("photos/single/000.jpg"))
    var reply = twoImages
    reply.probabilities = [0.25, 0.5, 0.25]
    let json = try call.encode(reply).json()
    #expect(json["text"] as? String == "b" && json["left_out"] as? Int == 0)
    let prediction = try #require((json["predictions"] as? [[String: Any]])?.first)
    let pixels = try #require(prediction["pixels"] as? String)
    #expect(Data(base64Encoded: pixels).map { [UInt8]($0) } == call.pixels)
    let bounds = try digits(call).found.candidates[0].bounds
    #expect(
      prediction["box"] as? [String: Int] == [
        "x": bounds.left, "y": bounds.top, "width": bounds.right - bounds.left,
        "height": bounds.bottom - bounds.top,
      ])
  }

  /// Two upright bars, and one between their middles.
  private static let bridged = pgm(width: 120, height: 80) { x, y in
    let isBar = (20..<70).contains(y) && ((30..<38).contains(x) || (62..<70).contains(x))
    return isBar || (43..<46).contains(y) && (30..<70).contains(x) ? 0 : 255
  }

  @Test(arguments: [(0.9, "a"), (0.4, "bb")])
  func `of digits that touch what is likelier is told`(whole: Float, text: String) throws {
    var asking = Asking.predict("image/x-portable-graymap", query: "?many=1")
    asking.limits = InferenceLimits(imagesMax: 64)
    let call = try asking.decode(Self.bridged)
    #expect(call.imageCount > 2)
    var reply = twoImages
    reply.probabilities = [whole, 1 - whole, 0]
    for _ in 1..<call.imageCount { reply.probabilities += [0.05, 0.95, 0] }
    let json = try call.encode(reply).json()
    let predictions = try #require(json["predictions"] as? [[String: Any]])
    #expect(json["text"] as? String == text && predictions.count == text.count)
  }

  @Test func `no digit is cut where all ways to cut are more images than a request may have`()
    throws
  {
    var asking = Asking.predict("image/x-portable-graymap", query: "?many=1")
    asking.limits = InferenceLimits(imagesMax: 2)
    #expect(try asking.decode(Self.bridged).imageCount == 1)
  }

  @Test func `a picture without ink has an answer without predictions`() throws {
    let empty = pgm(width: 40, height: 30) { _, _ in 255 }
    let call = try Asking.predict("image/x-portable-graymap", query: "?model=tiny").decode(empty)
    #expect(call.imageCount == 0 && call.model == "tiny")
    var reply = twoImages
    reply.probabilities = []
    #expect(
      call.encode(reply).text == """
        {"model":"compact","version":1,"precision":"f32","text":"","predictions":[],\
        "left_out":0,"reason":"nothing here looks like ink",\
        "timing":{"queue_us":12,"compute_us":80,"total_us":130}}
        """)
  }

  @Test func `more digits than a request may have are refused`() {
    // Ten bars of ink, side by side.
    let bars = pgm(width: 400, height: 60) { x, y in
      (10..<50).contains(y) && (16..<24).contains(x % 40) ? 0 : 255
    }
    Asking.predict("image/png", query: "?many=1")
      .refuses(bars, .contentTooLarge, "too_many_images", "expected at most 8 images")
  }

  @Test func `a picture of too many pixels is refused by its head`() {
    let head = Array("P5 100000 100000 255\n".utf8)
    Asking.predict("image/png").refuses(head, .contentTooLarge, "picture_too_large")
  }

  @Test(arguments: [(32 * 3, 3, true), (3, 32 * 3, true), (32 * 3 + 1, 3, false), (1, 33, false)])
  func `a picture may be so narrow and no narrower`(width: Int, height: Int, isRead: Bool) throws {
    let asking = Asking.predict("image/png")
    let empty = pgm(width: width, height: height) { _, _ in 255 }
    if isRead {
      #expect(try asking.decode(empty).imageCount == 0)
    } else {
      asking.refuses(empty, .badRequest, "picture_too_narrow", "got \(width) × \(height) pixels")
    }
  }

  @Test(arguments: [
    ("\u{0}\u{0}\u{0} ftypheic", HTTPStatus.unsupportedMediaType, "unsupported_picture"),
    ("RIFF\u{0}\u{0}\u{0}\u{0}WEBPVP8 ", .badRequest, "damaged_picture"),
    ("II*\u{0}", .unsupportedMediaType, "unsupported_picture"),
    ("", .unsupportedMediaType, "unsupported_picture"),
    ("GIF89a", .badRequest, "damaged_picture"),
    ("P5 2 2 255\n1", .badRequest, "damaged_picture"),
    ("\u{FF}\u{D8}\u{FF}", .badRequest, "damaged_picture"),
  ])
  func `what is no picture is refused`(text: String, status: HTTPStatus, code: String) {
    let latin1 = text.unicodeScalars.map { UInt8($0.value) }
    Asking.predict("image/png").refuses(latin1, status, code, "the body: expected")
  }

  @Test func `pictures are always read beside the loop`() throws {
    let asking = Asking.predict("Image/PNG; a=b")
    #expect(
      try asking.route.isSlow(head: asking.head(), bodyByteCount: 1, limits: asking.limits))
    let bytes = Asking.predict("application/octet-stream")
    #expect(
      try !bytes.route.isSlow(
        head: bytes.head(), bodyByteCount: 200_000, limits: bytes.limits))
  }
}
