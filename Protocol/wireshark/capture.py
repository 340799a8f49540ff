"""Writes pcap files of TCP connections whose bytes are given; knows nothing of the protocol."""

import struct

SYN, PUSH_ACK = 0x02, 0x18
RAW_IPV4 = 101
SEGMENT_MAX = 60_000


class Capture:
    """Packets of connections between clients and one server, in their order."""

    def __init__(self, server_port):
        self._server_port = server_port
        self._packets = []
        self._connections = 0

    def connect(self):
        """A connection: a function send(data, to_server, sizes) that adds its segments."""
        self._connections += 1
        port = 20_000 + self._connections
        next_byte = {True: 1_000, False: 5_000}
        self._add(port, True, 999, 0, SYN, b"")

        def send(data, to_server, sizes=(SEGMENT_MAX,)):
            at, turn = 0, 0
            while at < len(data):
                piece = data[at:at + min(sizes[turn % len(sizes)], SEGMENT_MAX)]
                self._add(
                    port, to_server, next_byte[to_server], next_byte[not to_server], PUSH_ACK,
                    piece)
                next_byte[to_server] += len(piece)
                at, turn = at + len(piece), turn + 1

        return send

    def _add(self, port, to_server, sequence, acknowledged, flags, data):
        ports = (port, self._server_port) if to_server else (self._server_port, port)
        tcp = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 5 << 4, flags, 65_535, 0, 0)
        hosts = b"\x0A\0\0\1", b"\x0A\0\0\2"
        addresses = b"".join(hosts if to_server else hosts[::-1])
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0) + addresses
        self._packets.append(ip + tcp + data)

    def write(self, path):
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, RAW_IPV4))
            for number, packet in enumerate(self._packets):
                file.write(struct.pack("<IIII", 0, number, len(packet), len(packet)) + packet)
