#!/usr/bin/env bash
# The main job from end to end: serves the shipped models on a free loopback port, streams the
# 10,000 test images through the socket, and prints what came back.
set -euo pipefail

bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
log="$work/digitd.log"
server=

cleanup() {
  [[ -z "$server" ]] || kill -TERM "$server" 2> /dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "demo: $1; the server's log:" >&2
  cat "$log" >&2
  exit 1
}

# The first value of a key in one JSON object on standard input: numbers and plain strings.
value() { sed -E "s/\"$1\":\"?([^,\"}]*).*/\n\1/; s/^[^\n]*\n//"; }

start_server() {
  : > "$log"
  "$bin/digitd" --models Models --listen 127.0.0.1:0 2> "$log" &
  server=$!
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    if grep -q ' ready ' "$log"; then
      address=$(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$log")
      return
    fi
    kill -0 "$server" 2> /dev/null || fail "digitd did not start"
    sleep 0.1
  done
  fail "digitd was not ready after 10 s"
}

# Prints one row, and keeps the accuracy.
evaluate() {
  local json
  json=$("$bin/digitctl" evaluate --server "$address" --model "$1" --batch "$2" --json) ||
    fail "digitctl evaluate failed for $1 at batch $2"
  accuracies+=("$(value accuracy <<< "$json")")
  printf '%-20s %5d %9.4f %12.0f %10.0f %10.0f\n' "$1" "$2" "$(value accuracy <<< "$json")" \
    "$(value images_per_second <<< "$json")" "$(value p50 <<< "$json")" "$(value p99 <<< "$json")"
}

stop_server() {
  kill -TERM "$server"
  wait "$server" || fail "digitd did not stop cleanly"
  server=
}

start_server
echo "digitd serves $(ls Models/*.safetensors | wc -l) models on $address"
printf '%-20s %5s %9s %12s %10s %10s\n' model batch accuracy images/s p50/µs p99/µs
models=()
accuracies=()
for file in Models/*.safetensors; do models+=("$(basename "$file" .safetensors)"); done
for model in "${models[@]}"; do
  for batch in 1 64; do evaluate "$model" "$batch"; done
done
stop_server
best=$(printf '%s\n' "${accuracies[@]}" | sort -g | tail -1)
printf 'demo: %d models, best accuracy %.4f, OK\n' "${#models[@]}" "$best"
