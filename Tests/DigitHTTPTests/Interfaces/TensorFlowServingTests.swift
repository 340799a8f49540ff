import DigitHTTP
import DigitWire
import Testing

struct TensorFlowServingTests {
  private let asking = Asking.tensorFlowServing

  @Test(arguments: [
    "[\(image("0.5", at: 30))]", "[\(imageOfRows("0.5", at: 30))]",
    "[[\(imageOfRows("0.5", at: 30))]]", "[\(imageOfRows("0.5", at: 30, isDeep: true))]",
  ])
  func `images are read from both formats in every shape`(images: String) throws {
    let rows = try asking.decode(#"{"instances":\#(images)}"#)
    #expect(rows.ink == [30: 0.5] && rows.imageCount == 1 && rows.pixelType == .float32)
    #expect(rows.answer == .tensorFlowServing(.rows))
    #expect(rows.model == "compact" && rows.version == 1)
    let columns = try asking.decode(#"{"inputs":\#(images)}"#)
    #expect(columns.pixels == rows.pixels && columns.answer == .tensorFlowServing(.columns))
    #expect(try asking.decode(#"{"inputs":{"conv2d_input":\#(images)}}"#) == columns)
  }

  @Test func `rows may name the input`() throws {
    let body = #"{"instances":[{"image":\#(image("0.5"))},{"image":\#(imageOfRows("1", at: 9))}]}"#
    let call = try asking.decode(body)
    #expect(call.imageCount == 2 && call.ink == [0: 0.5, 793: 1])
  }

  @Test func `the signature is the one there is`() throws {
    for name in ["", "serving_default"] {
      let body = #"{"signature_name":"\#(name)","instances":[\#(image())]}"#
      #expect(try asking.decode(body).imageCount == 1)
    }
    asking.refuses(
      #"{"signature_name":"train","instances":[]}"#, .badRequest, "unknown_signature",
      "expected serving_default as signature_name, got 'train'")
  }

  @Test(arguments: [
    ("{}", "missing_member"), (#"{"instances":[],"inputs":[]}"#, "missing_member"),
    (#"{"instances":[]}"#, "wrong_shape"), (#"{"instances":7}"#, "wrong_shape"),
    (#"{"instances":[[1,2]]}"#, "wrong_shape"), (#"{"instances":[{}]}"#, "invalid_value"),
    (#"{"instances":[{"a":1,"b":2}]}"#, "invalid_value"),
    (#"{"instances":[{"b64":"AAAA"}]}"#, "wrong_shape"),
    (#"{"instances":[{"a":[1]},7]}"#, "wrong_shape"), ("7", "invalid_value"),
    (#"{"inputs":{}}"#, "invalid_value"), (#"{"inputs":{"a":[],"b":[]}}"#, "invalid_value"),
  ])
  func `what is no list of images is refused`(body: String, code: String) {
    asking.refuses(body, .badRequest, code)
  }

  @Test func `levels to 255 are refused, not guessed at`() {
    asking.refuses(
      #"{"instances":[\#(image("255", at: 5))]}"#, .badRequest, "bad_pixel",
      "expected a number from 0 to 1 at image 0, pixel 5 of instances, got 255")
  }

  @Test func `images of different length are refused`() {
    asking.refuses(
      #"{"instances":[\#(image()),[0,1]]}"#, .badRequest, "wrong_shape",
      "expected an array of 784 at image 1, pixel 2 of instances, got 2")
  }

  @Test func `more images than a request may have are refused`() {
    let images = [String](repeating: image(), count: 9).joined(separator: ",")
    asking.refuses(#"{"instances":[\#(images)]}"#, .contentTooLarge, "too_many_images")
    let named = [String](repeating: #"{"a":\#(image())}"#, count: 9).joined(separator: ",")
    asking.refuses(#"{"instances":[\#(named)]}"#, .contentTooLarge, "too_many_images")
  }

  @Test func `the answer has the format of the request`() {
    let pixels = [UInt8](repeating: 0, count: 2 * 3_136)
    let rows = InferenceCall(
      pixelType: .float32, pixels: pixels, answer: .tensorFlowServing(.rows))
    #expect(rows.encode(twoImages).text == #"{"predictions":[[0.25,0.5,0.25],[1e-09,0,1]]}"#)
    let columns = InferenceCall(
      pixelType: .float32, pixels: pixels, answer: .tensorFlowServing(.columns))
    #expect(columns.encode(twoImages).text == #"{"outputs":[[0.25,0.5,0.25],[1e-09,0,1]]}"#)
  }

  @Test func `a model's state and signature are told`() throws {
    #expect(
      TensorFlowServing.status(of: compact).text == """
        {"name":"compact","ready":true,"model_version_status":[{"version":"1","state":"AVAILABLE",\
        "status":{"error_code":"OK","error_message":""}}]}
        """)
    let metadata = try TensorFlowServing.metadata(of: compact).json()
    #expect(metadata.keys.sorted() == ["metadata", "model_spec"])
    #expect(TensorFlowServing.metadata(of: compact).text.contains(#"{"size":"-1","name":""}"#))
  }
}
