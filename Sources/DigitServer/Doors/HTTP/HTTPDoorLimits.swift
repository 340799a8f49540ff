/// Bounds of the HTTP door, beside those that all doors have.
package struct HTTPDoorLimits: Sendable {
  /// Of all connections, so many may speak HTTP.
  package var connectionsMax = 4_096
  /// Bodies that are being received or prepared, over all connections, in bytes.
  package var bodyByteCountMaxOfAll = 128 * 1024 * 1024
  /// Threads for pictures and large JSON, and what may wait for them.
  package var backgroundThreadCount = 1
  package var backgroundQueueMax = 64

  package var idleTimeout = Duration.seconds(75)
  /// For a request's line and headers, from their first byte.
  package var headTimeout = Duration.seconds(10)
  package var bodyTimeout = Duration.seconds(60)
  /// A body that is slower than this after so long is refused, in bytes a second.
  package var bodyByteRateMin: UInt64 = 1_024
  package var bodyRateGrace = Duration.seconds(5)

  package init() {}
}
