"""A digitd of its own for the tests, on free ports of the loopback interface."""

import re
import subprocess
import tempfile
import time

START_SECONDS = 30


class Served:
    def __init__(self, digitd, *options):
        self.log = tempfile.NamedTemporaryFile(prefix="digitd-", suffix=".log")
        command = [digitd, "--models", "Models", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        self.process = subprocess.Popen([*command, *options], stderr=self.log)
        self.url = self.address()

    def address(self):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with open(self.log.name) as log:
                text = log.read()
            found = re.search(r" listening http=(\S+)/", text)
            if found and " ready " in text:
                return found[1]
            time.sleep(0.05)
        self.stop()
        with open(self.log.name) as log:
            raise SystemExit(f"browser: expected digitd to listen for HTTP; its log:\n{log.read()}")

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
