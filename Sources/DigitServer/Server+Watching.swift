import EventLoop

/// What is watched while a server runs, and what may be changed.
extension Server {
  /// How the server is, in a few figures.
  package struct Vitals: Sendable {
    package let connectionCount: Int
    package let isDraining: Bool
    /// Some worker does not come to the end of its batch.
    package let hasStalledWorker: Bool
  }

  /// Has the loops answer what a worker that hangs was given.
  func watchWorkers() {
    guard let pulses = workers?.pulses else { return }
    let events = stallWatch.look(now: time.advance(to: .now)) { pulses[$0].batch }
    let isStalled = stallWatch.stalledCount > 0
    for event in events {
      switch event {
      case .stalls(let worker, let batch):
        let patience = limits.workerTimeout
        log.error("worker hangs", ["worker": worker, "time": patience])
        for loop in loops {
          loop.mail.post(
            .perform { $0.inference.fail(batch, of: pulses[worker], after: patience) })
        }
      case .goesOn(let worker): log.info("worker goes on", ["worker": worker])
      }
    }
    if stallWatch.stalledCount == pulses.count { workers?.handBackLate() }
    guard !events.isEmpty else { return }
    for loop in loops { loop.mail.post(.perform { $0.hasStalledWorker = isStalled }) }
  }

  /// Gives a running server other limits, from any thread: of connections, and of times.
  /// Connections that are open keep their times.
  package struct LimitSetter: Sendable {
    private let mails: [LoopMail]
    private let hooks: LoopBound<Hooks>

    fileprivate init(_ server: Server) {
      mails = server.loops.map(\.mail)
      hooks = LoopBound(value: server.hooks)
    }

    package func set(_ limits: ServerLimits) {
      let share = limits.ofOneLoop(among: mails.count)
      for mail in mails { mail.post(.perform { $0.limits = share }) }
      mails[0].post(.perform { [hooks] _ in hooks.value.server?.take(limits) })
    }
  }

  package var limitSetter: LimitSetter { LimitSetter(self) }
}
