#!/usr/bin/env bash
# Runs the Python client, which was written from the specification alone, against a real digitd
# over TCP and a Unix socket. Called with the Python that has NumPy.
set -euo pipefail

python=$1
bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
server=
trap '[[ -z "$server" ]] || kill -TERM "$server" 2> /dev/null || true; rm -rf "$work"' EXIT

"$bin/digitd" --models Models --listen 127.0.0.1:0 --listen "unix:$work/socket" 2> "$work/log" &
server=$!
for ((tries = 0; tries < 100; tries++)); do
  ! grep -q ' ready ' "$work/log" || break
  sleep 0.1
done
mapfile -t addresses < <(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$work/log")
if [[ ${#addresses[@]} -ne 2 ]]; then
  echo "python client: digitd was not ready; its log:" >&2
  cat "$work/log" >&2
  exit 1
fi
for address in "${addresses[@]}"; do
  "$python" Protocol/clients/python/test_digits_client.py "$address" \
    Tests/Data/mnist/t10k-images-idx3-ubyte.gz Tests/Data/mnist/t10k-labels-idx1-ubyte.gz
done
PYTHONDONTWRITEBYTECODE=1 "$python" Protocol/clients/python/test_package.py \
  Tests/Data/mnist/t10k-images-idx3-ubyte.gz Tests/Data/mnist/t10k-labels-idx1-ubyte.gz \
  "${addresses[@]}"
kill -TERM "$server"
wait "$server"
server=
