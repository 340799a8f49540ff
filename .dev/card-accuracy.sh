#!/usr/bin/env bash
# Prints the share of the 10,000 test images that a shipped model reads, as its card has it.
set -euo pipefail

.dev/setup.sh python3
python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["test"]["accuracy"])' "Models/$1.json"
