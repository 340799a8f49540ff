"""What a report says of the machine that its figures were taken on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine():
    names = [
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ]
    return {
        "processor": names[0] if names else platform.machine(), "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
    }  # fmt: skip


def versions(packages):
    return {package: version(package) for package in packages}
