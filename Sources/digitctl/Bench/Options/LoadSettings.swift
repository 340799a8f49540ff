import DigitFiles
import DigitLoad
import EventLoop
import FileAccess
import ProgramShell

/// What the loads of every mode have: whom to ask about which images, over how many connections
/// and threads, and when the figures count.
struct LoadSettings: Sendable {
  static let usualTimeout = Duration.seconds(10)
  static let usualHTTPAddress = "127.0.0.1:7380"

  var server: ServerOptions
  let images: ImageOptions
  let data: InventedImages?
  private(set) var threads = 1
  private let threadsGiven: Int?
  private let breadth: Breadth
  var bounds = ScheduleBounds()
  let isJSON: Bool
  /// But for the token and a trace, which are read when the bench runs.
  var plan: LoadPlan
  var trace: String?
  /// Whether the command line says how long.
  let hasWarmUp: Bool
  /// How many servers a load may have.
  enum Breadth {
    case one
    /// Several addresses, or all of those behind one name.
    case several
    /// Several addresses or names, which somebody else looks up.
    case names
  }

  /// Whether requests are sent by the clock.
  var hasSchedule: Bool { trace != nil || plan.pacing != .closedLoop }

  /// Takes what each load needs; how it is paced, and how long it takes, comes from the modes.
  /// - Throws: `Misuse`.
  /// - Parameters:
  ///   - address: in place of `--server`.
  ///   - breadth: how many servers `--server` may name.
  init(
    _ given: inout GivenOptions, server address: String? = nil, _ breadth: Breadth = .one
  ) throws {
    (server, images, self.breadth) = (given.server, given.images, breadth)
    data = given.take(BenchOptions.data)
    if data != nil, images.images != nil || images.labels != nil {
      throw Misuse("expected --data or --images and --labels, got both")
    }
    let door: LoadPlan.Door = given.takeFlag(BenchOptions.http) ? .http : .binary
    if door == .http, server.address == ServerOptions().address, !given.named.contains("--server") {
      server.address = Self.usualHTTPAddress
    }
    if let address { server.address = address }
    let servers = try server.address.split(separator: ",").map { try Self.parsed(String($0)) }
    guard servers.count == 1 || breadth != .one else {
      throw Misuse("several servers require one load, without --scenario or a search")
    }
    plan = LoadPlan(server: servers[0])
    plan.door = door
    plan.model = given.take(BenchOptions.model)
    plan.batch = given.take(BenchOptions.batch) ?? plan.batch
    plan.connections = given.take(BenchOptions.connections) ?? plan.connections
    plan.pipeline = given.take(BenchOptions.pipeline) ?? plan.pipeline
    hasWarmUp = given[BenchOptions.warmUp] != nil
    plan.warmUp = given.take(BenchOptions.warmUp) ?? plan.warmUp
    plan.deadline = given.take(BenchOptions.deadline)
    plan.interval = given.take(BenchOptions.interval) ?? plan.interval
    let timeout = given.take(BenchOptions.timeout) ?? Self.usualTimeout
    (plan.connectTimeout, plan.answerTimeout, plan.stallTimeout) = (timeout, timeout, timeout)
    server.timeout = timeout
    threadsGiven = given.take(BenchOptions.threads)
    isJSON = given.takeFlag(BenchOptions.json)
    try spread(over: servers)
  }

  /// Gives each of the servers what the plan gives to each so far.
  /// - Throws: `Misuse`.
  private mutating func spread(over servers: [SocketAddress]) throws {
    plan.connections = plan.connections / plan.servers.count * servers.count
    plan.servers = servers
    threads = threadsGiven ?? servers.count
    guard threads.isMultiple(of: servers.count) else {
      throw Misuse(
        "expected as many threads for each of \(servers.count) servers, got \(threads)")
    }
    guard threads <= plan.connections else {
      throw Misuse(
        "expected a connection for each of \(threads) threads, got \(plan.connections)")
    }
  }

  /// Puts all machines behind a host name in its place.
  /// - Throws: `Misuse` where the threads given do not suit them.
  private mutating func findMachines() throws {
    guard breadth == .several, plan.servers.count == 1,
      case .internet(let host, _) = plan.server
    else { return }
    let loop = try Loop()
    let machines = plan.server.machines(on: loop)
    loop.close()
    guard machines.count > 1 else { return }
    if server.tls.isWanted { server.tls.serverName = server.tls.serverName ?? host }
    try spread(over: machines)
  }

  static func parsed(_ address: String) throws -> SocketAddress {
    do { return try SocketAddress(parsing: address) } catch { throw Misuse("\(error)") }
  }

  /// Reads what was named but not opened: each file's writer, where it is a pipe, has `--timeout`.
  /// - Throws: `Failure` for an unreadable file, `DataFileError`.
  func ready() throws -> (settings: LoadSettings, images: LoadImages) {
    try Interruption.watch().ending(with: "interrupted before the load began") {
      let images =
        try data.map(LoadImages.init)
        ?? LoadImages(try images.load(within: server.timeout))
      return (try withFiles(), images)
    }
  }

  private func withFiles() throws -> LoadSettings {
    var settings = self
    try settings.findMachines()
    settings.plan.token = try server.token
    settings.plan.tls = try server.tls.read()?.client
    guard let trace else { return settings }
    let bytes = try InputFile.read(
      trace, limit: TraceFile.byteCountMax, patience: server.timeout)
    do {
      let offsets = try TraceFile.offsets(bytes)
      settings.plan.pacing = .openLoop(.trace(offsets))
      if case .requests(let count) = plan.extent {
        settings.plan.extent = .requests(min(count, offsets.count))
      }
    } catch {
      throw Failure("\(trace): \(error)")
    }
    return settings
  }
}

// MARK: - What the modes add

extension LoadSettings {
  /// Takes a schedule, where there is one, and how long the load takes.
  /// - Throws: `Misuse`.
  mutating func takeSchedule(
    _ given: inout GivenOptions, usual: LoadPlan.Extent = .time(.seconds(5))
  ) throws {
    try given.refuseSeveral(
      of: [BenchOptions.rate.name, BenchOptions.ramp.name, BenchOptions.trace.name])
    if given[BenchOptions.ramp] != nil {
      try given.refuse(
        BenchOptions.duration.name, BenchOptions.requests.name,
        because: "--ramp already sets the duration")
    }
    plan.extent = usual
    if let ramp = given.take(BenchOptions.ramp) {
      let spacing = given.take(BenchOptions.arrivals) ?? .constant
      plan.pacing = .openLoop(
        .rate(ramp.profile, spacing: spacing, seed: given.take(BenchOptions.seed) ?? 1))
      plan.extent = .time(ramp.profile.duration)
    } else if let rate = given.take(BenchOptions.rate) {
      let spacing = given.take(BenchOptions.arrivals) ?? .constant
      plan.pacing = .openLoop(
        .steady(rate, spacing: spacing, seed: given.take(BenchOptions.seed) ?? 1))
      try refuseLongDraw(given, spacing)
    } else if let path = given.take(BenchOptions.trace) {
      trace = path
      plan.extent = .requests(.max)
      if !hasWarmUp { plan.warmUp = .zero }
    }
    try takeExtent(&given)
    takeBounds(&given, level: given[BenchOptions.slo])
  }

  /// Takes how long a load is measured, or how many requests; leaves the usual otherwise.
  /// - Throws: `Misuse`.
  mutating func takeExtent(_ given: inout GivenOptions) throws {
    switch (given.take(BenchOptions.duration), given.take(BenchOptions.requests)) {
    case (nil, nil): break
    case (let duration?, nil): plan.extent = .time(duration)
    case (nil, let requests?): plan.extent = .requests(requests)
    case (_?, _?): throw Misuse("expected --duration or --requests, got both")
    }
  }

  /// Takes how late requests may be, where there is a schedule. A latency bound judges lateness
  /// too: latency counts from when a request was meant to be sent.
  mutating func takeBounds(
    _ given: inout GivenOptions, isScheduled: Bool = false, level: ServiceLevel? = nil
  ) {
    guard isScheduled || hasSchedule else { return }
    if let level { bounds.lateAfter = level.bound }
    bounds.lateAfter = given.take(BenchOptions.lateAfter) ?? bounds.lateAfter
    bounds.lateShareMax = given.take(BenchOptions.lateShare) ?? bounds.lateShareMax
  }

  /// Where arrivals are drawn, a number of them is drawn before the first is sent, to know when
  /// the last one comes: a second's work.
  private static let drawnRequestsMax = 10_000_000

  /// - Throws: `Misuse`.
  func refuseLongDraw(_ given: GivenOptions, _ spacing: ArrivalSchedule.Spacing) throws {
    guard spacing == .poisson, let requests = given[BenchOptions.requests],
      requests > Self.drawnRequestsMax
    else { return }
    throw Misuse(
      "expected at most \(Self.drawnRequestsMax) requests that arrive at random, got "
        + "\(requests): use --duration")
  }
}
