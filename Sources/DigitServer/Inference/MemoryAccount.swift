/// What the clients of one loop take of the process's memory: connections, answers that are not
/// sent, and bodies that come over HTTP. Belongs to the loop's thread.
///
/// The memory of images is taken at start. Whoever adds to an account looks first whether it is
/// full, so it is exceeded by one piece at most.
package final class MemoryAccount {
  package var connectionCount = 0
  package var unsentByteCount = 0
  package var bodyByteCount = 0
  private let byteCountMax: Int
  private let connectionByteCount: Int

  package init(limits: ServerLimits) {
    byteCountMax = limits.memoryByteCountMax ?? .max
    connectionByteCount = limits.connectionByteCount
  }

  package var byteCount: Int {
    connectionCount * connectionByteCount + unsentByteCount + bodyByteCount
  }

  package var isFull: Bool { byteCount >= byteCountMax }

  package func hasRoom(for more: Int) -> Bool { more <= byteCountMax - byteCount }

  /// Nothing more is taken for requests.
  func checkRoom() throws(Rejection) {
    if isFull { throw .memoryFull(byteCount: byteCount, byteCountMax: byteCountMax) }
  }
}
