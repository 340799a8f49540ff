#!/usr/bin/env bash
# What the transport costs: drives the same loads against digitd (mlp-50-50, the smallest shipped
# network) and against bare-libuv, a C server that answers without inference, in turn on free
# loopback ports. Prints the medians of all rounds, and the goals beside them for information.
#
# Usage: bench.sh [--write]   (--write keeps the figures in Tests/Baselines/transport.json)
set -euo pipefail

rounds=5
duration=1500ms
warmup=300ms
idle_seconds=4
baseline=Tests/Baselines/transport.json
servers=(digitd bare_libuv)
cases=(a b c d)
declare -A loads=(
  [a]='--batch 1 --connections 1 --pipeline 1' [b]='--batch 1 --connections 8 --pipeline 8'
  [c]='--batch 1 --connections 64 --pipeline 1' [d]='--batch 64 --connections 8 --pipeline 2'
)
keys=(requests_per_second images_per_second p50 p99 client_busy client_waiting)

write=
case "${1:-}" in
  '') ;;
  --write) write=1 ;;
  *)
    echo "bench: expected --write or nothing, got '$1'" >&2
    exit 2
    ;;
esac

bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
declare -A processes addresses

cleanup() {
  local server
  for server in "${!processes[@]}"; do kill -TERM "${processes[$server]}" 2> /dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "bench: $1; the servers' logs:" >&2
  cat "$work"/*.log >&2
  exit 1
}

# Waits until the server's log says that it is ready, and takes its address from there.
await() {
  local server=$1 ready=$2 tries
  for ((tries = 0; tries < 100; tries++)); do
    if grep -q "$ready" "$work/$server.log"; then
      addresses[$server]=$(sed -nE 's/.*listening address=([^ ]+).*/\1/p' "$work/$server.log")
      return
    fi
    kill -0 "${processes[$server]}" 2> /dev/null || fail "$server did not start"
    sleep 0.1
  done
  fail "$server was not ready after 10 s"
}

start_servers() {
  "$bin/digitd" --models Models --default-model mlp-50-50 --listen 127.0.0.1:0 \
    2> "$work/digitd.log" &
  processes[digitd]=$!
  "$bin/bare-libuv" --listen 127.0.0.1:0 > "$work/bare_libuv.log" &
  processes[bare_libuv]=$!
  await digitd ' ready '
  await bare_libuv listening
}

stop_servers() {
  local server
  for server in "${servers[@]}"; do
    kill -TERM "${processes[$server]}"
    wait "${processes[$server]}" || fail "$server did not stop cleanly"
    unset "processes[$server]"
  done
}

# The value of a key in one JSON object on standard input; percentiles are those of the latency.
# Intervals have keys of the same names.
value() {
  local key="\"$1\""
  [[ $1 == p[0-9]* ]] && key="\"latency_us\":\{[^}]*$key"
  sed -E "s/\"intervals\":\[[^]]*\]//; s/.*$key:([^,}]*).*/\1/"
}

# Drives one load, and keeps a line "case server key value" for each key.
measure() {
  local case=$1 server=$2 json key
  local -a load
  read -ra load <<< "${loads[$case]}"
  json=$("$bin/digitctl" bench --server "${addresses[$server]}" "${load[@]}" \
    --duration "$duration" --warmup "$warmup" --json 2> "$work/digitctl.log") ||
    fail "digitctl bench failed in case $case against $server"
  for key in "${keys[@]}"; do
    echo "$case $server $key $(value "$key" <<< "$json")" >> "$work/figures"
  done
}

# Nanoseconds for which digitd's threads have run.
processor_time() {
  cat "/proc/${processes[digitd]}/task"/*/schedstat | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# Per cent of one processor that digitd uses while nobody asks anything.
measure_idle() {
  local before
  before=$(processor_time)
  sleep "$idle_seconds"
  calculate "($(processor_time) - $before) / 1e7 / $idle_seconds" %.3f
}

calculate() { awk "BEGIN { printf \"$2\", $1 }"; }

# The middle one of all rounds, to four figures or the whole.
median() {
  awk -v id="$1 $2 $3" '$1 " " $2 " " $3 == id { print $4 }' "$work/figures" | sort -g |
    awk '{ value[NR] = $1 }
      END { middle = value[int((NR + 1) / 2)]; printf middle < 100 ? "%.4g" : "%.0f", middle }'
}

ratio() { calculate "$(median "$1" digitd "$2") / $(median "$1" bare_libuv "$2")" %.3f; }

# Prints a case's figure for both servers, their ratio, and the goal: for the ratio, or for
# digitd's own figure.
row() {
  local case=$1 key=$2 whose=$3 goal=$4 own ratio judged
  own=$(median "$case" digitd "$key")
  ratio=$(ratio "$case" "$key")
  [[ $whose == ratio ]] && judged=$ratio || judged=$own
  printf '%-42s %-20s %12.0f %12.0f %7.2f  %-18s %s\n' "${loads[$case]//--/}" "$key" "$own" \
    "$(median "$case" bare_libuv "$key")" "$ratio" "$whose $goal" "$(verdict "$judged" "$goal")"
}

verdict() { awk "BEGIN { print ($1 $2) ? \"reached\" : \"missed\" }"; }

print_table() {
  printf '%-42s %-20s %12s %12s %7s  %s\n' load figure digitd bare-libuv ratio goal
  row a p50 ratio '<= 1.5'
  row b requests_per_second own '>= 250000'
  row c requests_per_second ratio '>= 0.4'
  row d images_per_second own '>= 1200000'
  printf '%-42s %-20s %12.2f %12s %7s  %-18s %s\n' 'no load' 'processor, per cent' "$idle" '' '' \
    'own < 1' "$(verdict "$idle" '< 1')"
}

# The C server and its client need one processor each: with two free ones neither waits.
warn_of_company() {
  local case waiting
  for case in "${cases[@]}"; do
    waiting=$(median "$case" bare_libuv client_waiting)
    [[ $(verdict "$waiting" '> 0.1') == reached ]] || continue
    echo "bench: in (${loads[$case]}) the client waited $(calculate "$waiting * 100" %.0f) % of" \
      "the time for a processor: something else uses this machine, and the figures are too low" >&2
  done
}

# One server's medians in a case, as a JSON object.
figures() {
  local key separator=
  printf '{'
  for key in "${keys[@]}"; do
    printf '%s"%s": %s' "$separator" "$key" "$(median "$1" "$2" "$key")"
    separator=', '
  done
  printf '}'
}

print_json() {
  local case separator=
  printf '{\n  "machine": {"processor": "%s", "cores": %d, "system": "%s"},\n' \
    "$(sed -nE 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)" "$(nproc)" \
    "$(uname -srm), $(sed -nE 's/^PRETTY_NAME="?([^"]*)"?/\1/p' /etc/os-release)"
  printf '  "commit": "%s",\n' "$(git describe --always --abbrev=40 --dirty)"
  printf '  "command": "./dev bench --write",\n  "rounds": %d,\n' "$rounds"
  printf '  "idle_percent_of_a_processor": %s,\n  "cases": [' "$idle"
  for case in "${cases[@]}"; do
    printf '%s\n    {\n      "load": "%s",\n' "$separator" "${loads[$case]}"
    printf '      "digitd": %s,\n' "$(figures "$case" digitd)"
    printf '      "bare_libuv": %s,\n' "$(figures "$case" bare_libuv)"
    printf '      "ratio": {"requests_per_second": %s, "p50": %s}\n    }' \
      "$(ratio "$case" requests_per_second)" "$(ratio "$case" p50)"
    separator=,
  done
  printf '\n  ]\n}\n'
}

write_baseline() {
  mkdir -p "$(dirname "$baseline")"
  print_json > "$baseline.partial"
  mv "$baseline.partial" "$baseline"
  echo "bench: wrote $baseline"
}

start_servers
idle=$(measure_idle)
for ((round = 1; round <= rounds; round++)); do
  for case in "${cases[@]}"; do
    for server in "${servers[@]}"; do measure "$case" "$server"; done
  done
done
stop_servers
echo "Medians of $rounds rounds; latencies in microseconds. Goals are for information."
print_table
warn_of_company
[[ -z "$write" ]] || write_baseline
