import DigitHTTP
import DigitImage
import DigitWire
import Foundation
import Testing

struct PredictTests {
  private let json = Asking.predict("application/json")

  @Test(arguments: ["[\(image("255", at: 30))]", "[\(imageOfRows("255", at: 30))]"])
  func `levels from 0 to 255 are read from JSON`(images: String) throws {
    let call = try json.decode(
      #"{"images":\#(images),"model":"tiny","version":1,"raw":true,"deadline_ms":0.5}"#)
    #expect(call.pixelType == .uint8 && call.ink == [30: 255])
    #expect(call.model == "tiny" && call.version == 1 && call.isRaw)
    #expect(call.deadlineMicroseconds == 500 && call.answer == .predict(.images))
  }

  @Test func `a query says what the body does not`() throws {
    let query = "?model=tiny&version=2&raw=1&deadline_ms=1.5"
    let call = try Asking.predict("application/json; charset=utf-8", query: query)
      .decode(#"{"images":[\#(image())],"version":1}"#)
    #expect(call.model == "tiny" && call.version == 1 && call.isRaw)
    #expect(call.deadlineMicroseconds == 1_500)
  }

  @Test func `a deadline below a microsecond is one`() throws {
    let call = try json.decode(#"{"images":[\#(image())],"deadline_ms":0.0001}"#)
    #expect(call.deadlineMicroseconds == 1)
  }

  @Test func `of two digits as probable, the first is the answer`() throws {
    var reply = twoImages
    reply.probabilities = [0.25, 0.375, 0.375]
    let call = try json.decode(#"{"images":[\#(image())]}"#)
    #expect(try call.encode(reply).json()["text"] as? String == "b")
  }

  @Test(arguments: [
    ("{}", "missing_member"), (#"{"images":[[1]]}"#, "wrong_shape"),
    (#"{"images":[],"model":7}"#, "invalid_value"), (#"{"images":7}"#, "wrong_shape"),
    (#"{"images":[],"version":0}"#, "invalid_value"),
    (#"{"images":[],"deadline_ms":-1}"#, "invalid_value"),
    (#"{"images":[],"deadline_ms":1e300}"#, "invalid_value"),
    (#"{"images":[],"raw":1}"#, "invalid_value"), (#"{"images":[],"many":1}"#, "unknown_member"),
    (#"{"images":[\#(image("0.5"))]}"#, "bad_pixel"),
    (#"{"images":[\#(image("256"))]}"#, "bad_pixel"),
  ])
  func `what is wrong in JSON is told`(body: String, code: String) {
    json.refuses(body, .badRequest, code)
  }

  @Test(arguments: [
    "?modle=tiny", "?version=0", "?version=x", "?raw=yes", "?deadline_ms=x", "?deadline_ms=-1",
    "?deadline_ms=nan", "?model=a&model=b", "?many=1",
  ])
  func `a query that says nothing known is refused`(query: String) {
    Asking.predict("application/octet-stream", query: query)
      .refuses([UInt8](repeating: 0, count: 784), .badRequest, "invalid_query")
  }

  @Test func `bytes are images`() throws {
    let bytes = (0..<1_568).map { UInt8(truncatingIfNeeded: $0) }
    let call = try Asking.predict("application/octet-stream").decode(bytes)
    #expect(call.pixels == bytes && call.imageCount == 2)
    let asking = Asking.predict("application/octet-stream")
    asking.refuses(Array(bytes.dropLast()), .badRequest, "wrong_byte_count", "got 1567 bytes")
    asking.refuses([], .badRequest, "no_images")
    asking.refuses([UInt8](repeating: 0, count: 9 * 784), .contentTooLarge, "too_many_images")
  }

  @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; a=b"])
  func `another type of content is refused`(type: String) {
    Asking.predict(type).refuses("{}", .unsupportedMediaType, "unsupported_media_type", type)
  }

  @Test func `no type of content is refused`() {
    Asking(route: .predict).refuses("{}", .unsupportedMediaType, "unsupported_media_type", "none")
  }

  @Test func `an answer for pixels is labels, probabilities and times`() {
    let call = InferenceCall(
      pixelType: .uint8, pixels: [UInt8](repeating: 0, count: 1_568), answer: .predict(.images))
    #expect(
      call.encode(twoImages).text == """
        {"model":"compact","version":1,"precision":"f32","text":"bc","predictions":[\
        {"label":"b","probability":0.5,"probabilities":[0.25,0.5,0.25],"not_a_digit":true},\
        {"label":"c","probability":1,"probabilities":[1e-09,0,1],"not_a_digit":true}],\
        "timing":{"queue_us":12,"compute_us":80,"total_us":130}}
        """)
  }

  @Test func `an image is no digit where it is flat or below the model's threshold`() throws {
    let bytes = (0..<1_568).map { UInt8($0 < 784 ? $0 % 10 : $0 % 9) }
    let floats = bytes.flatMap { byte in
      withUnsafeBytes(of: Float(byte) / 255) { Array($0) }
    }
    for (type, pixels) in [(PixelType.uint8, bytes), (.float32, floats)] {
      let call = InferenceCall(pixelType: type, pixels: pixels, answer: .predict(.images))
      for (threshold, expected) in [
        (nil, [false, true]), (0.5, [false, true]), (0.75, [true, true]),
      ] as [(Float?, [Bool])] {
        var reply = twoImages
        reply.rejectionThreshold = threshold
        let predictions = try call.encode(reply).json()["predictions"] as? [[String: Any]]
        #expect(predictions?.map { $0["not_a_digit"] as? Bool } == expected)
      }
    }
  }

  @Test func `models are told with their accuracy where there is one`() {
    var second = compact
    (second.name, second.isDefault, second.accuracy) = ("a\"b", false, nil)
    second.rejectionThreshold = 0.75
    #expect(
      PredictInterface.models([compact, second]).text == """
        {"models":[{"name":"compact","version":1,"versions":[1],"default":true,"precision":"f32",\
        "conditioned":true,"accuracy":0.996,"parameters":55594,"bytes":222376},\
        {"name":"a\\"b","version":1,"versions":[1],"default":false,"precision":"f32",\
        "conditioned":true,"rejection_threshold":0.75,"parameters":55594,"bytes":222376}]}
        """)
  }
}
