import DigitWire
import EventLoop

/// The first exchange on a connection: HELLO, and the WELCOME that says what the load may do.
struct LoadGreeting {
  let plan: LoadPlan

  func begin(on stream: ByteStream) {
    let hello = Hello(token: plan.token)
    stream.write(hello.encodedByteCount) { hello.encode(into: $0) }
  }

  /// Nil for a message that does not decide.
  func messageArrived(
    _ header: FrameHeader, _ payload: UnsafeRawBufferPointer
  ) throws(LoadError) -> LoadTerms? {
    try LoadTerms(header, payload: payload, plan: plan)
  }
}
