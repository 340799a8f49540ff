import EventLoop

/// What a load consists of: a closed loop of `connections` × `pipeline` requests of `batch`
/// images, each answer being followed by the next request.
package struct LoadPlan: Sendable {
  package var server: SocketAddress
  package var token: [UInt8] = []
  /// Nil is the server's default.
  package var model: String?
  /// Images in a request.
  package var batch = 1
  package var connections = 1
  /// Requests in flight on each connection.
  package var pipeline = 1
  package var extent = Extent.time(.seconds(5))
  /// How long requests are sent before they count.
  package var warmUp = Duration.seconds(1)
  /// How long connecting may take, from first to last.
  package var connectTimeout = Duration.seconds(5)
  /// How long the last answers may take; what has not come by then is lost.
  package var answerTimeout = Duration.seconds(10)

  package init(server: SocketAddress) { self.server = server }

  /// How much is measured.
  package enum Extent: Equatable, Sendable {
    case time(Duration)
    case requests(Int)
  }
}
