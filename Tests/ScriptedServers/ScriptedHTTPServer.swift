import DigitHTTP
import DigitWire
import EventLoop

/// A server of HTTP on a thread of its own, which tells of its models and leaves other requests to
/// a script.
package final class ScriptedHTTPServer: @unchecked Sendable {
  package typealias Script = @Sendable (Request, HTTPPeer) -> Void

  package struct Request {
    package let head: RequestHead
    package var body: [UInt8] = []

    /// Of the Open Inference Protocol: what stands before the pixels.
    package var json: String { String(decoding: body[..<jsonByteCount], as: UTF8.self) }
    package var pixels: ArraySlice<UInt8> { body[jsonByteCount...] }
    private var jsonByteCount: Int {
      head.first("inference-header-content-length").flatMap { Int($0) } ?? body.count
    }
  }

  package let address: String
  private let wakeup: Wakeup
  private let thread: WorkerThread

  /// - Parameter models: what GET /v1/models answers; nil leaves that to the script too.
  package init(models: String? = ScriptedHTTPServer.models, script: @escaping Script) throws {
    let server = try ServerThread { HTTPPeer($0, models: models, script: script) }
    address = server.address
    wakeup = server.wakeup
    thread = try WorkerThread { server.run() }
  }

  deinit {
    wakeup.wake()
    thread.join()
  }

  package static let models = """
    {"models":[{"name":"cnn-28","version":3,"default":true,"precision":"bf16"},\
    {"name":"mlp 16","version":1,"default":false,"precision":"int8"}]}
    """
}

/// One client of HTTP, as the server's script sees it.
package final class HTTPPeer: ByteStreamDelegate, ClosablePeer {
  private let stream: ByteStream
  private var parser = RequestParser()
  private var request: ScriptedHTTPServer.Request?
  private let models: String?
  private let script: ScriptedHTTPServer.Script
  /// What the script wants to keep between requests.
  package var kept: [ScriptedHTTPServer.Request] = []

  fileprivate init(
    _ stream: ByteStream, models: String?, script: @escaping ScriptedHTTPServer.Script
  ) {
    self.stream = stream
    self.models = models
    self.script = script
    stream.delegate = self
    stream.startReading()
  }

  package func close() { stream.close() }
  package func end() { stream.end() }

  /// Whatever they are.
  package func send(_ bytes: [UInt8]) { bytes.withUnsafeBytes { stream.write($0) } }

  package func send(
    _ status: HTTPStatus, _ body: [UInt8] = [], fields: [ResponseHead.Field] = [],
    keepsAlive: Bool = true
  ) {
    var head = ResponseHead(
      status, contentType: "application/json", contentLength: body.count, keepsAlive: keepsAlive)
    head.fields = fields
    var bytes: [UInt8] = []
    head.append(to: &bytes, date: httpDate(unixSeconds: 0))
    send(bytes + body)
  }

  /// Answers a request for labels: each image shows `digit`, or else the one that its first pixel
  /// says.
  package func answer(_ request: ScriptedHTTPServer.Request, as digit: UInt8? = nil) {
    let images = request.pixels.count / ProtocolLimits.pixelsPerImage
    let json = Array(
      #"{"model_name":"cnn-28","parameters":{"queue_us":11,"compute_us":42},"outputs":[]}"#.utf8)
    let labels = (0..<images).flatMap { image in
      let first = request.pixels[
        request.pixels.startIndex + image * ProtocolLimits.pixelsPerImage]
      return [digit ?? first, 0, 0, 0, 0, 0, 0, 0]
    }
    send(
      .ok, json + labels,
      fields: [.init("Inference-Header-Content-Length", "\(json.count)")])
  }

  package func refuse(_ status: HTTPStatus, keepsAlive: Bool = true) {
    let problem = HTTPProblem(status, code: "refused", "expected something else, got this")
    send(status, problem.body(requestID: "1"), keepsAlive: keepsAlive)
  }

  private func take(_ request: ScriptedHTTPServer.Request) {
    if let models, request.head.method == .get, request.head.path == "/v1/models" {
      send(.ok, Array(models.utf8))
    } else {
      script(request, self)
    }
  }

  package func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    var input = bytes
    while let element = try? parser.next(&input) {
      switch element {
      case .head(let head): request = .init(head: head)
      case .body(let piece): request?.body += piece
      case .end: take(request!)
      }
    }
  }

  package func streamDidReachEnd(_ stream: ByteStream) { stream.close() }
  package func streamDidSend(_ stream: ByteStream) {}
  package func stream(_ stream: ByteStream, didFail error: UVError) { stream.close() }
  package func streamDidClose(_ stream: ByteStream) {}
}
