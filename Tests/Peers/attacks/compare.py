#!/usr/bin/env python3
"""Measure what attacks on digitd's HTTP port, and on its binary one, cost a client of the latter.

Each attack is run twice a round, in turn: on digitd, and on a process that only accepts connections
and drops what it reads. digitd and that process have one core, the attacker and a client the other. The
client, digitctl, sends single images to the same digitd at a steady rate whatever becomes of them.
Printed are the medians of its p99, from the moment a request is sent: the attacker takes the client's
processor, too, and when it came to send is not the server's matter. Beside it stands the processor
time of digitd's loop in a turn, as its metrics tell: of 999 turns in 1,000, and the longest.

Needs a release build of digitd and digitctl.
"""

import argparse
import json
import os
import re
import selectors
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

sys.path.insert(0, str(HERE))
from attacks import ATTACKS, run

START_SECONDS = 10
# The p99 of the client may be so much higher beside an attack on digitd, in milliseconds.
GOAL_MS = 5
# And 999 turns of the loop in 1,000 take no longer.
TURN_GOAL_MS = 1
CORES = sorted(os.sched_getaffinity(0))
SERVERS_CORE, CLIENTS_CORE = {CORES[0]}, {CORES[-1]}


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    known = ", ".join(attack.name for attack in ATTACKS)
    parser.add_argument("--attacks", help=f"separated by commas; all unless given: {known}")
    parser.add_argument("--rounds", type=int, default=3, help="3 unless given")
    parser.add_argument("--seconds", type=float, default=3, help="of each attack; 3")
    parser.add_argument("--rate", type=int, default=500, help="of the client, a second; 500")
    release = ROOT / ".build" / "release"
    parser.add_argument("--programs", type=Path, default=release, help="where digitd is")
    chosen = parser.parse_args()
    names = chosen.attacks.split(",") if chosen.attacks else None
    chosen.attacks = [each for each in ATTACKS if not names or each.name in names]
    if not chosen.attacks or (names and len(chosen.attacks) != len(names)):
        parser.error(f"expected some of {known}")
    return chosen


class Digitd:
    """With its own time-outs and limits, as it comes."""

    def __init__(self, programs):
        self.log = tempfile.TemporaryFile("w+")
        command = [programs / "digitd", "--models", ROOT / "Models", "--listen", "127.0.0.1:0"]
        command += ["--http", "127.0.0.1:0", "--log-level", "info"]
        self.process = subprocess.Popen(
            [str(part) for part in command], stderr=self.log,
            preexec_fn=lambda: os.sched_setaffinity(0, SERVERS_CORE),
        )  # fmt: skip
        deadline = time.monotonic() + START_SECONDS
        while " ready " not in self.logged():
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit(f"attacks: digitd was not ready:\n{self.logged()}")
            time.sleep(0.05)
        self.binary = self.port(r"listening address=\S+:(\d+)")
        self.http = self.port(r"listening http=http://\S+?:(\d+)/")

    def port(self, pattern):
        return int(re.search(pattern, self.logged())[1])

    def logged(self):
        self.log.seek(0)
        return self.log.read()

    def turns(self):
        """How many turns of the loop took so long at most, in milliseconds; and the longest."""
        url = f"http://127.0.0.1:{self.http}/metrics"
        with urllib.request.urlopen(url, timeout=START_SECONDS) as answer:
            text = answer.read().decode()
        buckets = re.findall(r'digitd_loop_turn_seconds_bucket{le="(.*?)"} (\d+)', text)
        longest = re.search(r"^digitd_loop_turn_longest_seconds (\S+)", text, re.MULTILINE)
        return {1000 * float(le): int(count) for le, count in buckets}, 1000 * float(longest[1])

    def stop(self):
        self.process.terminate()
        self.process.wait()


def sink(listener):
    """Accepts all, reads all, answers nothing."""
    selector = selectors.DefaultSelector()
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    room = bytearray(1 << 16)
    while True:
        for key, _ in selector.select():
            peer = key.fileobj
            try:
                if peer is listener:
                    accepted, _ = listener.accept()
                    accepted.setblocking(False)
                    selector.register(accepted, selectors.EVENT_READ)
                    continue
                ended = not peer.recv_into(room)
            except BlockingIOError:
                continue
            except OSError:
                ended = True
            if ended:
                selector.unregister(peer)
                peer.close()


def forked(work, core):
    """Runs it in a process of its own, which ends with it or when it is stopped."""
    process = os.fork()
    if process == 0:
        os.sched_setaffinity(0, core)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            work()
        finally:
            os._exit(0)
    return process


def stop(process):
    os.kill(process, signal.SIGTERM)
    os.waitpid(process, 0)


def p999(before, after):
    """The bound that 999 turns in 1,000 kept to, of those between the two."""
    between = {bound: count - before.get(bound, 0) for bound, count in after.items()}
    return min(bound for bound, count in between.items() if count >= 0.999 * max(between.values()))


def attacking(attack, port):
    # The client, which shares its processor, comes first: what it waits for is the server.
    os.nice(10)
    run(attack, port)


def p99_beside(attack, port, digitd, chosen):
    """Of the binary client, in milliseconds, while the port is attacked."""
    attacker = forked(lambda: attacking(attack, port), CLIENTS_CORE)
    time.sleep(0.5)
    command = [
        chosen.programs / "digitctl", "bench", "--server", f"127.0.0.1:{digitd.binary}",
        "--model", "mlp-50-50", "--rate", chosen.rate, "--connections", 2, "--pipeline", 64,
        "--warmup", "0s", "--duration", f"{round(1000 * chosen.seconds)}ms", "--json",
    ]  # fmt: skip
    try:
        client = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    finally:
        stop(attacker)
    if not client.stdout:
        sys.exit(f"attacks: digitctl printed no result beside {attack.name}:\n{client.stderr}")
    report = json.loads(client.stdout)
    if report["answered"] != report["sent"]:
        counts = f"{report['answered']} of {report['sent']}"
        sys.exit(f"attacks: answered were {counts} beside {attack.name}")
    return report["service_us"]["p99"] / 1000


def main():
    chosen = options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    dropping = forked(lambda: sink(listener), SERVERS_CORE)
    digitd = Digitd(chosen.programs)
    os.sched_setaffinity(0, CLIENTS_CORE)
    missed = False
    print(f"p99 of {chosen.rate} requests/s over the binary port, ms, median of {chosen.rounds};")
    print("processor time of the loop's turns, ms")
    titles = ["on digitd", "on a sink", "more", "turn p99.9", "longest"]
    print(f"  {'attack':20}" + "".join(f"{title:>12}" for title in titles))
    try:
        for attack in chosen.attacks:
            ours = digitd.http if attack.door == "http" else digitd.binary
            ports = {"ours": ours, "sink": listener.getsockname()[1]}
            figures = {name: [] for name in ports}
            turns = []
            for _ in range(chosen.rounds):
                for name, port in ports.items():
                    before, _ = digitd.turns()
                    figures[name].append(p99_beside(attack, port, digitd, chosen))
                    after, longest = digitd.turns()
                    if name == "ours":
                        turns.append(p999(before, after))
            ours, theirs = (statistics.median(each) for each in figures.values())
            turn = statistics.median(turns)
            missed = missed or ours - theirs > GOAL_MS or turn > TURN_GOAL_MS
            row = f"{ours:12.2f}{theirs:12.2f}{ours - theirs:12.2f}{turn:12.2f}{longest:12.2f}"
            print(f"  {attack.name:20}{row}", flush=True)
    finally:
        digitd.stop()
        stop(dropping)
    goal = f"within {GOAL_MS} ms, turns within {TURN_GOAL_MS} ms"
    print(f"  {goal}: {'missed' if missed else 'reached'}")


if __name__ == "__main__":
    main()
