import EventLoop

/// When a load sends, and what of it counts: warm-up, then the measured part, then only waiting
/// for answers.
package struct LoadStages {
  /// Which part of a load a request belongs to.
  package enum Part: Int {
    case warmUp
    case measured
  }

  package enum Transition: Equatable {
    case measuringBegan
    case sendingEnded
  }

  private enum Stage {
    case warmingUp(until: Instant)
    case measuringTime(until: Instant)
    case measuringRequests(left: Int)
    case measuringBoth(until: Instant, left: Int)
    case finishing(until: Instant)
  }

  private var stage: Stage
  private let extent: LoadPlan.Extent
  private let answerTimeout: Duration

  /// - Parameter extent: what is measured: an open loop's schedule knows how long it takes.
  package init(_ plan: LoadPlan, extent: LoadPlan.Extent? = nil, now: Instant) {
    stage = .warmingUp(until: now.advanced(by: plan.warmUp))
    self.extent = extent ?? plan.extent
    answerTimeout = plan.answerTimeout
  }

  /// To be asked until it is nil, before anything else is decided at `now`.
  package mutating func advance(now: Instant) -> Transition? {
    switch stage {
    case .warmingUp(let end) where now >= end:
      switch extent {
      case .time(let duration): stage = .measuringTime(until: now.advanced(by: duration))
      case .requests(let count): stage = .measuringRequests(left: count)
      case .atLeast(let count, let duration):
        stage = .measuringBoth(until: now.advanced(by: duration), left: count)
      }
      return .measuringBegan
    case .measuringTime(let end) where now >= end: return finish(now)
    case .measuringRequests(left: 0): return finish(now)
    case .measuringBoth(let end, let left) where left == 0 && now >= end: return finish(now)
    case .warmingUp, .measuringTime, .measuringRequests, .measuringBoth, .finishing: return nil
    }
  }

  private mutating func finish(_ now: Instant) -> Transition {
    stage = .finishing(until: now.advanced(by: answerTimeout))
    return .sendingEnded
  }

  /// How long a load that was stopped waits for what is in flight, at most.
  private static let stopTimeout = Duration.seconds(1)

  /// Ends the sending before its time.
  package mutating func stop(now: Instant) {
    let end = now.advanced(by: min(answerTimeout, Self.stopTimeout))
    if case .finishing(let planned) = stage {
      stage = .finishing(until: min(planned, end))
    } else {
      stage = .finishing(until: end)
    }
  }

  /// Permits one request and says as what it counts; nil where none may be sent.
  package mutating func permit() -> Part? {
    switch stage {
    case .warmingUp: return .warmUp
    case .measuringTime: return .measured
    case .measuringRequests(left: 0): return nil
    case .measuringRequests(let left):
      stage = .measuringRequests(left: left - 1)
      return .measured
    case .measuringBoth(let end, let left):
      stage = .measuringBoth(until: end, left: max(left - 1, 0))
      return .measured
    case .finishing: return nil
    }
  }

  /// Whether there is nothing left to do: `mayStillSend` is false when no connection is left that
  /// would take requests.
  package func isOver(inFlight: Int, mayStillSend: Bool, now: Instant) -> Bool {
    switch stage {
    case .finishing(let end): inFlight == 0 || now >= end
    case .warmingUp, .measuringTime, .measuringRequests, .measuringBoth:
      inFlight == 0 && !mayStillSend
    }
  }

  /// When time alone changes something; nil where only answers do.
  package var nextChange: Instant? {
    switch stage {
    case .warmingUp(let end), .measuringTime(let end), .measuringBoth(let end, _),
      .finishing(let end):
      end
    case .measuringRequests: nil
    }
  }
}
