import DigitLoad
import EventLoop
import Testing

private func at(_ milliseconds: Double) -> Instant {
  Instant(nanoseconds: 1_000_000_000 + UInt64(milliseconds * 1_000_000))
}

private func agenda(
  _ schedule: ArrivalSchedule, _ extent: LoadPlan.Extent, warmUp: Duration = .zero
) -> Agenda {
  var plan = LoadPlan(server: .unix(path: "/nowhere"))
  plan.warmUp = warmUp
  plan.extent = extent
  return Agenda(schedule, plan: plan, start: at(0))
}

struct AgendaTests {
  @Test(arguments: [ArrivalSchedule.Spacing.constant, .poisson])
  func `shares have each arrival of the whole once`(spacing: ArrivalSchedule.Spacing) {
    let schedule = ArrivalSchedule.steady(100, spacing: spacing, seed: 7)
    var plan = LoadPlan(server: .unix(path: "/nowhere"))
    (plan.warmUp, plan.extent, plan.connections) = (.milliseconds(50), .time(.seconds(1)), 3)
    plan.pacing = .openLoop(schedule)
    let moments = { (plan: LoadPlan) in
      var agenda = Agenda(schedule, plan: plan, start: at(0))
      var moments: [UInt64] = []
      while let due = agenda.take(now: at(10_000)) { moments.append(due.intended.nanoseconds) }
      return moments
    }
    let parts = plan.shares(3).map(moments)
    #expect(parts.allSatisfy { $0.count > 20 })
    #expect(parts.joined().sorted() == moments(plan))
  }

  @Test func `what a share has not sent is its own`() {
    var plan = LoadPlan(server: .unix(path: "/nowhere"))
    (plan.warmUp, plan.extent, plan.connections) = (.zero, .time(.seconds(1)), 4)
    plan.pacing = .openLoop(.steady(10))
    let unsent = plan.shares(4).map { share in
      var agenda = Agenda(.steady(10), plan: share, start: at(0))
      return agenda.abandon()
    }
    #expect(unsent == [3, 3, 2, 2])
  }

  @Test func `a request is taken when it is due, and once`() {
    var agenda = agenda(.steady(100), .time(.milliseconds(25)))
    #expect(agenda.take(now: at(0))?.intended == at(0))
    #expect(agenda.next == at(10))
    #expect(agenda.take(now: at(9.9)) == nil)
    let due = agenda.take(now: at(10.5))
    #expect(due?.intended == at(10))
    #expect(due?.lateness == 500_000)
    #expect(due?.wasHeldBack == false)
    #expect(agenda.take(now: at(100))?.intended == at(20))
    // The next would be at 30 ms, beyond the end.
    #expect(agenda.next == nil)
  }

  @Test func `a request belongs to the part in which it was meant to be sent`() {
    var agenda = agenda(.steady(100), .time(.milliseconds(20)), warmUp: .milliseconds(20))
    let parts = (0..<4).map { _ in agenda.take(now: at(99))?.part }
    #expect(parts == [.warmUp, .warmUp, .measured, .measured])
    #expect(agenda.take(now: at(99)) == nil)
  }

  @Test func `what waits for room is held back, and not the client's fault`() {
    var agenda = agenda(.steady(100), .time(.milliseconds(100)))
    _ = agenda.take(now: at(0))
    // At 10 ms there is no room; the first comes at 35 ms.
    agenda.holdBack(now: at(10))
    let late = (0..<3).map { _ in agenda.take(now: at(35)) }
    #expect(late.map { $0?.intended } == [at(10), at(20), at(30)])
    #expect(late.allSatisfy { $0?.wasHeldBack == true && $0?.lateness == 0 })
    let next = agenda.take(now: at(40.25))
    #expect(next?.wasHeldBack == false)
    #expect(next?.lateness == 250_000)
  }

  @Test func `what was held back stays the server's wait until it is sent`() {
    var agenda = agenda(.steady(200), .time(.seconds(2)))
    var sent: [Agenda.Due] = []
    // 16 may be in flight; the server stands still from 500 ms to 1 s, and answers at once else.
    var inFlight = 0
    func take(_ now: Double) {
      while let next = agenda.next, next <= at(now) {
        guard inFlight < 16 else { return agenda.holdBack(now: at(now)) }
        sent.append(agenda.take(now: at(now))!)
        inFlight += 1
      }
    }
    for milliseconds in stride(from: 0.0, to: 2_100, by: 1) {
      take(milliseconds)
      guard !(500..<1_000).contains(milliseconds) else { continue }
      // After the stall the pipeline fills several times over before the backlog is gone.
      while inFlight > 0 {
        inFlight = 0
        take(milliseconds + 0.1)
      }
    }
    #expect(sent.count == 400)
    #expect(sent.count(where: \.wasHeldBack) == 85)
    #expect(sent.allSatisfy { $0.lateness <= 1_000_000 })
  }

  @Test func `a client's absence is its fault however often what it left is held back`() {
    var agenda = agenda(.steady(100), .time(.milliseconds(200)))
    _ = agenda.take(now: at(0))
    // The client comes back at 55 ms; one by one, what was due by then finds room.
    agenda.holdBack(now: at(55))
    var late: [Double] = []
    for moment in stride(from: 60.0, to: 130, by: 2) {
      if let due = agenda.take(now: at(moment)) { late.append(Double(due.lateness) / 1e6) }
      if agenda.next! <= at(moment) { agenda.holdBack(now: at(moment)) }
    }
    #expect(late.prefix(5) == [45, 35, 25, 15, 5])
    #expect(late.dropFirst(5).allSatisfy { $0 <= 2 })
  }

  @Test func `what a stalled client finds no room for is late by its fault`() {
    var agenda = agenda(.steady(100), .time(.milliseconds(100)))
    _ = agenda.take(now: at(0))
    // The client comes back at 35 ms, fills the only room, and finds none until 37 ms.
    #expect(agenda.take(now: at(35))?.lateness == 25_000_000)
    agenda.holdBack(now: at(35))
    agenda.holdBack(now: at(36))
    let late = (0..<2).map { _ in agenda.take(now: at(37)) }
    #expect(late.map { $0?.intended } == [at(20), at(30)])
    #expect(late.map { $0?.lateness } == [15_000_000, 5_000_000])
    #expect(agenda.take(now: at(40))?.lateness == 0)
  }

  @Test func `a number of requests is kept to, however close they come`() {
    for schedule in [
      ArrivalSchedule.steady(3_000_000), .steady(9_000_000, spacing: .poisson, seed: 3),
      .trace([0, 200, 400, 400, 400]),
    ] {
      var plan = LoadPlan(server: .unix(path: "/nowhere"))
      (plan.warmUp, plan.extent, plan.connections) = (.milliseconds(1), .requests(3), 2)
      plan.pacing = .openLoop(schedule)
      let taken = ([plan] + plan.shares(2)).map { plan in
        var agenda = Agenda(schedule, plan: plan, start: at(0))
        var measured = 0
        while let due = agenda.take(now: at(10_000)) { measured += due.part == .measured ? 1 : 0 }
        return measured
      }
      #expect(taken[0] == 3 && taken[1] + taken[2] == 3, "\(taken)")
    }
  }

  @Test(arguments: [
    (LoadPlan.Extent.requests(5), 5), (.time(.milliseconds(30)), 3),
    (.atLeast(requests: 2, time: .milliseconds(30)), 3),
    (.atLeast(requests: 7, time: .milliseconds(30)), 7),
  ])
  func `an extent is a number of requests, a time, or both`(
    extent: LoadPlan.Extent, count: Int
  ) {
    for spacing in ArrivalSchedule.Spacing.allCases {
      var agenda = agenda(
        .steady(100, spacing: spacing), extent, warmUp: .milliseconds(100))
      var measured = 0
      while let due = agenda.take(now: at(10_000)) { measured += due.part == .measured ? 1 : 0 }
      if spacing == .constant || extent == .requests(5) { #expect(measured == count) }
    }
  }

  @Test func `what was never sent is counted`() {
    var agenda = agenda(.steady(100), .time(.milliseconds(50)), warmUp: .milliseconds(20))
    _ = agenda.take(now: at(0))
    #expect(agenda.abandon() == 5)
    #expect(agenda.next == nil)
  }

  @Test(arguments: ArrivalSchedule.Spacing.allCases)
  func `a day of millions is given up at once`(spacing: ArrivalSchedule.Spacing) {
    let schedule = ArrivalSchedule.steady(10_000_000, spacing: spacing)
    var agenda = agenda(schedule, .time(.seconds(86_400)), warmUp: .seconds(1))
    #expect(abs(Double(agenda.abandon()) / 864e9 - 1) < 1e-5)
    #expect(agenda.next == nil)
  }
}
