import DigitHTTP
import DigitWire

extension HTTPProblem {
  /// A rejection in HTTP's codes; its words are those of the binary protocol.
  init(_ rejection: Rejection, usualRetryAfter milliseconds: UInt32) {
    let (status, code): (HTTPStatus, String) =
      switch rejection {
      case .noRoom, .memoryFull, .overShare, .queueTooLong, .waitedTooLong, .evicted:
        (.serviceUnavailable, "overloaded")
      case .badPixel: (.badRequest, "bad_pixel")
      case .deadlineOutOfReach, .deadlineExceeded: (.gatewayTimeout, "deadline_exceeded")
      case .notFinite, .workerStalled: (.internalServerError, "internal")
      }
    let wait = rejection.retryAfterMilliseconds(usual: milliseconds)
    self.init(
      status, code: code, Refusal(rejection).message,
      retryAfterSeconds: wait.map { Int(($0 + 999) / 1_000) })
  }
}
