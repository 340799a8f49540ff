import DigitHTTP
import HTTPFixtures

/// The body of a request for inference: refused, or read and answered.
///
/// - Parameter headers: beside Host.
func readBody(_ body: [UInt8], of route: InferenceRoute, headers: [String] = []) {
  var limits = InferenceLimits(imagesMax: 8)
  // Larger or narrower pictures say nothing more, and only take time.
  limits.picturePixelCountMax = 1 << 12
  limits.pictureAspectMax = 4
  let lines = ["POST / HTTP/1.1", "Host: a"] + headers + ["", ""]
  guard let head = RequestReading(lines.joined(separator: "\r\n")).requests.first?.head else {
    preconditionFailure("a head of our own is not read")
  }
  _ = route.isSlow(head: head, bodyByteCount: body.count, limits: limits)
  guard let call = try? route.decode(body, head: head, limits: limits) else { return }
  precondition(call.imageCount <= limits.imagesMax)
  let labels = (0...9).map(String.init)
  let reply = InferenceReply(
    modelName: "fuzz", modelVersion: 1, precision: "f32", labels: labels,
    probabilities: [Float](repeating: 0.1, count: call.imageCount * labels.count))
  precondition(!call.encode(reply).bytes.isEmpty)
}
