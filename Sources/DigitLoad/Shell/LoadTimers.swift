import EventLoop

/// What wakes a session besides its connections.
struct LoadTimers {
  /// For what only time changes.
  let stage: Timer
  let interval: Timer
  let deadlines: Timer
  /// For servers that have stopped answering.
  let stall: Timer
  /// For connections that are to be made anew.
  let reconnect: Timer
  /// For the requests of an open loop.
  let alarm: Alarm

  func stop() {
    stage.stop()
    interval.stop()
    deadlines.stop()
    stall.stop()
    reconnect.stop()
    alarm.stop()
  }

  /// Once, at the end.
  func close() {
    stage.close()
    interval.close()
    deadlines.close()
    stall.close()
    reconnect.close()
    alarm.close()
  }
}

extension Timer {
  /// Fires once, after `moment`.
  func start(until moment: Instant, now: Instant) {
    start(after: .microseconds(Int64(moment.microseconds(since: now)) + 1))
  }
}
