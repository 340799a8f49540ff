import Arguments
import DigitServer
import DigitWire
import ProgramShell

/// Every bound of the server as an option: help lists them under a heading of their own.
extension Flags {
  static var limitParameters: [Parameter<Flags>] {
    (countParameters + byteParameters + timeParameters + httpParameters + httpTimeParameters)
      .map { $0.under("Limits") }
  }

  private static let counts = 1...1_000_000
  private static let bytes = 65_536...(1 << 40)
  private static let times = Duration.milliseconds(1)...(.seconds(86_400))

  private static var countParameters: [Parameter<Flags>] {
    [
      .option(
        "--max-connections", into: \.limits.connectionsMax, value: "N", in: counts,
        help: "Connections of clients."
      ).reloadable,
      .option(
        "--reserved-descriptors", into: \.limits.descriptorsReserved, value: "N", in: 16...65_536,
        help: "File descriptors that connections leave for everything else."),
      .option(
        "--max-images-per-request", into: \.imagesPerRequestMax, value: "N", in: 1...65_535,
        help: "Images in a request; announced to clients."),
      .option(
        "--max-requests-in-flight", into: \.requestsInFlightMax, value: "N", in: 1...65_535,
        help: "Requests in flight on a connection; announced to clients."),
      .option(
        "--max-requests", into: \.limits.requestsMax, value: "N", in: counts,
        help: "Requests being received, queued or computed, over all connections."),
      .option(
        "--max-images", into: \.limits.imagesMax, value: "N", in: counts,
        help: "Images of those requests, 3,200 bytes each."),
      .option(
        "--min-share", into: \.limits.imagesPerShareMin, value: "N", in: 1...256,
        help: "Images that a worker takes at least where others are idle."),
      .option(
        "--batch-time", into: \.limits.batchTimeMax, value: "TIME", in: times,
        help: "How long a batch may take: a slow model's has fewer images than --batch."),
      .option(
        "--worker-timeout", into: \.limits.workerTimeout, value: "TIME", in: times,
        help: "When a worker is taken for hanging in a batch: its requests are answered, and the "
          + "server is not ready any more."),
    ]
  }

  private static var byteParameters: [Parameter<Flags>] {
    [
      .option(
        "--max-unsent-bytes", into: \.limits.unsentByteCountMax, value: "BYTES", in: bytes,
        help: "Answers that clients have not read, over all connections."),
      .option(
        "--max-unsent-bytes-per-connection", into: \.limits.unsentByteCountMaxPerConnection,
        value: "BYTES", in: bytes, help: "The same for one connection."),
      .option(
        "--memory-limit", into: \.memoryLimit, value: "BYTES", in: bytes,
        help: "Memory of the whole process: before it is reached, requests are refused and clients "
          + "that do not read are cut. (default: none, beside these limits)"),
    ]
  }

  private static var timeParameters: [Parameter<Flags>] {
    let parameters: [Parameter<Flags>] = [
      .option(
        "--handshake-timeout", into: \.limits.handshakeTimeout, value: "TIME", in: times,
        help: "From a connection's beginning to its HELLO."),
      .option(
        "--frame-timeout", into: \.limits.frameTimeout, value: "TIME", in: times,
        help: "From a frame's beginning to its end."),
      .option(
        "--idle-timeout", into: \.limits.idleTimeout, value: "TIME", in: times,
        help: "Without a word from a client that waits for nothing."),
      .option(
        "--write-stall-timeout", into: \.limits.writeStallTimeout, value: "TIME", in: times,
        help: "Without a client's reading anything of what was sent."),
      .option(
        "--linger-timeout", into: \.limits.lingerTimeout, value: "TIME", in: times,
        help: "For a client to close, after our last frame or GOAWAY."),
      .option(
        "--drain-stall-timeout", into: \.limits.drainStallTimeout, value: "TIME", in: times,
        help: "For the next piece of a frame that has begun, during a drain."),
      .option(
        "--retry-after", into: \.retryAfter, value: "TIME",
        in: .milliseconds(0)...(.seconds(3_600)),
        help: "What clients are told to wait after OVERLOADED, in whole milliseconds."),
    ]
    return parameters.map(\.reloadable)
  }

  private static var httpParameters: [Parameter<Flags>] {
    [
      .option(
        "--http-max-connections", into: \.limits.http.connectionsMax, value: "N", in: counts,
        help: "Of all connections, those of HTTP."
      ).reloadable,
      .option(
        "--http-max-body-bytes", into: \.limits.http.bodyByteCountMaxOfAll, value: "BYTES",
        in: bytes, help: "Bodies being received or prepared, over all connections."),
      .option(
        "--http-background-threads", into: \.limits.http.backgroundThreadCount, value: "N",
        in: 1...64, help: "Threads that prepare pictures and large JSON."),
      .option(
        "--http-background-queue", into: \.limits.http.backgroundQueueMax, value: "N",
        in: 1...65_536, help: "Bodies that may wait for them."),
    ]
  }

  private static var httpTimeParameters: [Parameter<Flags>] {
    let parameters: [Parameter<Flags>] = [
      .option(
        "--http-idle-timeout", into: \.limits.http.idleTimeout, value: "TIME", in: times,
        help: "Between two requests of a connection."),
      .option(
        "--http-head-timeout", into: \.limits.http.headTimeout, value: "TIME", in: times,
        help: "For a request's line and headers."),
      .option(
        "--http-body-timeout", into: \.limits.http.bodyTimeout, value: "TIME", in: times,
        help: "For a request's body."),
      .option(
        "--http-min-body-rate", into: \.limits.http.bodyByteRateMin, value: "BYTES",
        in: 0...1_000_000_000, help: "Bytes a second that a body must have after its grace."),
      .option(
        "--http-body-rate-grace", into: \.limits.http.bodyRateGrace, value: "TIME", in: times,
        help: "How long a body may be slower than that."),
    ]
    return parameters.map(\.reloadable)
  }

  /// - Throws: `Misuse` for limits of which one leaves another no room.
  func checkedLimits() throws(Misuse) -> ServerLimits {
    var limits = limits
    limits.perConnection = ConnectionLimits(
      imagesPerRequestMax: imagesPerRequestMax, requestsInFlightMax: requestsInFlightMax)
    limits.retryAfterMilliseconds = UInt32(retryAfter / .milliseconds(1))
    guard imagesPerRequestMax <= limits.imagesMax else {
      throw Misuse(
        "expected --max-images of at least --max-images-per-request (\(imagesPerRequestMax)), got "
          + "\(limits.imagesMax)")
    }
    guard limits.unsentByteCountMaxPerConnection <= limits.unsentByteCountMax else {
      throw Misuse(
        "expected --max-unsent-bytes of at least --max-unsent-bytes-per-connection "
          + "(\(limits.unsentByteCountMaxPerConnection)), got \(limits.unsentByteCountMax)")
    }
    return limits
  }
}
