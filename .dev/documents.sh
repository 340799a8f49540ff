#!/usr/bin/env bash
# Runs the commands of README, Docs and Deploy in reading order, in a copy of this tree's files as
# git knows them, with the programs of its build: see Tests/Documents. Long blocks are only parsed.
set -euo pipefail

.dev/setup.sh python3 gnuplot-nox curl
swift build -c release
bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

PYTHONDONTWRITEBYTECODE=1 python3 -m unittest discover --quiet --start-directory Tests/Documents \
  --pattern 'test_*.py'

# Files that are not ignored, whether or not they are committed yet; deleted ones are not there.
mkdir -p "$work/tree/.build"
git ls-files -z --cached --others --exclude-standard |
  while IFS= read -r -d '' file; do [[ ! -e "$file" ]] || printf '%s\0' "$file"; done |
  tar --create --null --files-from - | tar --extract --directory "$work/tree"
ln -s "$bin" "$work/tree/.build/release"

# The documents' ports are free in a network of one's own; without one they must be here.
run=(python3 -B Tests/Documents/documents.py "$work/tree")
if unshare --net --map-root-user true 2> /dev/null; then
  run=(unshare --net --map-root-user "${run[@]}" --loopback)
else
  for port in 7311 7312 7380; do
    if (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
      echo "documents: expected port $port to be free, and something listens there" >&2
      [[ "${CI:-}" != true ]] || exit 1
      echo "documents: SKIPPED (with CI=true this is a failure)" >&2
      exit 0
    fi
  done
fi
"${run[@]}"
