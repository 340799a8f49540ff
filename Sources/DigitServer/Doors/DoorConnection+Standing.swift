extension BinaryConnection {
  package var standing: ConnectionStanding {
    switch state.phase {
    case .greeting, .barred: return .greeting
    case .answering, .lingering, .sending, .draining: return .closing
    case .serving: break
    }
    if !transport.isReadingWanted, transport.unsentByteCount > 0 { return .unread }
    if requestsInFlight > 0 { return .working }
    return isMidFrame ? .receiving : .idle
  }
}

extension HTTPConnection {
  package var standing: ConnectionStanding {
    switch stage {
    case .lingering: .closing
    case .working: .working
    case .head, .body: .receiving
    case .idle: hasAsked ? .idle : .greeting
    }
  }
}
