#!/usr/bin/env bash
# Builds, and runs the unit and live tests and the simulation: test.sh [SWIFT TEST OPTION…]
# With options of its own, such as --filter, it runs what they choose, one after another.
set -euo pipefail

# Run one after another, and by themselves: on two cores they would starve what runs beside them,
# or be told wrong figures by it.
alone=(
  # They flood a server, or use up its descriptors.
  '^EndToEndTests\.(HostilePeer|Descriptor|Pool)Tests/'
  '^DigitServerTests\.(UnreadAnswers|StalledServer)Tests/'
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
echo 'Tests that run side by side …'
.dev/swift-test.sh -c release --skip-build --parallel "${skipped[@]}"
echo 'Tests that run alone …'
.dev/swift-test.sh -c release --skip-build --no-parallel "${chosen[@]}"
