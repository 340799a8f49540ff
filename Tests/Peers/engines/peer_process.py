import json
import os
import subprocess
import sys
from pathlib import Path


class PeerProcess:
    """A process with one engine in it: see measure.py."""

    def __init__(self, name, images):
        # Threads of OpenMP would wait by spinning.
        environment = os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
        script = Path(__file__).with_name("measure.py")
        self.process = subprocess.Popen(
            [sys.executable, script, name, images], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, **command):
        self.send(**command)
        return self.receive()

    def send(self, **command):
        print(json.dumps(command), file=self.process.stdin, flush=True)

    def receive(self):
        line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": "the process ended"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()
