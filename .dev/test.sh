#!/usr/bin/env bash
# Builds, and runs the unit and live tests and the simulation: test.sh [SWIFT TEST OPTION…]
# With options of its own, such as --filter, it runs what they choose, one after another.
set -euo pipefail

# By themselves: on two cores they would starve what runs beside them, or be told wrong figures
# by it.
alone=(
  # They flood a server, or use up its descriptors.
  '^EndToEndTests\.(HostilePeer|Descriptor|Pool)Tests/'
  '^DigitServerTests\.(UnreadAnswers|StalledServer|SeveralLoops|ModelSwitch)Tests/'
  # They measure time, a rate or a processor's share.
  '^EndToEndTests\.Digitctl(Bench|OpenLoop|Search|Output|Watch|Incomplete)Tests/'
  '^DigitLoadTests\.(OpenLoop|LoadFleet|LoadRun|StalledServer)Tests/'
  # They count the process's allocations.
  '\.[A-Za-z]*AllocationTests/'
)

swift build -c release --build-tests
if [[ $# -gt 0 ]]; then
  exec .dev/swift-test.sh -c release --skip-build --no-parallel "$@"
fi
skipped=() chosen=()
for pattern in "${alone[@]}"; do
  skipped+=(--skip "$pattern")
  chosen+=(--filter "$pattern")
done
# Two processes side by side, each of which runs one test after another: all at once in one process,
# tests would hold each other up until their time limits. What runs in the background has SIGINT
# ignored, which tests of whole programs must not.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
options=(-c release --skip-build --ignore-lock --no-parallel)
echo 'Tests of whole programs, and all others beside them …'
.dev/swift-test.sh "${options[@]}" --skip '^EndToEndTests\.' "${skipped[@]}" > "$log" 2>&1 &
others=$!
status=0
.dev/swift-test.sh "${options[@]}" --filter '^EndToEndTests\.' "${skipped[@]}" || status=1
wait "$others" || status=1
cat "$log"
[[ $status -eq 0 ]] || exit 1
echo 'Tests that run alone …'
.dev/swift-test.sh "${options[@]}" "${chosen[@]}"
