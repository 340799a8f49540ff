import argparse
import os
import shutil
from pathlib import Path

from cases import CASES
from environment import ROOT

PEERS = ["grpc", "fastapi", "triton", "keras", "keras-on-batch"]


def parse(description=None):
    """The command line; ends the process where something is wrong or lacking."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--services", **lists(PEERS))
    parser.add_argument("--cases", **lists([case.name for case in CASES]))
    parser.add_argument("--rounds", type=positive(int), default=5, help="5 unless given")
    parser.add_argument("--seconds", type=positive(float), default=3, help="of a window; 3")
    parser.add_argument("--out", type=Path, help="write every window there, as JSON")
    release = ROOT / ".build" / "release"
    parser.add_argument("--programs", type=Path, default=release, help="where digitd is")
    options = parser.parse_args()
    for program in ["digitd", "digitctl", "digitlab"]:
        if not os.access(options.programs / program, os.X_OK):
            parser.error(f"{options.programs} has no {program}: swift build -c release")
    if not shutil.which("h2load"):
        parser.error("h2load is missing: apt-get install nghttp2-client")
    return options


def lists(known):
    def parsed(text):
        for name in (chosen := text.split(",")):
            if name not in known:
                allowed = ", ".join(known)
                raise argparse.ArgumentTypeError(f"expected some of {allowed}; got '{name}'")
        return chosen

    return {"type": parsed, "default": known, "help": "all unless given: " + ",".join(known)}


def positive(kind):
    def parsed(text):
        if not (value := kind(text)) > 0:
            raise ValueError
        return value

    parsed.__name__ = f"positive {kind.__name__}"  # argparse says this of a wrong one
    return parsed
