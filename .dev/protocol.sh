#!/usr/bin/env bash
# The protocol as others see it: tshark with the dissector reads every vector and a capture of a
# real evaluation, and the conformance kit judges digitd, with a token and without, and digitctl.
set -euo pipefail

bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
servers=() capture=
export PYTHONDONTWRITEBYTECODE=1

cleanup() {
  local process
  for process in "${servers[@]}" $capture; do kill -TERM "$process" 2> /dev/null || true; done
  wait
  rm -rf "$work"
}
trap cleanup EXIT

# Tries a command every tenth of a second, for ten seconds.
wait_for() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    if "${@:2}" > /dev/null 2>&1; then return; fi
    sleep 0.1
  done
  echo "protocol: expected $1 within 10 s" >&2
  return 1
}

# Starts a server of one model: start NAME [OPTION…]; then ${servers[-1]}, and its `address`.
start() {
  "$bin/digitd" --models "$work/models" --listen 127.0.0.1:0 "${@:2}" 2> "$work/$1.log" &
  servers+=($!)
  if ! wait_for 'digitd to be ready' grep -q ' ready ' "$work/$1.log"; then
    cat "$work/$1.log" >&2
    exit 1
  fi
  address=$(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$work/$1.log")
}

judge() { (cd Protocol && timeout 300 python3 -m conformance "$@" --quiet); }

# A capture needs rights that not everybody has.
check_capture() {
  dumpcap -q -i lo -f "tcp port ${address##*:}" -w "$work/capture.pcapng" 2> "$work/dumpcap.log" &
  capture=$!
  # It says where it writes when it has begun.
  if ! wait_for 'dumpcap to capture on lo' grep -q '^File:' "$work/dumpcap.log"; then
    cat "$work/dumpcap.log" >&2
    [[ "${CI:-}" != true ]] || exit 1
    echo "protocol: capture SKIPPED (with CI=true this is a failure)" >&2
    return
  fi
  "$bin/digitctl" evaluate --server "$address" --connections 2 > "$work/evaluation"
  "$bin/digitctl" ping --server "$address" >> "$work/evaluation"
  "$bin/digitctl" stats --server "$address" >> "$work/evaluation"
  "$bin/digitctl" health --ready --server "$address" >> "$work/evaluation"
  sleep 1 # dumpcap writes what it has now and then
  kill -INT "$capture"
  wait "$capture" || true
  capture=
  python3 Protocol/wireshark/check.py "$work/capture.pcapng"
}

mkdir "$work/models"
cp Models/cnn-28.* "$work/models/"
python3 Protocol/Vectors/generate.py --check
python3 Protocol/wireshark/check.py

# Tokens that are good for everything, for two things, and for one.
umask 077
make_token() {
  echo "a secret to $1" > "$work/$1"
  echo "$1 $2 $(tr -d '\n' < "$work/$1" | sha256sum | cut -d ' ' -f 1)" >> "$work/tokens"
}
make_token all predict,stats,admin
make_token watch predict,stats
make_token reload admin
start guarded --tokens "$work/tokens"
judge server "$address" --token-file "$work/all" --limited-token-file "predict,stats=$work/watch" \
  --limited-token-file "admin=$work/reload" --wait 40 --drain-pid "${servers[-1]}" \
  > "$work/guarded" 2>&1 &
guarded=$!

start open
check_capture
judge server "$address" --drain-pid "${servers[-1]}"

start full --max-connections 4
judge server "$address" --connection-limit 4 --only 'HEALTH at the limit*'
kill -TERM "${servers[-1]}"

digitctl=$bin/digitctl
judge client --run "PING=$digitctl ping --count 1 --timeout 8s --server {address}" \
  --run "PREDICT=$digitctl evaluate --limit 40 --batch 4 --pipeline 4 --timeout 8s
    --images $PWD/Tests/Data/mnist/t10k-images-idx3-ubyte.gz
    --labels $PWD/Tests/Data/mnist/t10k-labels-idx1-ubyte.gz --server {address}" \
  --run "STATS=$digitctl stats --timeout 8s --server {address}" \
  --run "RELOAD=$digitctl models --reload --timeout 8s --server {address}" \
  --run "MODELS=$digitctl models --timeout 8s --server {address}"

status=0
wait "$guarded" || status=$?
cat "$work/guarded"
[[ $status -eq 0 ]] || exit "$status"
for server in "${servers[@]}"; do wait "$server"; done
servers=()
