"""Run one engine in this process, at the command of compare.py.

Usage: measure.py ENGINE IMAGES

Reads a command a line, and answers with a line of JSON:
  {"model": FILE, "batch": 8, "seconds": 0.25}            how fast
  {"model": FILE, "batch": 100, "probabilities": FILE}    for all of IMAGES, little-endian float32
"""

import json
import os
import sys
import time

import numpy as np

import peers


class Engine:
    def __init__(self, name, images):
        self.make = peers.PEERS[name]
        self.images = images
        self.ready = {}

    def peer(self, model, batch):
        if (model, batch) not in self.ready:
            self.ready[model, batch] = peer = self.make(model, batch)
            peer.take(self.images[:batch])
            peer.run()
        return self.ready[model, batch]

    def answer(self, command):
        peer = self.peer(command["model"], command["batch"])
        if "probabilities" in command:
            return self.write_probabilities(peer, command["batch"], command["probabilities"])
        measure(peer.run, command["seconds"] / 8)
        return measure(peer.run, command["seconds"])

    def write_probabilities(self, peer, batch, path):
        results = []
        for first in range(0, len(self.images), batch):
            peer.take(self.images[first : first + batch])
            peer.run()
            results.append(peer.probabilities().copy())
        np.concatenate(results).astype("<f4").tofile(path)
        return {}


def measure(call, seconds):
    """Microseconds a call, by the clock and of processor time."""
    count = 0
    start, start_used = time.perf_counter(), time.process_time()
    now = start
    while now < start + seconds:
        call()
        count += 1
        now = time.perf_counter()
    used = time.process_time() - start_used
    return {"wall": 1e6 * (now - start) / count, "processor": 1e6 * used / count}


def main(name, images):
    # What engines print of themselves goes beside the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    engine = Engine(name, np.load(images, mmap_mode="r"))
    for line in sys.stdin:
        try:
            answer = engine.answer(json.loads(line))
        except Exception as error:  # an engine may lack an operation of a model
            answer = {"error": str(error) or type(error).__name__}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
