import DigitHTTP
import DigitWire
import EventLoop

/// What stands before the pixels of each request of a load over HTTP: the Open Inference
/// Protocol's request for labels, with pixels and labels as bytes behind the JSON.
struct HTTPQuestion {
  let bytes: [UInt8]

  init(_ plan: LoadPlan, model: String) {
    let pixelByteCount = plan.batch * ProtocolLimits.pixelsPerImage
    var timeout = ""
    if let deadline = plan.deadline {
      timeout = #","parameters":{"timeout":\#(deadline.wholeMicroseconds)}"#
    }
    let json =
      #"{"inputs":[{"name":"image","datatype":"UINT8","shape":[\#(plan.batch),28,28],"#
      + #""parameters":{"binary_data_size":\#(pixelByteCount)}}],"#
      + #""outputs":[{"name":"label","parameters":{"binary_data":true}}]\#(timeout)}"#
    let jsonByteCount = json.utf8.count
    var text = "POST /v2/models/\(percentEncoded(model))/infer HTTP/1.1\r\n"
    text += Self.fields(plan)
    text += "Content-Type: application/octet-stream\r\n"
    text += "Inference-Header-Content-Length: \(jsonByteCount)\r\n"
    text += "Content-Length: \(jsonByteCount + pixelByteCount)\r\n\r\n"
    bytes = Array(text.utf8) + Array(json.utf8)
  }

  /// What every request of a load says of its server and of who asks.
  static func fields(_ plan: LoadPlan) -> String {
    let host =
      switch plan.server {
      case .internet: plan.server.description
      case .unix: "localhost"
      }
    let token = String(decoding: plan.token, as: UTF8.self)
    return "Host: \(host)\r\n" + (token.isEmpty ? "" : "Authorization: Bearer \(token)\r\n")
  }
}

/// A segment of a path (RFC 3986, section 3.3).
private func percentEncoded(_ segment: String) -> String {
  segment.utf8.reduce(into: "") { text, byte in
    let scalar = Unicode.Scalar(byte)
    if scalar.isASCII,
      scalar.properties.isAlphabetic || "0123456789-._~".unicodeScalars.contains(scalar)
    {
      text.unicodeScalars.append(scalar)
    } else {
      text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
    }
  }
}
