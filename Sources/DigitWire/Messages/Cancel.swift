/// CANCEL: the request of this id is no longer wanted.
public struct Cancel: HeaderMessage, WholeMessage {
  public typealias Fault = Refusal
  public static let type = MessageType.cancel

  public init() {}

  /// - Throws: `BAD_REQUEST`, `LENGTH_MISMATCH`.
  public init(_ header: FrameHeader) throws(Refusal) {
    try header.requireReserved(in: Self.type)
    try header.requireEmptyPayload(of: Self.type)
  }
}
