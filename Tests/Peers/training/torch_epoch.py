"""Print the seconds that PyTorch takes for one epoch of cnn-32-64, as JSON.

Channels last is the layout that oneDNN's convolutions are fastest in.

Usage: torch_epoch.py DATA-FOLDER THREADS IMAGES
"""

import json
import sys
import time

import torch
from torch import nn

import mnist

BATCH = 128
WARM_UP_STEPS = 10


def network():
    return nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2),
        nn.Dropout(0.2), nn.Flatten(), nn.Dropout(0.2), nn.Linear(9216, 128), nn.ReLU(),
        nn.Linear(128, 10),
    ).to(memory_format=torch.channels_last)  # fmt: skip


class Training:
    def __init__(self, images, labels):
        self.images = torch.from_numpy(images)[:, None].to(memory_format=torch.channels_last)
        self.labels = torch.from_numpy(labels)
        self.network = network()
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=0.001, fused=True)

    def step(self, batch):
        """One step; the loss times the number of images."""
        scores = self.network(self.images[batch])
        loss = nn.functional.cross_entropy(scores, self.labels[batch])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss.detach() * len(batch)


def main(folder, threads, image_count):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    images, labels = mnist.training_set(folder, image_count)
    warm_up = Training(images, labels)
    for batch in torch.randperm(len(labels)).split(BATCH)[:WARM_UP_STEPS]:
        warm_up.step(batch)
    training = Training(images, labels)
    start, start_used = time.perf_counter(), time.process_time()
    loss = sum(training.step(batch) for batch in torch.randperm(len(labels)).split(BATCH))
    seconds, used = time.perf_counter() - start, time.process_time() - start_used
    loss = float(loss) / len(labels)
    print(json.dumps({"seconds": seconds, "processorSeconds": used, "loss": loss}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
