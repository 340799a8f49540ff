"""Who gets the next request: the policies that simulate.py and measure.py compare.

Each sees only how many requests its own client or balancer has in flight at each replica.
"""


class RoundRobin:
    """One after the other, whatever they are doing."""

    def __init__(self, random, count):
        self.next = random.randrange(count)

    def choose(self, in_flight, random):
        self.next = (self.next + 1) % len(in_flight)
        return self.next


class LeastInFlight:
    """The least busy, and among equals one after the other: HAProxy's leastconn, for requests."""

    def __init__(self, random, count):
        self.next = random.randrange(count)

    def choose(self, in_flight, random):
        least = min(in_flight)
        try:
            chosen = in_flight.index(least, self.next)
        except ValueError:
            chosen = in_flight.index(least)
        self.next = (chosen + 1) % len(in_flight)
        return chosen


class TwoChoices:
    """The less busy of two drawn by chance, as DigitPool does."""

    def __init__(self, random, count):
        pass

    def choose(self, in_flight, random):
        count = len(in_flight)
        if count == 1:
            return 0
        first = int(random.random() * count)
        second = int(random.random() * (count - 1))
        second += second >= first
        return second if in_flight[second] < in_flight[first] else first


class HedgeBudget:
    """How many requests may be sent to a second replica: a share of all, and a few at once."""

    SAVED_MAX = 10.0

    def __init__(self, share):
        self.share, self.saved = share, self.SAVED_MAX if share else 0.0

    def earn(self):
        self.saved = min(self.saved + self.share, self.SAVED_MAX)

    def spend(self):
        if self.share < 1 and self.saved < 1:
            return False
        self.saved -= 1
        return True


# Name, policy, and of how many requests a second copy may be sent where an answer takes long.
POLICIES = [
    ("round robin", RoundRobin, 0),
    ("least in flight", LeastInFlight, 0),
    ("two choices", TwoChoices, 0),
    ("… hedged", TwoChoices, 1),
    ("… hedged, 5 % at most", TwoChoices, 0.05),
]
