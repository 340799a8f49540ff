"""Hosts as network namespaces, and links between them with delay and loss.

A link is a pair of TUN devices, one in each namespace, and a relay that hands packets from one to
the other: later, or not at all. It needs no queueing discipline of the kernel (netem), which many
kernels do not have.
"""

import contextlib
import ctypes
import fcntl
import heapq
import os
import pathlib
import select
import shutil
import struct
import subprocess
import threading
import time
from random import Random

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
PACKET_BYTES_MAX = 65_536


def run(*command):
    """Runs it; what it says is told where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")


def missing():
    """Why there can be no namespaces here; None where there can be."""
    if os.geteuid() != 0:
        return "expected to run as root"
    if not os.path.exists("/dev/net/tun"):
        return "expected /dev/net/tun"
    try:
        probe = Namespace("probe")
    except OSError as error:
        return f"expected network namespaces: {error}"
    try:
        os.close(probe.tun("probe", "10.99.0.1", "10.99.0.2"))
    except OSError as error:
        return f"expected a TUN device in a namespace: {error}"
    finally:
        probe.close()
    return None


class Namespace:
    """A host with its own loopback."""

    def __init__(self, name):
        self.name = f"digits-{os.getpid()}-{name}"
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")

    def command(self, *words):
        """What runs there."""
        return ["ip", "netns", "exec", self.name, *words]

    @contextlib.contextmanager
    def entered(self):
        """What this thread opens within belongs to the namespace."""
        with open("/proc/thread-self/ns/net", "rb") as home, open(
                f"/run/netns/{self.name}", "rb") as there:
            set_namespace(there.fileno())
            try:
                yield
            finally:
                set_namespace(home.fileno())

    def tun(self, device, address, peer):
        """The descriptor of a device there, which is up."""
        with self.entered():
            descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(
                descriptor, TUNSETIFF,
                struct.pack("16sH22s", device.encode(), IFF_TUN | IFF_NO_PI, b""))
        run("ip", "-n", self.name, "addr", "add", address, "peer", peer, "dev", device)
        run("ip", "-n", self.name, "link", "set", device, "up")
        return descriptor

    def set_hosts(self, lines):
        """What /etc/hosts says to what is started there from now on; to what runs already, too,
        once there was such a file."""
        folder = pathlib.Path("/etc/netns", self.name)
        folder.mkdir(parents=True, exist_ok=True)
        # The same file and not another in its place: "ip netns exec" has mounted it.
        (folder / "hosts").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def close(self):
        shutil.rmtree(f"/etc/netns/{self.name}", ignore_errors=True)
        with contextlib.suppress(OSError):
            os.rmdir("/etc/netns")
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)


def set_namespace(descriptor):
    if LIBC.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Relay:
    """Carries the packets of all links, in a thread of its own."""

    def __init__(self, delay, seed=1):
        self.delay, self.loss = delay, 0.0
        self.random = Random(seed)
        self.peers, self.carried, self.dropped = {}, 0, 0
        self.is_ended = False
        self.thread = threading.Thread(target=self.carry, daemon=True)

    def link(self, one, other):
        """Joins two descriptors of TUN devices."""
        self.peers[one], self.peers[other] = other, one

    def start(self):
        self.thread.start()

    def carry(self):
        waiting, number = [], 0
        descriptors = list(self.peers)
        while not self.is_ended:
            patience = max(waiting[0][0] - time.monotonic(), 0) if waiting else 0.1
            for descriptor in select.select(descriptors, [], [], patience)[0]:
                for packet in packets(descriptor):
                    if self.random.random() < self.loss:
                        self.dropped += 1
                        continue
                    number += 1
                    heapq.heappush(
                        waiting,
                        (time.monotonic() + self.delay, number, self.peers[descriptor], packet))
            now = time.monotonic()
            while waiting and waiting[0][0] <= now:
                _, _, descriptor, packet = heapq.heappop(waiting)
                # A device whose queue is full drops it, as a network would.
                with contextlib.suppress(OSError):
                    os.write(descriptor, packet)
                    self.carried += 1

    def close(self):
        self.is_ended = True
        if self.thread.is_alive():
            self.thread.join()
        for descriptor in self.peers:
            os.close(descriptor)


def packets(descriptor):
    """Those that have come, a few at a time."""
    for _ in range(16):
        try:
            yield os.read(descriptor, PACKET_BYTES_MAX)
        except BlockingIOError:
            return
