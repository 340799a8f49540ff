import DigitHTTP
import EventLoop
import Glibc

/// What the HTTP connections of one loop share. Belongs to the loop's thread.
package final class HTTPContext {
  package let loop: LoopContext
  let hosts: HTTPHosts
  /// The program's.
  let version: String
  let requestLimits: HTTPLimits
  let inferenceLimits: InferenceLimits
  private var dateText = (unixSeconds: Int.min, text: "")
  /// Takes work from the loop to another thread, and what it returns back to the loop. False where
  /// as much waits already as may.
  private let background: (@escaping Work) -> Bool

  /// What is to be done on the loop with the outcome of work.
  package typealias Sequel = @Sendable () -> Void
  package typealias Work = @Sendable () -> Sequel

  package init(
    loop: LoopContext, hosts: HTTPHosts, requestLimits: HTTPLimits = HTTPLimits(),
    version: String = "", background: @escaping (@escaping Work) -> Bool
  ) {
    self.loop = loop
    self.hosts = hosts
    self.requestLimits = requestLimits
    self.version = version
    self.background = background
    inferenceLimits = InferenceLimits(imagesMax: loop.limits.perConnection.imagesPerRequestMax)
  }

  /// - Returns: false where the bodies of all connections would be more than their budget.
  func takeBodyBytes(_ count: Int) -> Bool {
    let memory = loop.memory
    guard memory.bodyByteCount + count <= loop.limits.http.bodyByteCountMaxOfAll,
      memory.hasRoom(for: count)
    else { return false }
    memory.bodyByteCount += count
    return true
  }

  func giveBodyBytesBack(_ count: Int) {
    loop.memory.bodyByteCount -= count
    precondition(loop.memory.bodyByteCount >= 0, "a body's bytes are given back once")
  }

  func inBackground(_ work: @escaping Work) -> Bool { background(work) }

  /// The Date header's value, made anew each second.
  func date() -> String {
    let seconds = time(nil)
    if dateText.unixSeconds != seconds { dateText = (seconds, httpDate(unixSeconds: seconds)) }
    return dateText.text
  }
}
