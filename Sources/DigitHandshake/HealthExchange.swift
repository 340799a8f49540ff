import DigitWire

/// HEALTH without HELLO, so that no token is needed, and the HEALTH_REPLY that answers it.
package struct HealthExchange: FirstExchange {
  package let request: HealthProbe
  package let answerType = MessageType.healthReply
  package let payloadByteCountMax = ProtocolLimits.payloadByteCountMaxBeforeWelcome

  package init(_ probe: HealthProbe) { request = probe }

  package func messageArrived(
    _ header: FrameHeader, payload: UnsafeRawBufferPointer
  ) -> ExchangeVerdict<Bool> {
    guard header.type == answerType.rawValue else {
      return otherMessageArrived(header, payload: payload)
    }
    do throws(PayloadError) {
      let reply = try HealthReply(header)
      guard reply.probe == request else {
        return .failed(
          .failed(
            "expected a HEALTH_REPLY about probe '\(request)', got one about '\(reply.probe)'"))
      }
      return .answered(reply.isYes)
    } catch {
      return .failed(malformed(.healthReply, error))
    }
  }
}
