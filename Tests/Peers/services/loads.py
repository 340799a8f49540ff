"""One window of load on a service, and what its client measured."""

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from service import Failed

WARM_UP_SECONDS = 0.5
PROBABILITIES_SIZE = 4 * 10


def digitctl(case, shape, seconds, program, port):
    command = [
        program, "bench", "--server", f"127.0.0.1:{port}", "--model", case.model,
        "--batch", case.batch, "--connections", shape.connections,
        "--pipeline", shape.in_flight // shape.connections, "--duration", milliseconds(seconds),
        "--warmup", milliseconds(WARM_UP_SECONDS), "--json",
    ]  # fmt: skip
    [output], client = run([command])
    report = json.loads(output)
    latency = report["latency_us"]
    return window(report["requests_per_second"], latency["p50"], latency["p99"], client)


def h2load(case, shape, seconds, ports, path, body, arguments):
    """Spreads the load over the ports evenly; one connection goes to the first alone."""
    ports = ports[: shape.connections]
    share, streams = shape.connections // len(ports), shape.in_flight // shape.connections
    with tempfile.TemporaryDirectory() as folder:
        message = Path(folder) / "message"
        message.write_bytes(body)
        logs = [Path(folder) / str(port) for port in ports]
        commands = []
        for port, log in zip(ports, logs):
            commands.append([
                "h2load", "-c", share, "-m", streams, "-D", milliseconds(seconds),
                "--warm-up-time", milliseconds(WARM_UP_SECONDS), "-d", message, *arguments,
                "--log-file", log, f"http://127.0.0.1:{port}{path}",
            ])  # fmt: skip
        outputs, client = run(commands)
        for output in outputs:
            check(output, case.batch)
        # Columns: start, status, microseconds.
        latencies = np.concatenate([np.loadtxt(log, usecols=2, ndmin=1) for log in logs])
    p50, p99 = np.percentile(latencies, [50, 99])
    return window(len(latencies) / seconds, p50, p99, client)


def check(output, batch):
    """Fails where a request did, or was answered with less than its probabilities."""
    counts = re.search(r"requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored", output)
    traffic = re.search(r"\((\d+)\) data", output)
    if not counts or not traffic:
        raise Failed(f"h2load printed no result:\n{output}")
    succeeded, failed, errored = map(int, counts.groups())
    if failed or errored or not succeeded:
        raise Failed(f"requests were not answered:\n{output}")
    if int(traffic[1]) < succeeded * batch * PROBABILITIES_SIZE:
        raise Failed(f"answers are too short:\n{output}")


def run(commands):
    """What the programs printed, run at once, and how many processors they took."""
    start, used = time.monotonic(), processor_seconds()
    processes = [
        subprocess.Popen(
            [str(part) for part in command], text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for command in commands
    ]  # fmt: skip
    try:
        outputs = [process.communicate() for process in processes]
    finally:
        for process in processes:
            process.kill()
    for process, (output, errors) in zip(processes, outputs):
        if process.returncode != 0:
            what = f"{' '.join(process.args)} ended with {process.returncode}"
            raise Failed(f"{what}:\n{output}{errors}")
    return [output for output, _ in outputs], (processor_seconds() - used) / (time.monotonic() - start)


def processor_seconds():
    """Of the clients that have ended; the services have not."""
    times = os.times()
    return times.children_user + times.children_system


def milliseconds(seconds):
    return f"{round(1000 * seconds)}ms"


def window(rate, p50, p99, client):
    return {"rate": rate, "p50": float(p50), "p99": float(p99), "client": client}
