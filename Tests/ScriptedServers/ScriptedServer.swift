import DigitWire
import EventLoop

/// A server on a thread of its own that greets its clients and leaves other frames to a script.
package final class ScriptedServer: @unchecked Sendable {
  package typealias Script = @Sendable (Frame, Peer) -> Void

  package struct Frame {
    package let header: FrameHeader
    package let payload: [UInt8]
    package var type: MessageType? { MessageType(rawValue: header.type) }
    package var id: UInt64 { header.requestID }
    package var predict: Predict? { try? Predict(header, imagesPerRequestMax: 65_535) }
  }

  package let address: String
  private let wakeup: Wakeup
  private let thread: WorkerThread

  /// - Parameters:
  ///   - welcome: nil leaves HELLO to the script too.
  ///   - left: called when a client has closed its connection.
  package init(
    welcome: Welcome? = .usual, left: @escaping @Sendable () -> Void = {}, script: @escaping Script
  ) throws {
    let server = try ServerThread { Peer($0, welcome: welcome, left: left, script: script) }
    address = server.address
    wakeup = server.wakeup
    thread = try WorkerThread { server.run() }
  }

  deinit {
    wakeup.wake()
    thread.join()
  }
}

extension Welcome {
  package static let usual = Welcome(
    features: .announcements,
    limits: ConnectionLimits(imagesPerRequestMax: 256, requestsInFlightMax: 8),
    models: [
      ModelEntry(handle: 1, name: "cnn-28", version: 3, isDefault: true, precision: .bfloat16),
      ModelEntry(handle: 2, name: "mlp-16", version: 1, isDefault: false, precision: .int8),
    ])
}

/// One client, as the server's script sees it.
package final class Peer: ByteStreamDelegate, ClosablePeer {
  private let stream: ByteStream
  private var reader = FrameCollector()
  private let welcome: Welcome?
  private let left: @Sendable () -> Void
  private let script: ScriptedServer.Script
  /// What the script wants to keep between frames.
  package var kept: [ScriptedServer.Frame] = []

  fileprivate init(
    _ stream: ByteStream, welcome: Welcome?, left: @escaping @Sendable () -> Void,
    script: @escaping ScriptedServer.Script
  ) {
    self.stream = stream
    self.welcome = welcome
    self.left = left
    self.script = script
    stream.delegate = self
    stream.startReading()
  }

  package func close() { stream.close() }
  package func end() { stream.end() }

  package func send(_ header: FrameHeader, _ payload: [UInt8] = []) {
    stream.write(header.frameByteCount) { bytes in
      header.encode(into: bytes)
      UnsafeMutableRawBufferPointer(rebasing: bytes[FrameHeader.byteCount...])
        .copyBytes(from: payload)
    }
  }

  /// Whatever they are.
  package func send(_ bytes: [UInt8]) { bytes.withUnsafeBytes { stream.write($0) } }

  package func send(_ message: some WholeMessage, id: UInt64 = 0) {
    stream.write(message.encodedByteCount) { message.encode(requestID: id, into: $0) }
  }

  /// Answers a PREDICT: each image shows `digit`, or else the one that its first pixel says.
  /// A CANCEL has no answer of its own.
  package func answer(
    _ frame: ScriptedServer.Frame, as digit: Int? = nil, probability: Float = 0.5
  ) {
    if frame.type == .cancel { return }
    let predict = frame.predict!
    let model = welcome?.models.first {
      predict.modelHandle == 0 ? $0.isDefault : $0.handle == predict.modelHandle
    }
    let result = PredictResult(
      modelVersion: 3, queueMicroseconds: 11, computeMicroseconds: 42,
      imageCount: predict.imageCount, returns: predict.returns, classCount: 10,
      precision: model?.precision ?? .float32)
    stream.write(result.encodedByteCount) { bytes in
      result.encode(requestID: frame.id, into: bytes) { records in
        for image in 0..<predict.imageCount {
          let digit = digit ?? Int(frame.payload[image * predict.pixelType.imageByteCount])
          switch predict.returns {
          case .topOne: records.append(TopOne(label: digit, probability: probability))
          case .probabilities:
            let row = (0..<10).map { $0 == digit ? probability : 0.5 / 9 }
            row.withUnsafeBufferPointer { records.append($0) }
          }
        }
      }
    }
  }

  /// Answers a PING.
  package func echo(_ frame: ScriptedServer.Frame) {
    send(Pong(payloadByteCount: frame.payload.count).header(requestID: frame.id), frame.payload)
  }

  package func refuse(_ frame: ScriptedServer.Frame, _ code: ErrorCode, closes: Bool = false) {
    var message = ErrorMessage(Refusal(code, "expected something else"))
    message.closes = message.closes || closes
    send(message, id: frame.id)
  }

  package func stream(_ stream: ByteStream, didRead bytes: UnsafeRawBufferPointer) {
    for frame in reader.frames(of: bytes) {
      if frame.type == .hello, let welcome { send(welcome) } else { script(frame, self) }
    }
  }

  package func streamDidReachEnd(_ stream: ByteStream) {
    left()
    stream.close()
  }
  package func streamDidSend(_ stream: ByteStream) {}
  package func stream(_ stream: ByteStream, didFail error: UVError) { stream.close() }
  package func streamDidClose(_ stream: ByteStream) {}
}

/// Collects whole frames.
private struct FrameCollector {
  private var decoder = FrameDecoder(payloadByteCountMax: 1 << 20)
  private var header: FrameHeader?
  private var payload: [UInt8] = []

  mutating func frames(of bytes: UnsafeRawBufferPointer) -> [ScriptedServer.Frame] {
    var input = bytes
    var frames: [ScriptedServer.Frame] = []
    while let element = try? decoder.next(&input) {
      switch element {
      case .header(let header) where header.payloadByteCount == 0:
        frames.append(ScriptedServer.Frame(header: header, payload: []))
      case .header(let header): self.header = header
      case .payload(let piece, let remaining):
        payload += piece
        guard remaining == 0 else { continue }
        frames.append(ScriptedServer.Frame(header: header!, payload: payload))
        payload = []
      }
    }
    return frames
  }
}

/// `count` images, each of whose pixels are its digit's number.
package func images(_ digits: Int...) -> [UInt8] { images(digits.map(UInt8.init)) }

package func images(_ digits: [UInt8]) -> [UInt8] {
  digits.flatMap { [UInt8](repeating: $0, count: ProtocolLimits.pixelsPerImage) }
}
