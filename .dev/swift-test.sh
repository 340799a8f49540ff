#!/usr/bin/env bash
# swift test with these options. Where tests fail, what failed is said once more at the end, where
# thousands of lines of what passed do not hide it.
set -euo pipefail

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
swift test "$@" 2>&1 | tee "$log" || status=$?
if [[ $status -ne 0 ]]; then
  echo "swift test $*: exit status $status" >&2
  grep -aE '^✘|WARNING: ThreadSanitizer|ERROR: AddressSanitizer|Fatal error' "$log" >&2 || tail -n 5 "$log" >&2
fi
exit $status
