import DigitHTTP
import DigitWire
import Testing

/// The binary tensor data extension: values behind the JSON.
struct OpenInferenceBinaryTests {
  private func json(
    shape: String = "[2,28,28]", datatype: String = "UINT8", size: Int, more: String = ""
  ) -> String {
    """
    {"inputs":[{"name":"image","shape":\(shape),"datatype":"\(datatype)",\
    "parameters":{"binary_data_size":\(size)}\(more)}]}
    """
  }

  private func asking(jsonByteCount: Int) -> Asking {
    var asking = Asking.openInference
    asking.headers = ["Inference-Header-Content-Length: \(jsonByteCount)"]
    return asking
  }

  @Test func `bytes are taken as they are`() throws {
    let json = json(size: 1_568)
    let tensor = (0..<1_568).map { UInt8(truncatingIfNeeded: $0) }
    let call = try asking(jsonByteCount: json.utf8.count).decode(Array(json.utf8) + tensor)
    #expect(call.pixelType == .uint8 && call.imageCount == 2 && call.pixels == tensor)
  }

  @Test func `floats are taken as they are`() throws {
    let json = json(shape: "[1,784]", datatype: "FP32", size: 3_136)
    let tensor = [UInt8](repeating: 0, count: 3_132) + [0, 0, 0x80, 0x3f]
    let call = try asking(jsonByteCount: json.utf8.count).decode(Array(json.utf8) + tensor)
    #expect(call.pixelType == .float32 && call.ink == [783: 1])
  }

  @Test(arguments: [
    (1_568, 1_567), (1_568, 1_569), (1_567, 1_567), (784, 1_568), (0, 0), (3_136, 3_136),
  ])
  func `another number of bytes is refused`(size: Int, byteCount: Int) {
    let json = json(size: size)
    let body = json + String(repeating: "\0", count: byteCount)
    asking(jsonByteCount: json.utf8.count).refuses(body, .badRequest, "wrong_byte_count")
  }

  @Test func `bytes that no input owns are refused`() {
    let json = #"{"inputs":[{"name":"a","shape":[1,784],"datatype":"FP32","data":\#(image())}]}"#
    asking(jsonByteCount: json.utf8.count).refuses(json + "\0", .badRequest, "wrong_byte_count")
  }

  @Test func `values both in the JSON and behind it are refused`() {
    let json = json(size: 1_568, more: #","data":[1]"#)
    let body = json + String(repeating: "\0", count: 1_568)
    asking(jsonByteCount: json.utf8.count).refuses(body, .badRequest, "wrong_byte_count")
  }

  @Test func `binary values of another type are refused`() {
    let json = json(datatype: "INT64", size: 8 * 1_568)
    let body = json + String(repeating: "\0", count: 8 * 1_568)
    asking(jsonByteCount: json.utf8.count).refuses(body, .badRequest, "wrong_datatype")
  }

  @Test(arguments: ["-1", "x", "99999999", "1e3", "18446744073709551616"])
  func `a length of the JSON that cannot be is refused`(length: String) {
    var asking = Asking.openInference
    asking.headers = ["Inference-Header-Content-Length: \(length)"]
    asking.refuses("{}", .badRequest, "invalid_header")
  }

  @Test func `only the JSON decides what is done beside the loop`() throws {
    let small = asking(jsonByteCount: 200)
    #expect(
      try !small.route.isSlow(head: small.head(), bodyByteCount: 1 << 20, limits: small.limits))
    let plain = Asking.openInference
    #expect(
      try plain.route.isSlow(head: plain.head(), bodyByteCount: 65 << 10, limits: plain.limits))
  }
}
