import DigitHTTP
import DigitWire
import Testing

/// A request with one input; `more` follows its last member.
private func request(
  shape: String = "[1,784]", datatype: String = "FP32", data: String = image(), more: String = ""
) -> String {
  """
  {"inputs":[{"name":"image","shape":\(shape),"datatype":"\(datatype)","data":\(data)}]\(more)}
  """
}

struct OpenInferenceRequestTests {
  private let asking = Asking.openInference

  @Test(arguments: [
    ("[1,784]", image("0.5", at: 30)), ("[1,784]", "[\(image("0.5", at: 30))]"),
    ("[1,28,28]", image("0.5", at: 30)), ("[1,28,28]", "[\(imageOfRows("0.5", at: 30))]"),
    ("[1,1,28,28]", "[[\(imageOfRows("0.5", at: 30))]]"),
    ("[1,28,28,1]", "[\(imageOfRows("0.5", at: 30, isDeep: true))]"),
    ("[1,28,28,1]", image("0.5", at: 30)),
  ])
  func `values are flat, or nested as the shape says`(shape: String, data: String) throws {
    let call = try asking.decode(request(shape: shape, data: data))
    #expect(call.imageCount == 1 && call.pixelType == .float32)
    #expect(call.ink == [30: 0.5])
    #expect(call.model == "compact" && call.version == nil && !call.isRaw)
  }

  @Test(arguments: ["UINT8", "INT32", "INT64"])
  func `whole numbers are levels from 0 to 255`(datatype: String) throws {
    let call = try asking.decode(request(datatype: datatype, data: image("255", at: 783)))
    #expect(call.pixelType == .uint8 && call.ink == [783: 255])
    asking.refuses(
      request(datatype: datatype, data: image("0.5")), .badRequest, "bad_pixel",
      "expected a whole number from 0 to 255 at image 0, pixel 0 of inputs[0].data, got 0.5")
  }

  @Test func `FP64 in JSON is ink`() throws {
    #expect(try asking.decode(request(datatype: "FP64", data: image("0.25"))).ink == [0: 0.25])
  }

  @Test(arguments: [
    ("[2,784]", "wrong_shape"), ("[784]", "wrong_shape"), ("[1,28,27]", "wrong_shape"),
    ("[1,1,784]", "wrong_shape"), ("[]", "wrong_shape"), ("[0,784]", "no_images"),
    ("[-1,784]", "invalid_value"), (#"["1",784]"#, "invalid_value"), ("7", "invalid_value"),
    ("[1.0,784]", "invalid_value"),
  ])
  func `another shape is refused`(shape: String, code: String) {
    asking.refuses(request(shape: shape), .badRequest, code)
  }

  @Test func `more images than a request may have are refused before they are read`() {
    asking.refuses(
      request(shape: "[9,784]", data: "[]"), .contentTooLarge, "too_many_images",
      "expected at most 8 images in a request, got 9")
  }

  @Test(arguments: [
    ("{}", "missing_member"), ("[]", "invalid_value"), (#"{"inputs":[]}"#, "wrong_input_count"),
    (#"{"inputs":{}}"#, "invalid_value"), (#"{"inputs":[{},{}]}"#, "wrong_input_count"),
    (#"{"inputs":[{"shape":[1,784],"datatype":"FP32","data":[]}]}"#, "missing_member"),
    (#"{"inputs":[{"name":"a","shape":[1,784],"data":[]}]}"#, "missing_member"),
    (#"{"inputs":[{"name":"a","shape":[1,784],"datatype":"FP32"}]}"#, "missing_member"),
    (#"{"inputs":[{"name":"a","shape":[1,784],"datatype":"BYTES"}]}"#, "wrong_datatype"),
    (#"{"inputs":[1]}"#, "invalid_value"), (#"{"inputs":[],"inputs":[]}"#, "duplicate_member"),
    ("{", "invalid_json"), ("", "invalid_json"), (#"{"inputs":[NaN]}"#, "invalid_json"),
    (
      #"{"inputs":[{"name":"a","shape":[1,784],"datatype":"FP32","data":[],"#
        + #""parameters":{"shared_memory_region":"r"}}]}"#, "no_shared_memory"
    ),
  ])
  func `what is missing or of another kind is told`(body: String, code: String) {
    asking.refuses(body, .badRequest, code)
  }

  @Test(arguments: ["1.5", "-1", "null", #""1""#, "[0]"])
  func `a pixel that is no ink is told with its place`(value: String) {
    asking.refuses(
      request(data: image(value, at: 29)), .badRequest, "bad_pixel",
      "expected a number from 0 to 1 at image 0, pixel 29 of inputs[0].data, got ")
  }

  @Test func `parameters set a deadline and raw pixels`() throws {
    let parameters = #"{"timeout":1500,"raw":true,"priority":3,"sequence_id":0}"#
    let call = try asking.decode(request(more: #","parameters":\#(parameters)"#))
    #expect(call.deadlineMicroseconds == 1_500 && call.isRaw)
    asking.refuses(
      request(more: #","parameters":{"timeout":-1}"#), .badRequest, "invalid_value",
      "as parameters.timeout, got -1")
  }

  @Test func `all outputs come where none is named`() throws {
    let answer = try asking.decode(request()).answer
    #expect(
      answer
        == .openInference(
          .init(id: nil, outputs: [.init(tensor: .probabilities), .init(tensor: .label)])))
  }

  @Test func `named outputs come in their order, each in its form`() throws {
    let call = try asking.decode(
      request(
        more: """
          ,"id":"7","outputs":[{"name":"label","parameters":{"binary_data":true}},\
          {"name":"probabilities","parameters":{"classification":3,"binary_data":false}}],\
          "parameters":{"binary_data_output":true}
          """))
    #expect(
      call.answer
        == .openInference(
          .init(
            id: "7",
            outputs: [
              .init(tensor: .label, isBinary: true),
              .init(tensor: .probabilities, classificationCount: 3),
            ])))
  }

  @Test(arguments: [
    (#""outputs":[{"name":"logits"}]"#, "unknown_output"),
    (#""outputs":[{"name":"label"},{"name":"label"}]"#, "duplicate_output"),
    (#""outputs":[{"name":"label","parameters":{"classification":2}}]"#, "no_classification"),
    (#""outputs":[{}]"#, "missing_member"), (#""outputs":7"#, "invalid_value"),
    (#""id":7"#, "invalid_value"), (#""parameters":[]"#, "invalid_value"),
    (
      #""outputs":[{"name":"label","parameters":{"shared_memory_region":"r"}}]"#,
      "no_shared_memory"
    ),
  ])
  func `outputs that cannot be given are refused`(more: String, code: String) {
    asking.refuses(request(more: ",\(more)"), .badRequest, code)
  }

  @Test func `an id has a bound, since it is echoed`() {
    let id = String(repeating: "i", count: 257)
    asking.refuses(
      request(more: #","id":"\#(id)""#), .badRequest, "invalid_value",
      "expected a string of at most 256 bytes as id, got 257")
  }
}
