"""What the loads of hosts.py come to."""

import math
import statistics
from random import Random

WAYS = ["HAProxy", "clients"]
RESAMPLES = 10_000
# With fewer rounds a bootstrap says nothing.
ROUNDS_MIN = 5


def interval(pairs, count, seed=1):
    """The median change from the first to the second, and its interval by a bootstrap over the
    rounds: 95 % for `count` of them together."""
    logs = [math.log(second / first) for first, second in pairs]
    random = Random(seed)
    medians = sorted(
        statistics.median(random.choices(logs, k=len(logs))) for _ in range(RESAMPLES))
    rest = int(RESAMPLES * 0.05 / count / 2)
    ends = statistics.median(logs), medians[rest], medians[-1 - rest]
    return [math.exp(value) - 1 for value in ends]


def tell(reports, rounds):
    """Prints the figures; whether the clients' tail is no worse."""
    print(f"{'phase':<9} {'requests':>8}  {'HAProxy p99':>11}  {'clients p99':>11}  "
          "change (95 % interval)")
    is_good = True
    for phase, ways in reports.items():
        p99 = {way: [report["latency_us"]["p99"] / 1000 for report in ways[way]] for way in WAYS}
        middle = [statistics.median(p99[way]) for way in WAYS]
        requests = sum(report["answered"] for way in WAYS for report in ways[way])
        line = f"{phase:<9} {requests:>8}  {middle[0]:>8.2f} ms  {middle[1]:>8.2f} ms"
        if rounds >= ROUNDS_MIN:
            change, low, high = interval(list(zip(*p99.values())), len(reports))
            line += f"  {change:+7.1%} ({low:+.1%} to {high:+.1%})"
            if low > 0:
                line += "  worse"
                is_good = False
        print(line, flush=True)
    return is_good
