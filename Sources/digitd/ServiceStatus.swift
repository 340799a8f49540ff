import DigitServer
import EventLoop
import Foundation
import ProgramShell

/// Keeps the service manager informed, systemd or another that knows its protocol.
///
/// What the server's first loop looks at twice a second feeds the watchdog: where that loop does
/// not turn any more, nobody does.
final class ServiceStatus: Sendable {
  private let notifier: ServiceNotifier
  private let text: @Sendable (_ connectionCount: Int) -> String
  private let log: Log
  /// What the manager shows, and how many looks ago it was told.
  private let shown = Guarded((status: "", looks: 0))

  /// A status changes with every connection; so many looks lie between two.
  private static let looksBetween = 10

  init(_ notifier: ServiceNotifier, log: Log, text: @escaping @Sendable (Int) -> String) {
    self.notifier = notifier
    self.log = log
    self.text = text
    if let period = notifier.watchdogPeriod, period < Server.watchInterval * 2 {
      log.warning(
        "watchdog period is too short", ["least": Server.watchInterval * 2, "period": period])
    }
  }

  func began() {
    let status = text(0)
    shown.withLock { $0 = (status, 0) }
    if let reason = notifier.tell(.ready, status: status) {
      log.warning("service manager not notified", ["reason": reason])
    }
  }

  func draining(connectionCount: Int) {
    notifier.tell(.stopping, status: "draining, \(connectionCount) connections")
  }

  /// Around a reload, on whatever thread.
  func reloading(_ reload: () -> Void) {
    // The manager's clock: CLOCK_MONOTONIC.
    notifier.tell(.reloading(monotonicMicroseconds: Instant.now.nanoseconds / 1_000))
    reload()
    notifier.tell(.ready)
  }

  func looked(_ vitals: Server.Vitals) {
    // A thread that hangs cannot be ended: the manager starts the server again.
    if notifier.watchdogPeriod != nil, !vitals.hasStalledWorker { notifier.tell(.alive) }
    guard !vitals.isDraining else { return }
    let status = text(vitals.connectionCount)
    let isNews = shown.withLock { shown in
      shown.looks += 1
      guard shown.looks >= Self.looksBetween, shown.status != status else { return false }
      shown = (status, 0)
      return true
    }
    if isNews { notifier.tell(.same, status: status) }
  }
}
