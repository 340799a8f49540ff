import Arguments
import ProgramShell

/// `digitctl bench`: how much a server does under load, and how fast.
struct BenchJob: Job {
  let options: BenchOptions

  func run() async throws -> ExitCode {
    switch try options.mode {
    case .load: return try await LoadBench(options).run()
    case .scenario(let scenario): return try await LoadBench(options, scenario).run()
    case .sweep(let axis): return try await SweepBench(options: options, axis: axis).run()
    case .search(let level): return try await SearchBench(options: options, level: level).run()
    case .pair(let left, let right):
      return try await PairBench(options: options, servers: [left, right]).run()
    }
  }

  static var command: Command<any Job> {
    Command(
      "bench", summary: "Load a server and measure it.",
      discussion: """
        Without a schedule the load is a closed loop: every answer is followed by the next
        request, so that connections × pipeline requests are always under way.

        With --rate, --ramp or --trace it is an open loop: requests are sent by the clock.
        Latency then counts from when a request was meant to be sent, so that a server which
        stalls is charged for all who had to wait; the service time, from when it was sent,
        stands beside it. A run whose client could not keep its schedule is INVALID.

        Every answer is compared with the image's label. Every request ends as answered,
        refused, timed out or lost.

        Searches and sweeps keep their connections between loads. --pair loads two servers in
        turn, in short windows, and tells their difference with 95 % intervals that hold all at
        once; there is no difference where none of them lies wholly beyond --tolerance.

        A report is a page, report.html, that needs no other file, and beside it report.json and
        its charts as .png and .svg: of one load percentiles and timeline, of a sweep the curve of
        latency by throughput. gnuplot draws them; where it is missing the report goes without
        them and says so, which is no failure.

        A scenario ends when it has had both the time and the queries that MLPerf Inference asks
        for: 600 s and, of single-stream 1,024, of multi-stream and server 270,336 queries, of
        offline 24,576 images; --duration and --requests make them fewer.

        Exit status: 0 every request was answered and the run is valid, and --slo was kept; with
        --pair that the second server is no worse than --tolerance; with --find-max-rate, whatever
        became of single tries, that some rate kept --slo; 1 otherwise; 2 the command line was
        not understood.

        Examples:
          digitctl bench --connections 8 --pipeline 8 --duration 10s
          digitctl bench --rate 2000 --arrivals poisson --pipeline 64 --slo 'p99<5ms'
          digitctl bench --sweep concurrency=1,2,4,8 --report curve
          digitctl bench --find-max-rate --slo 'p99<5ms' --pipeline 64 --duration 2s
          digitctl bench --pair 127.0.0.1:7311 127.0.0.1:7312
        """,
      defaults: BenchOptions(), parameters: BenchOptions.parameters, make: BenchJob.init)
  }
}
