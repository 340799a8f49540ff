"""The servers that the addresses of a pool stand for: host names are looked up again and again."""

from __future__ import annotations

import ipaddress
import socket
from typing import Dict, List, Optional, Sequence, Set


def parts_of(address: str) -> tuple[str, str]:
    """Host, without brackets, and port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), port


def is_name(address: str) -> bool:
    """Whether the host has to be looked up."""
    if address.startswith("unix:"):
        return False
    try:
        ipaddress.ip_address(parts_of(address)[0])
        return False
    except ValueError:
        return True


def look_up(name: str) -> List[str]:
    """One address for each machine of a name, by the system's resolver; none where it fails."""
    host, port = parts_of(name)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return machines(name, [str(entry[4][0]) for entry in found])


def machines(name: str, hosts: Sequence[str]) -> List[str]:
    """Those of IPv4 where there are several, or else those of IPv6. One of either family is a single
    machine, for which the name stands: who connects to it tries both."""
    port = parts_of(name)[1]
    version4 = [f"{host}:{port}" for host in dict.fromkeys(hosts) if ":" not in host]
    version6 = [f"[{host}]:{port}" for host in dict.fromkeys(hosts) if ":" in host]
    if len(version4) > 1 or not version6:
        return version4
    return version6 if len(version6) > 1 or not version4 else [name]


class Names:
    """Which servers there are, and when to look names up: pure, with the time as an argument."""

    LEAST_PAUSE = 1.0

    def __init__(self, addresses: Sequence[str], interval: float) -> None:
        if not interval > 0:
            raise ValueError(f"expected an interval of more than 0 s, got {interval}")
        self._interval = interval
        self._pause = min(self.LEAST_PAUSE, interval)
        # What each address stands for; nothing for a name that has not been looked up.
        self._machines = {address: [] if is_name(address) else [address] for address in addresses}
        self._looked_up: Dict[str, float] = {}
        self._due = {address: 0.0 for address in addresses if is_name(address)}
        self._under_way: Set[str] = set()

    @property
    def servers(self) -> List[str]:
        return list(dict.fromkeys(one for found in self._machines.values() for one in found))

    def host_of(self, server: str) -> Optional[str]:
        """The name whose certificate the server must have; None where it has no name."""
        for address, found in self._machines.items():
            if server in found and is_name(address):
                return parts_of(address)[0]
        return None

    def due(self, now: float) -> List[str]:
        """The names to look up now; `found` is to be called for each."""
        names = [name for name, due in self._due.items()
                 if due <= now and name not in self._under_way]
        self._under_way.update(names)
        return names

    def found(self, name: str, servers: List[str], now: float) -> None:
        """Where nothing was found, what was found before stays, or else the name itself is the server."""
        self._machines[name] = servers or self._machines[name] or [name]
        self._under_way.discard(name)
        self._looked_up[name] = now
        self._due[name] = now + (self._interval if servers else self._pause)

    def failed(self, server: str, now: float) -> None:
        """It may be no more among those that its name stands for."""
        for name in self._due:
            if server in self._machines[name]:
                soon = self._looked_up.get(name, 0.0) + self._pause
                self._due[name] = min(self._due[name], max(now, soon))
