import Arguments
import ProgramShell

/// `digitctl bench`: how much a server does under load, and how fast.
struct BenchJob: Job {
  let options: GivenOptions

  func run() async throws -> ExitCode { try await BenchMode(options).run() }

  static var command: Command<any Job> {
    Command(
      "bench", summary: "Load a server and measure it.",
      discussion: """
        Without a schedule the load is a closed loop: every answer is followed by the next
        request, so that connections × pipeline requests are always in flight.

        With --rate, --ramp or --trace it is an open loop: requests are sent by the clock.
        Latency then counts from when a request was meant to be sent, so that a server which
        stalls is charged for all requests that had to wait; the service time counts from when
        it was sent. A run whose client could not keep the schedule is INVALID.

        Every answer is compared with the image's label, unless --data invents the images. Every
        request ends as answered, refused, timed out, lost (its connection ended) or abandoned
        (the client gave up).

        With --http the same loads go to the server's HTTP port, in the Open Inference Protocol:
        pixels and labels as binary tensors, and with --pipeline above 1 as pipelined requests.
        What HTTP refuses is counted as the binary protocol's nearest code.

        With --reconnect a load goes on over a server's restart: connections that end are made
        anew until that takes longer than --timeout, requests that were in flight are sent again,
        and what an outage cost is told. A request counts from when it was first meant to be sent.

        With --balance a schedule is sent as programs do that use the library's DigitPool, and
        not by the load generator: to the less busy of two servers, and again elsewhere where one
        fails. A name stands for all of its addresses, as they come and go.

        Searches and sweeps keep their connections between loads. A search repeats the tries
        that are INVALID, and fails if it cannot decide. --pair loads two servers in turn, in
        short windows, and prints their difference with 95 % intervals that are simultaneous;
        there is no difference where none of them lies wholly beyond --tolerance.

        A report is a page, report.html, that needs no other file, and beside it report.json
        and its charts as .svg and .png. gnuplot draws the latter; without it there are none.

        A scenario ends when it has had both the time and the queries that MLPerf Inference
        requires: 600 s, and 1,024 queries (single-stream), 270,336 queries (multi-stream and
        server) or 24,576 images (offline); --duration and --requests make them fewer.

        The first Ctrl-C (or SIGTERM) ends the bench and prints results so far; the second
        ends it at once.

        Exit status: 0 every request was answered, the run is valid, and --slo was kept (with
        --sweep by at least one load); with --pair the second server is no worse than
        --tolerance; with --find-max-rate, whatever became of single tries, the highest rate
        that keeps --slo was found; 1 otherwise; 2 the command line was not understood.

        Examples:
          digitctl bench --connections 8 --pipeline 8 --duration 10s
          digitctl bench --http --connections 8 --duration 10s
          digitctl bench --rate 2000 --arrivals poisson --pipeline 64 --slo 'p99<5ms'
          digitctl bench --sweep concurrency=1,2,4,8 --report curve
          digitctl bench --find-max-rate --slo 'p99<5ms' --pipeline 64 --duration 2s
          digitctl bench --pair 127.0.0.1:7311 127.0.0.1:7312
        """,
      defaults: GivenOptions(), parameters: GivenOptions.parameters, make: BenchJob.init)
  }
}
