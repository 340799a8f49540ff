#!/usr/bin/env bash
# Feeds random bytes to what reads them: fuzz.sh [TARGET…] [--seconds N]
#
# Targets are the folders of Tests/Fuzz with a Corpus; all where none is named; 60 s each where
# not told. Inputs that reach new code are kept in .build/fuzz for the next time. One that breaks
# something is written there too and its path printed: mend the code, and keep the input as
# Tests/Fuzz/TARGET/Corpus/finding-…, which every run of the tests reads.
set -euo pipefail

seconds=60
targets=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --seconds)
      seconds="${2:?fuzz: expected a number after --seconds}"
      shift
      ;;
    -*)
      echo "fuzz: expected [TARGET…] [--seconds N], got '$1'" >&2
      exit 2
      ;;
    *) targets+=("$1") ;;
  esac
  shift
done
known=$(cd Tests/Fuzz && printf '%s\n' */Corpus | sed 's|/Corpus||')
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets <<< "$known"
for target in "${targets[@]}"; do
  if ! grep -qx -- "$target" <<< "$known"; then
    echo "fuzz: expected one of $(tr '\n' ' ' <<< "$known")as target, got '$target'" >&2
    exit 2
  fi
done

# Everything is instrumented, so it is built apart from what is served.
build=(-c release --sanitize=address --build-path .build/fuzz
  -Xswiftc -sanitize=fuzzer -Xswiftc -use-ld=lld -Xcc -fsanitize=fuzzer-no-link --product fuzz)
DIGITS_FUZZ=1 swift build "${build[@]}"
fuzz=$(DIGITS_FUZZ=1 swift build "${build[@]}" --show-bin-path)/fuzz

# Swift's own report of a crash would stand in the way of libFuzzer's.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=0:${ASAN_OPTIONS:-}"
fuzz_target() {
  mkdir -p ".build/fuzz/corpus/$1" ".build/fuzz/findings/$1"
  "$fuzz" "$1" "-max_total_time=$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=2048 \
    -print_final_stats=1 "-artifact_prefix=.build/fuzz/findings/$1/" \
    ".build/fuzz/corpus/$1" "Tests/Fuzz/$1/Corpus"
}

# As `fuzz_target`, but prints only how often it ran, and everything where it found something.
fuzz_silently() {
  local log=.build/fuzz/$1.log status=0
  fuzz_target "$1" &> "$log" || status=$?
  if [[ $status -ne 0 ]]; then
    cat "$log"
    echo "Fuzzing $1: found something, see above"
  else
    echo "Fuzzing $1: $(grep '^Done ' "$log")"
  fi
  return "$status"
}

if [[ ${#targets[@]} -eq 1 ]]; then
  echo "Fuzzing ${targets[0]} for $seconds s …"
  fuzz_target "${targets[0]}"
else
  # As many at a time as there are processors.
  processors=$(nproc)
  echo "Fuzzing ${#targets[@]} targets for $seconds s each, $processors at a time …"
  export fuzz seconds
  export -f fuzz_target fuzz_silently
  printf '%s\n' "${targets[@]}" | xargs -P "$processors" -I{} bash -c 'fuzz_silently {}'
fi
