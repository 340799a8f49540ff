#!/usr/bin/env bash
# Runs the tests under one of the sanitizers: sanitize.sh thread|address [TEST OPTION…]
# With options of its own, such as --filter, it runs what they choose; with --build-only none.
#
# Builds in .build/<sanitizer>. A sanitizer that cannot run on this machine is skipped, which is a
# failure where CI=true: there a check that did not run must not pass for one that did.
set -euo pipefail

sanitizer="$1"
build=(-c release "--sanitize=$sanitizer" --build-path ".build/$sanitizer")
# For CThreadSanitizer, whose header cannot see how Swift is compiled.
[[ "$sanitizer" != thread ]] || build+=(-Xcc -DDIGITS_THREAD_SANITIZER)

# What is left out, because it takes minutes and says nothing here. Tests that count allocations
# leave themselves out: a sanitizer has an allocator of its own (CAllocations).
case "$sanitizer" in
  thread)
    # What has one thread has no races, and each access in a kernel costs a hundred times its due.
    chosen=(--filter '^(EventLoop|DigitServer|DigitClient|DigitHandshake|DigitLoad|Simulation)Tests\.'
      --filter '^EndToEndTests\.(Digitd|Digitctl|DigitctlBench|HostilePeer|Descriptor|Pool)Tests/'
      --filter 'the same seed and threads give the same weights'
      # Inference is so slow here that the server refuses what this test wants answered.
      --skip 'a client that does not read is not read from')
    ;;
  address)
    # The sanitizer takes memory of its own, so what bounds a program's memory says nothing.
    chosen=(--skip '^(Tidy|Arguments)Tests\.' --skip '^EndToEndTests\.Hostile(Server|File)Tests/'
      --skip 'a device or a silent pipe')
    ;;
  *)
    echo "sanitize: expected thread or address, got '$sanitizer'" >&2
    exit 2
    ;;
esac
# Ten thousand images or more each: figures, which the plain run has checked.
chosen+=(--skip 'a shipped model reads the test set' --skip 'the 10,000 test images'
  --skip 'touch(es)? the border' --skip 'photographed and drawn digits are read')
[[ $# -eq 1 ]] || chosen=("${@:2}")

# The simulation sees the same code paths in a fraction of its events.
export DIGITS_SIMULATION_EVENTS="${DIGITS_SIMULATION_EVENTS:-1000000}"
# Swift's report of a crash forks, which hangs under the thread sanitizer. Programs end by
# exit(), with threads at work.
export SWIFT_BACKTRACE=enable=no
export TSAN_OPTIONS="report_thread_leaks=0:${TSAN_OPTIONS:-}"
# Swift's runtime keeps what it has learnt of types for ever.
export ASAN_OPTIONS="detect_leaks=0:detect_stack_use_after_return=1:${ASAN_OPTIONS:-}"

can_run() {
  local probe
  probe=$(mktemp -d)
  echo 'print("runs")' > "$probe/main.swift"
  swiftc "-sanitize=$sanitizer" -o "$probe/main" "$probe/main.swift" > /dev/null 2>&1 &&
    [[ "$("$probe/main" 2> /dev/null)" == runs ]]
  local status=$?
  rm -rf "$probe"
  return $status
}

if ! can_run; then
  echo "sanitize: the $sanitizer sanitizer cannot run on this machine: skipped" >&2
  [[ "${CI:-}" != true ]]
  exit
fi
echo "Tests under the $sanitizer sanitizer …"
swift build "${build[@]}" --build-tests
[[ "${2:-}" != --build-only ]] || exit 0
.dev/swift-test.sh "${build[@]}" --skip-build --no-parallel "${chosen[@]}"
