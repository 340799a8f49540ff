import DigitTLS
import EventLoop

/// What a load consists of: requests of `batch` images, each sent when an answer makes room for it
/// or when a schedule says so.
package struct LoadPlan: Sendable {
  /// Each gets the same number of connections, and its turn of what is sent.
  package var servers: [SocketAddress]
  package var door = Door.binary
  package var token: [UInt8] = []
  /// Nil does not encrypt.
  package var tls: TLSClient?
  /// Nil is the server's default.
  package var model: String?
  /// Images in a request.
  package var batch = 1
  /// To all servers together.
  package var connections = 1
  /// Requests in flight on each connection, at most.
  package var pipeline = 1
  package var pacing = Pacing.closedLoop
  package var order = ImageOrder.inTurn
  package var extent = Extent.time(.seconds(5))
  /// How long requests are sent before they count.
  package var warmUp = Duration.seconds(1)
  /// What a request may take from its sending on; the server hears of it too. Nil is no limit.
  package var deadline: Duration?
  /// How long connecting may take, from first to last.
  package var connectTimeout = Duration.seconds(5)
  /// How long the last answers may take; what has not come by then is abandoned.
  package var answerTimeout = Duration.seconds(10)
  /// How long a server may owe answers and send none: then the load ends.
  package var stallTimeout = Duration.seconds(10)
  /// Whether connections that end are made anew, as long as that takes no longer than connecting
  /// may, and what was in flight on them is sent again.
  package var reconnects = false
  /// The length of the intervals for which figures are kept apart.
  package var interval = Duration.seconds(1)
  /// Which of the requests are sent, where others send the rest.
  package var share = LoadShare()

  package init(server: SocketAddress) { servers = [server] }

  /// The first of them, and of a share the only one.
  package var server: SocketAddress {
    get { servers[0] }
    set { servers = [newValue] }
  }

  /// Which of the server's ports is asked, and so in which protocol.
  package enum Door: Equatable, Sendable {
    case binary
    /// HTTP/1.1, in the Open Inference Protocol with binary tensors.
    case http
  }

  /// What lets the next request go.
  package enum Pacing: Equatable, Sendable {
    /// An answer: there are always `connections` × `pipeline` requests under way.
    case closedLoop
    /// The clock.
    case openLoop(ArrivalSchedule)
  }

  /// How much is measured.
  package enum Extent: Equatable, Sendable {
    case time(Duration)
    case requests(Int)
    /// Until there were as many requests and as much time.
    case atLeast(requests: Int, time: Duration)
  }

  /// Which image is asked about next.
  package enum ImageOrder: Equatable, Sendable {
    case inTurn
    /// Drawn evenly and independently.
    case random(seed: UInt64)
  }
}
