/// Why the server cut a connection.
package enum CutReason: Int, CaseIterable, Sendable {
  /// All unsent answers were over their bound, and this peer held more than its share.
  case unread
  /// The peer read nothing of what was sent.
  case unreadTimeout
  /// No HELLO, no TLS handshake, or nothing but HEALTH in time.
  case handshakeTimeout
  /// A frame, or a request over HTTP, did not come to its end.
  case requestTimeout
  case idleTimeout
  /// Another TLS handshake took its place.
  case tooManyHandshakes
  case noDescriptor
  /// What it sent cannot be understood, or has no token that is good.
  case refused

  /// Of a time-out that this was seen at.
  package init(timedOut seen: ConnectionClock.Observation) {
    if seen.isMidFrame {
      self = .requestTimeout
    } else {
      self = seen.phase == .greeting ? .handshakeTimeout : .idleTimeout
    }
  }

  /// As figures and labels have it.
  var name: String {
    switch self {
    case .unread: "unread"
    case .unreadTimeout: "unread_timeout"
    case .handshakeTimeout: "handshake_timeout"
    case .requestTimeout: "request_timeout"
    case .idleTimeout: "idle_timeout"
    case .tooManyHandshakes: "too_many_handshakes"
    case .noDescriptor: "no_descriptor"
    case .refused: "refused"
    }
  }
}

/// What a connection is at.
package enum ConnectionStanding: Int, CaseIterable, Sendable {
  /// Before HELLO, with its TLS handshake; over HTTP, before the first request.
  case greeting
  /// Nothing of it is under way.
  case idle
  /// A frame, or a request over HTTP, has begun and not ended.
  case receiving
  /// Has requests that wait for their answers.
  case working
  /// Has answers that are not sent, and is not read from until it has read them.
  case unread
  /// One of the two sides comes to its end.
  case closing

  /// As figures and labels have it.
  var name: String {
    switch self {
    case .greeting: "greeting"
    case .idle: "idle"
    case .receiving: "receiving"
    case .working: "working"
    case .unread: "unread"
    case .closing: "closing"
    }
  }
}
