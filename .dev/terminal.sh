#!/usr/bin/env bash
# `digitctl top` on terminals of its own: what it shows, and that it leaves each as it was.
set -euo pipefail

swift build -c release --product digitd
swift build -c release --product digitctl
bin=$(swift build -c release --show-bin-path)
python3 -B Tests/Terminal/top.py "$bin/digitd" "$bin/digitctl" Models
