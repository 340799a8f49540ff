import hashlib
import tempfile
from pathlib import Path

from environment import ROOT


def kept(folder, suffix, content, make):
    """The file that `make` writes, kept under .build/peers while the content is the same."""
    place = ROOT / ".build" / "peers" / folder
    target = place / f"{hashlib.sha256(content).hexdigest()}{suffix}"
    if not target.exists():
        place.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place) as passing:
            partial = Path(passing) / target.name
            make(partial)
            partial.replace(target)
    return target
