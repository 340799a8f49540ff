import DigitModel
import DigitWire

/// Every bound of the server, in one place. Memory for the fixed tables is taken at start; what
/// grows (unsent answers) is held under a budget for the whole process.
package struct ServerLimits: Sendable {
  package var connectionsMax = 10_000
  /// Descriptors kept for what is no connection: listeners, the loop's own, files being read.
  package var descriptorsReserved = 64
  /// Announced to clients.
  package var perConnection = ConnectionLimits()
  /// Requests that are being received, queued or computed, over all connections.
  package var requestsMax = 20_480
  /// Images of those requests: 3,200 bytes each. A lone connection may hold four fifths of them
  /// (`FairShare`), which are 256 requests of 64.
  package var imagesMax = 20_480
  /// How long requests without a deadline may wait.
  package var queue = QueueAge.Limits(ageMax: .milliseconds(500), interval: .milliseconds(100))
  /// Images that a worker computes in one go; within `imagesPerBatchRange`.
  package var imagesPerBatchMax = 64
  /// A lone worker leaves the rest of a queue to idle colleagues, but never takes fewer than this.
  package var imagesPerShareMin = 8
  /// A batch of a model that is slow has fewer images, so that others wait no longer than this for
  /// its end.
  package var batchTimeMax = Duration.milliseconds(20)
  /// A worker whose batch takes longer is taken for hanging.
  package var workerTimeout = Duration.seconds(10)
  /// A turn's requests that take no longer are computed on the loop; zero sends all to workers.
  package var inlineBudget = Duration.microseconds(50)
  /// Answers that were written and that peers have not read, over all connections, in bytes.
  package var unsentByteCountMax = 64 * 1024 * 1024
  /// The same for one connection, in bytes; fewer when there are many connections.
  package var unsentByteCountMaxPerConnection = 1024 * 1024

  /// What connections, unsent answers and bodies may take together, in bytes; nil where only the
  /// bound of each holds.
  package var memoryByteCountMax: Int?
  /// What a connection counts for in that: more than one that is busy takes.
  package var connectionByteCount = 24 * 1024

  /// From a connection's beginning to the end of its TLS handshake, and to HELLO.
  package var handshakeTimeout = Duration.seconds(10)
  /// TLS handshakes under way at the same time; another one cuts the oldest.
  package var tlsHandshakesMax = 1_024
  /// What they may take of one turn of a loop, about.
  package var tlsHandshakeTimePerTurn = Duration.milliseconds(1)
  package var frameTimeout = Duration.seconds(30)
  package var idleTimeout = Duration.seconds(600)
  package var writeStallTimeout = Duration.seconds(30)
  /// How long a client has to read our last frame, or to close after GOAWAY, before we do; and to
  /// ask for HEALTH where there are too many connections.
  package var lingerTimeout = Duration.seconds(1)
  /// How long a drain waits for the next piece of a frame that has begun.
  package var drainStallTimeout = Duration.seconds(3)
  /// How long a drain waits for what is in flight.
  package var drainGrace = Duration.seconds(30)
  /// How long a connection takes new requests, give or take a tenth; as long as it likes where nil.
  package var connectionAge: Duration?
  /// How long files of models must stay as they are before they are reloaded by themselves.
  package var folderSettleInterval = Duration.milliseconds(500)
  package var http = HTTPDoorLimits()
  /// What clients are told to wait after OVERLOADED.
  package var retryAfterMilliseconds: UInt32 = 10

  package init() {}

  /// What a plan can be compiled for.
  package static let imagesPerBatchRange = 1...ModelLimits.batchCountMax
  /// Connections over `connectionsMax` that are taken to answer HEALTH and nothing else.
  package static let probesMax = 8
  /// Event loops that a server can have.
  package static let loopRange = 1...64

  /// Lowers `connectionsMax` to what so many descriptors are enough for.
  /// - Returns: whether it was higher.
  package mutating func fitConnections(intoDescriptors descriptorsMax: Int) -> Bool {
    let room = max(1, descriptorsMax - descriptorsReserved)
    guard room < connectionsMax else { return false }
    connectionsMax = room
    return true
  }

  /// Of a limit for the whole process, what is left for clients: without what is resident now, the
  /// images that are not touched yet, and the pictures that are decoded at one time. Connections
  /// may take half of it.
  /// - Throws: `MemoryLimitError` where that is too little.
  package mutating func divideMemory(
    _ limit: Int, residentByteCount: Int, encrypts: Bool
  ) throws(MemoryLimitError) {
    let fixed =
      residentByteCount + imagesMax * ImageSlab.slotByteCount
      + http.backgroundThreadCount * Self.pictureByteCountMax
    guard limit - fixed >= Self.clientByteCountMin else {
      throw MemoryLimitError(limit: limit, least: fixed + Self.clientByteCountMin)
    }
    memoryByteCountMax = limit - fixed
    if encrypts { connectionByteCount = Self.encryptedConnectionByteCount }
    connectionsMax = min(connectionsMax, (limit - fixed) / 2 / connectionByteCount)
  }

  /// A picture of as many pixels as one may have, decoded, and on its way to gray.
  static let pictureByteCountMax = 128 * 1024 * 1024
  private static let clientByteCountMin = 32 * 1024 * 1024
  private static let encryptedConnectionByteCount = 80 * 1024

  /// What each of so many loops may have: a share of what the server has in all.
  func ofOneLoop(among loopCount: Int) -> ServerLimits {
    var share = self
    share.requestsMax = max(1, requestsMax / loopCount)
    share.imagesMax = max(perConnection.imagesPerRequestMax, imagesMax / loopCount)
    share.unsentByteCountMax /= loopCount
    share.tlsHandshakesMax = max(1, tlsHandshakesMax / loopCount)
    share.http.bodyByteCountMaxOfAll /= loopCount
    share.memoryByteCountMax = memoryByteCountMax.map { $0 / loopCount }
    if loopCount == 1 { share.imagesMax = imagesMax }
    return share
  }

  package func scheduling(requestsMax: Int) -> BatchScheduler.Limits {
    var limits = BatchScheduler.Limits(
      requestsMax: requestsMax, imagesPerBatchMax: imagesPerBatchMax,
      imagesPerShareMin: imagesPerShareMin)
    limits.batchNanosecondsMax = batchTimeMax.wholeMicroseconds * 1_000
    limits.age = queue
    return limits
  }

  /// Unsent bytes above which a connection is not read from, given how many there are: each has
  /// its share of a quarter of the budget, for answers to what has been read come still, and the
  /// memory for them grows by doubling; and at least a short answer.
  func unsentByteCountMax(connectionCount: Int) -> Int {
    let share = unsentByteCountMax / 4 / max(connectionCount, 1)
    return max(8 * 1024, min(unsentByteCountMaxPerConnection, share))
  }
}

/// A limit of memory that the server alone would fill.
package struct MemoryLimitError: Error, Equatable, CustomStringConvertible {
  package let limit: Int
  package let least: Int

  package var description: String {
    "expected --memory-limit of at least \(least) bytes, which models, --max-images and pictures "
      + "need, got \(limit)"
  }
}
