#!/usr/bin/env python3
"""Measure the memory that digitd takes: memory.py [--digitd PROGRAM] [--cgroup FOLDER]

A server of all shipped models at its start, then with what makes it grow, each beside the figures
that the server tells of itself; and the same of one with TLS. Then one with --memory-limit, to which clients send bodies and
questions whose answers they do not read, more than fits: it must refuse, go on answering, and stay
within the limit. FOLDER is an empty memory control group of version 1 that the server is put into,
which tells of the kernel's part. Exit status: 0 the limit held, 1 otherwise. Needs a release build
and 10,000 descriptors.
"""

import argparse
import re
import resource
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tls import make_certificate

ROOT = Path(__file__).resolve().parents[2]
MB = 1 << 20
CONNECTIONS = 4_000
MODELS = len(list((ROOT / "Models").glob("*.safetensors")))
HEADER = struct.Struct("<IBBHQ16s")
HELLO = HEADER.pack(0, 1, 0xD1, 0, 0, struct.pack("<IHHII", 0x31544744, 1, 1, 0, 0))
STATS = HEADER.pack(0, 5, 0xD1, 0, 9, bytes(16))
METADATA = HEADER.pack(0, 6, 0xD1, 0, 9, struct.pack("<H14x", 0xFFFF))


def predict(images):
    parameters = struct.pack("<HBBHHII", 0, 1, 2, images, 0, 0, 0)
    return HEADER.pack(784 * images, 2, 0xD1, 0, 1, parameters) + bytes(784 * images)


class Server:
    def __init__(self, program, cgroup, *options, tls=None):
        """tls: the paths of a certificate and its key."""
        self.tls = None
        if tls:
            self.tls = ssl.create_default_context(cafile=tls[0])
            self.tls.check_hostname = False
            options = (*options, "--tls-cert", tls[0], "--tls-key", tls[1])
        self.process = subprocess.Popen(
            [program, "--models", ROOT / "Models", "--listen", "127.0.0.1:0", "--http",
             "127.0.0.1:0", *options], stderr=subprocess.PIPE, text=True)
        self.cgroup = cgroup
        if cgroup:
            (cgroup / "cgroup.procs").write_text(str(self.process.pid))
        for line in self.process.stderr:
            if found := re.search(r"listening address=127.0.0.1:(\d+)", line):
                self.port = int(found[1])
            if found := re.search(r"http=https?://127.0.0.1:(\d+)", line):
                self.http = int(found[1])
            if " ready " in line:
                break
        else:
            sys.exit("memory: expected digitd to be ready")
        self.watcher = self.client()

    def resident(self):
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) * 1024

    def kernel(self):
        return int((self.cgroup / "memory.kmem.usage_in_bytes").read_text()) if self.cgroup else 0

    def client(self, receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.connect(("127.0.0.1", self.port))
        if self.tls:
            connection = self.tls.wrap_socket(connection)
        connection.sendall(HELLO)
        frame(connection)
        return connection

    def body(self, byte_count, announced):
        connection = socket.create_connection(("127.0.0.1", self.http))
        connection.sendall(
            b"POST /v1/predict HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: application/json\r\n"
            b"Content-Length: %d\r\n\r\n" % (self.http, announced))
        try:
            connection.sendall(b" " * byte_count)
        except OSError:
            pass  # it is refused meanwhile
        return connection

    def stats(self):
        self.watcher.sendall(STATS)
        head, data = frame(self.watcher)
        found, at = {}, 0
        for _ in range(struct.unpack_from("<I", head, 16)[0]):
            value, _, size = struct.unpack_from("<QBB", data, at)
            found[data[at + 10 : at + 10 + size].decode()] = value
            at += 10 + size
        return found

    def show(self, what):
        time.sleep(1.5)  # the server looks once a second
        stats = self.stats()
        kernel = f"  kernel {self.kernel() / MB:6.1f}" if self.cgroup else ""
        print(f"{what:44} RSS {self.resident() / MB:6.1f} MB{kernel}   tells: "
              f"resident {stats['resident_bytes'] / MB:6.1f}, "
              f"heap {stats['heap_allocated_bytes'] / MB:6.1f}, "
              f"held {stats['memory_held_bytes'] / MB:6.1f}", flush=True)
        return self.resident()

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)
        self.process.stderr.close()


def read(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            raise ConnectionError("the server closed the connection")
        data += piece
    return data


def frame(connection):
    head = read(connection, 32)
    return head, read(connection, int.from_bytes(head[:4], "little"))


def flood_unread(connections):
    for connection in connections:
        connection.setblocking(False)
    for _ in range(200):
        for connection in connections:
            try:
                connection.send(METADATA * 500)
            except OSError:
                pass
        time.sleep(0.01)


def measure_connections(server, cgroup):
    start, kernel = server.show(f"start, {MODELS} models"), server.kernel()
    clients = [server.client() for _ in range(CONNECTIONS)]
    resident = server.show(f"{CONNECTIONS} connections")
    each = f"   {(resident - start) / CONNECTIONS / 1024:.1f} kB each"
    if cgroup:
        each += f", and {(server.kernel() - kernel) / CONNECTIONS / 1024:.1f} kB in the kernel"
    print(each)
    for connection in clients:
        connection.sendall(predict(1))
    for connection in clients:
        frame(connection)
    server.show("… each answered once")
    for connection in clients:
        connection.sendall(predict(4)[:3000])
    resident = server.show("… each within a request of 4 images")
    print(f"   {(resident - start) / CONNECTIONS / 1024:.1f} kB each")
    for connection in clients:
        connection.close()
    server.show("closed")


def measure_tls(program, cgroup):
    print("With TLS:")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(program, cgroup, tls=make_certificate(Path(folder)))
        measure_connections(server, cgroup)
        server.end()


def measure(program, cgroup):
    server = Server(program, cgroup)
    measure_connections(server, cgroup)
    for round in ("first", "second"):
        bodies = [server.body(65_536, 16_000_000) for _ in range(250)]
        server.show(f"250 bodies of 16 MB begun, {round} time")
        for connection in bodies:
            connection.close()
        server.show("closed")
    unread = [server.client(4_096) for _ in range(500)]
    flood_unread(unread)
    server.show("500 clients that do not read")
    for connection in unread:
        connection.close()
    server.show("closed")
    server.end()


def limit(program, cgroup):
    most = 320 * MB
    server = Server(program, cgroup, "--memory-limit", str(most))
    server.show(f"--memory-limit {most}")
    bodies = [server.body(4_000_000, 16_000_000) for _ in range(64)]
    unread = [server.client(4_096) for _ in range(200)]
    flood_unread(unread)
    peak = server.show("256 MB of bodies, 200 that do not read")
    refused = 0
    for connection in bodies:
        connection.settimeout(0.2)
        try:
            refused += b" 503 " in connection.recv(100)
        except OSError:
            pass
    stats = server.stats()
    print(f"   {refused} bodies refused, {stats['connections_cut_unread']} that do not read cut")
    client = server.client()
    client.sendall(predict(1))
    code = frame(client)[0][4]
    for connection in bodies + unread:
        connection.close()
    server.show("closed")
    client.sendall(predict(1))
    answered = frame(client)[0][4] == 0x82
    server.end()
    print(f"   a request meanwhile: {'answered' if code == 0x82 else 'OVERLOADED'}; "
          f"afterwards: {'answered' if answered else 'refused'}")
    return peak <= most and refused > 0 and answered


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--digitd", type=Path, default=ROOT / ".build" / "release" / "digitd")
    parser.add_argument("--cgroup", type=Path)
    options = parser.parse_args()
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    measure(options.digitd, options.cgroup)
    measure_tls(options.digitd, options.cgroup)
    sys.exit(0 if limit(options.digitd, options.cgroup) else 1)


if __name__ == "__main__":
    main()
