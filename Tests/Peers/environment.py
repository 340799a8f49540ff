"""The Python that a comparison runs in, made under .build/peers at its first run."""

import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


def python_with(name, packages):
    """The environment's Python, with the packages installed."""
    folder = ROOT / ".build" / "peers" / name
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
    quiet = ["-q", "--disable-pip-version-check"]
    subprocess.run([python, "-m", "pip", "install", *quiet, *packages], check=True)
    return python


def become(script, name, packages):
    """Goes on as another script of this folder's, with the same arguments, in its environment."""
    python = python_with(name, packages)
    arguments = [str(python), str(script), *sys.argv[1:]]
    os.execve(python, arguments, os.environ | {"PYTHONPATH": str(HERE)})
