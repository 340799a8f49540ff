#!/usr/bin/env bash
# Whether digitd has become slower since a commit: bench-against.sh COMMIT [--rounds N]
#
# Builds that commit's digitd in a worktree of its own (kept in .build/against by commit), serves
# the same models with both, and lets `digitctl bench --pair` of this tree load them in turn, in
# short windows. Each case has a 95 % interval of the change by a block bootstrap, which holds at
# once for its throughput, p50 and p99. Fails where the interval of a case's figure lies wholly
# below 0.97 of what the commit did.
set -euo pipefail

rounds=60
window=250ms
# A change of 3 % and no more may hide in the noise.
tolerance=0.03
idle_seconds=4
# The figure that is judged, the precision in which cnn-32-64 is served, and the load.
cases=(
  'throughput f32 --model mlp-50-50 --batch 1 --connections 8 --pipeline 8'
  'throughput f32 --model mlp-50-50 --batch 1 --connections 64 --pipeline 1'
  'throughput f32 --model mlp-50-50 --batch 64 --connections 8 --pipeline 2'
  'throughput f32 --model cnn-32-64 --batch 1 --connections 8 --pipeline 8'
  'throughput f32 --model cnn-32-64 --batch 64 --connections 8 --pipeline 2'
  'p50 f32 --model mlp-50-50 --batch 1 --connections 1 --pipeline 1'
  'p50 f32 --model cnn-32-64 --batch 1 --connections 1 --pipeline 1'
  'throughput int8 --model cnn-32-64 --batch 1 --connections 8 --pipeline 8'
  'throughput int8 --model cnn-32-64 --batch 64 --connections 8 --pipeline 2'
)

usage() {
  echo "bench: expected --against COMMIT [--rounds N], got '$*'" >&2
  exit 2
}
[[ $# -eq 1 || ($# -eq 3 && $2 == --rounds && $3 =~ ^[0-9]+$) ]] || usage "$@"
[[ $# -eq 1 ]] || rounds=$3
if ! commit=$(git rev-parse --verify --quiet "$1^{commit}"); then
  echo "bench: '$1' is no commit of this repository" >&2
  exit 2
fi

bin=$(swift build -c release --show-bin-path)
kept=.build/against/$commit
work=$(mktemp -d)
worktree=$work/tree
processes=()

cleanup() {
  local process
  for process in "${processes[@]}"; do kill -TERM "$process" 2> /dev/null || true; done
  [[ ! -d "$worktree" ]] || git worktree remove --force "$worktree"
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "bench: $1; the servers' logs:" >&2
  cat "$work"/*.log >&2
  exit 1
}

# That commit's digitd, built once.
build_commit() {
  [[ ! -x "$kept/digitd" ]] || return 0
  echo "Building digitd of $(git log -1 --format='%h (%s)' "$commit") …"
  git worktree add --quiet --detach "$worktree" "$commit"
  (cd "$worktree" && swift build -c release --product digitd)
  mkdir -p "$kept"
  cp "$worktree/.build/release/digitd" "$kept/digitd.partial"
  mv "$kept/digitd.partial" "$kept/digitd"
}

# Starts a server; its process is then last in `processes`, its address in `address`.
start() {
  local name=$1 program=$2 precision=$3 tries
  : > "$work/$name.log"
  "$program" --models Models --precision "cnn-32-64=$precision" --listen 127.0.0.1:0 \
    2> "$work/$name.log" &
  processes+=($!)
  for ((tries = 0; tries < 300; tries++)); do
    if grep -q ' ready ' "$work/$name.log"; then
      address=$(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$work/$name.log" | head -1)
      return
    fi
    kill -0 "${processes[-1]}" 2> /dev/null || fail "$name did not start"
    sleep 0.1
  done
  fail "$name was not ready after 30 s"
}

start_both() {
  start before "$kept/digitd" "$1"
  before=$address
  start now "$bin/digitd" "$1"
  now=$address
}

stop_both() {
  local process
  for process in "${processes[@]}"; do
    kill -TERM "$process"
    wait "$process" || fail "a server did not stop cleanly"
  done
  processes=()
}

# Nanoseconds for which a process's threads have run.
processor_time() {
  cat "/proc/$1/task"/*/schedstat | awk '{ sum += $1 } END { printf "%.0f", sum }'
}

# Per cent of one processor that each server uses while nobody asks anything.
measure_idle() {
  local process used
  local -a start=()
  for process in "${processes[@]}"; do start+=("$(processor_time "$process")"); done
  sleep "$idle_seconds"
  idle=()
  for process in "${processes[@]}"; do
    used=$(($(processor_time "$process") - ${start[${#idle[@]}]}))
    idle+=("$(awk "BEGIN { printf \"%.3f\", $used / 1e7 / $idle_seconds }")")
  done
}

# One number of a figure's change, from the JSON of `bench --pair` on standard input.
change() { tr '{' '\n' | grep "\"figure\":\"$1\"" | sed -E "s/.*\"$2\":([^,}]*).*/\1/"; }

# The ratio of speeds, as it is printed: a latency's is turned round.
ratio() {
  awk -v change="$2" -v figure="$1" \
    'BEGIN { printf "%.3f", figure == "throughput" ? 1 + change : 1 / (1 + change) }'
}

# Measures one case and prints its row; notes where it is slower.
measure() {
  local figure=$1 load=$2 json status=0 middle low high verdict=
  # Its exit status judges every figure; here one counts.
  # shellcheck disable=SC2086
  json=$("$bin/digitctl" bench --pair "$before" "$now" $load --rounds "$rounds" \
    --duration "$window" --tolerance "$tolerance" --json 2> "$work/digitctl.log") || status=$?
  middle=$(change "$figure" change <<< "$json")
  [[ $status -le 1 && -n "$middle" ]] || fail "digitctl bench failed with $load"
  low=$(change "$figure" low <<< "$json")
  high=$(change "$figure" high <<< "$json")
  # More latency is a lower ratio.
  [[ $figure == throughput ]] || { local swapped=$low; low=$high; high=$swapped; }
  low=$(ratio "$figure" "$low")
  high=$(ratio "$figure" "$high")
  if awk "BEGIN { exit !($high < 1 - $tolerance) }"; then
    verdict=slower
    slower=$((slower + 1))
  fi
  printf '%-10s %-5s %-56s %6s  %s to %s  %s\n' "$figure" "$precision" "${load//--/}" \
    "$(ratio "$figure" "$middle")" "$low" "$high" "$verdict"
  # A window in which not all was answered says nothing of speed.
  ! grep -q '"trouble":"' <<< "$json" ||
    echo "  not counted: $(sed -E 's/.*"trouble":"([^"]*)".*/\1/' <<< "$json")"
}

build_commit
slower=0
printf '%-10s %-5s %-56s %6s  %s\n' FIGURE '' LOAD RATIO '95 % INTERVAL'
served=
for case in "${cases[@]}"; do
  read -r figure precision load <<< "$case"
  if [[ $precision != "$served" ]]; then
    stop_both
    start_both "$precision"
    [[ -n "$served" ]] || measure_idle
    served=$precision
  fi
  measure "$figure" "$load"
done
stop_both
echo "Idle, per cent of a processor: ${idle[0]} before, ${idle[1]} now."
if [[ $slower -gt 0 ]]; then
  echo "bench: cases whose interval lies wholly below 0.97 of $1: $slower" >&2
  exit 1
fi
echo "No case's interval lies wholly below 0.97 of $1."
