"""What is compared: loads, and the goals that ours has beside the better of some peers."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    name: str
    model: str
    batch: int
    # Requests that are always under way, of ours and of the peers: the best of these counts.
    ours: tuple
    theirs: tuple
    peers: tuple
    # Which figure decides: "rate", or "p50" where the shorter is the better.
    figure: str
    # How many times better ours is to be than the best of these.
    goal: float
    judged: tuple
    # Whether ours is asked over HTTP, by the client that asks the peers.
    http: bool = False

    def __str__(self):
        return f"{self.name}: {self.model}, {self.batch} images a request"

    def ranked(self, choices, figures):
        """The choices, that with the best figures first."""
        more_is_better = self.figure == "rate"
        return sorted(choices, key=lambda each: figures(each)[self.figure], reverse=more_is_better)


@dataclass(frozen=True)
class Shape:
    """A service's settings, and over how many connections how many requests are under way."""

    setting: dict
    connections: int
    in_flight: int

    def __str__(self):
        setting = [f"{key} {value}" for key, value in self.setting.items()]
        load = f"{self.in_flight} in flight on {self.connections} connections"
        return ", ".join([*setting, load])


RUNTIMES = ("grpc", "fastapi")
WEB = ("fastapi", "triton")
KERAS = ("keras", "keras-on-batch")
MANY = (2, 4, 8, 16)

CASES = [
    Case("concurrent", "cnn-32-64", 1, (32,), (32,), RUNTIMES, "rate", 3, RUNTIMES),
    Case("single", "cnn-32-64", 1, (1,), (1,), RUNTIMES, "p50", 1, RUNTIMES),
    # `predict_on_batch` is beside the goal: it shows what `predict` itself costs.
    Case("keras", "cnn-32-64", 1, (32,), (2, 8, 32), KERAS, "rate", 100, ("keras",)),
    Case("batches", "mlp-50-50", 64, MANY, MANY, RUNTIMES, "rate", 1.5, ("fastapi",)),
    Case("http-concurrent", "cnn-32-64", 1, (32,), (32,), WEB, "rate", 3, WEB, http=True),
    Case("http-single", "cnn-32-64", 1, (1,), (1,), WEB, "p50", 1, WEB, http=True),
    Case("http-batches", "cnn-32-64", 64, MANY, MANY, WEB, "rate", 2, WEB, http=True),
]
