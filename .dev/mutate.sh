#!/usr/bin/env bash
# Puts faults into the code, one at a time, and tells which of them the tests notice:
# mutate.sh [--only PATTERN] [--again] [--check] [--list FOLDER]
#
# The faults are kept in Tests/Mutations/*.txt. Each is one line of code and what becomes of it:
#
#   An abandoned request stays among the stalled.
#     file    Sources/DigitServer/Inference/InferenceService.swift
#     before  stalled.remove(index)
#     after
#     tests   DigitServerTests
#
# `before` must occur exactly once in the file, where \n in it stands for a line's end; nothing after
# `after` deletes it; `tests` is what `swift test --filter` gets. Lines that begin with # are comments.
#
# Works in a copy of the tree with a build of its own, both in .build/mutate, and keeps each result
# there: after an interruption the same command goes on. Results are of one state of the tree; when
# that has changed, or with --again, it begins anew.
#
#   --only PATTERN  only faults whose sentence or file matches this regular expression
#   --again         forget earlier results
#   --check         change and run nothing: only check that every fault can be put in
#   --list FOLDER   the folder of the lists, instead of Tests/Mutations
#
# Exit status: 0 at least 95 of 100 faults were noticed; 1 fewer, or a fault is stale; 2 usage.
set -euo pipefail

list=Tests/Mutations
only=.
again=
check=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --only) only="${2:?mutate: expected a pattern after --only}"; shift ;;
    --list) list="${2:?mutate: expected a folder after --list}"; shift ;;
    --again) again=1 ;;
    --check) check=1 ;;
    *)
      echo "mutate: expected [--only PATTERN] [--again] [--check] [--list FOLDER], got '$1'" >&2
      exit 2
      ;;
  esac
  shift
done

work=.build/mutate
tree=$work/tree
results=$work/results
# Far more than the tests of any fault take: one that hangs has been noticed.
test_seconds=600
noticed_percent_min=95

sentences=() files=() befores=() afters=() filters=()

# Reads one list; a complete fault has all five parts.
read_list() {
  local path=$1 line key value number=0 count=0
  while IFS= read -r line || [[ -n "$line" ]]; do
    number=$((number + 1))
    case "$line" in
      '' | '#'*) continue ;;
      '  '*)
        [[ $count -gt 0 ]] || fail_list "$path" "$number" "a sentence before '$line'"
        line="${line#  }"
        key="${line%% *}"
        value="${line#"$key"}"
        value="${value#"${value%%[! ]*}"}"
        ;;
      *)
        key=sentence
        value=$line
        ;;
    esac
    case "$key" in
      sentence)
        sentences+=("$value")
        count=$((count + 1))
        ;;
      file) files+=("$value") ;;
      before) befores+=("${value//\\n/$'\n'}") ;;
      after) afters+=("${value//\\n/$'\n'}") ;;
      tests) filters+=("$value") ;;
      *) fail_list "$path" "$number" "file, before, after or tests, got '$key'" ;;
    esac
    [[ ${#files[@]} -le ${#sentences[@]} && ${#befores[@]} -le ${#files[@]} &&
      ${#afters[@]} -le ${#befores[@]} && ${#filters[@]} -le ${#afters[@]} ]] ||
      fail_list "$path" "$number" "file, before, after and tests, in this order"
    [[ $key != sentence || ${#filters[@]} -eq $((${#sentences[@]} - 1)) ]] ||
      fail_list "$path" "$number" "file, before, after and tests of the fault above"
  done < "$path"
  [[ ${#filters[@]} -eq ${#sentences[@]} ]] ||
    fail_list "$path" "$number" "file, before, after and tests of the last fault"
}

fail_list() {
  echo "mutate: $1:$2: expected $3" >&2
  exit 2
}

# How often the text occurs in the file.
occurrences() {
  local content
  content=$(cat "$1" 2> /dev/null) || { echo 0; return; }
  local rest="${content//"$2"/}"
  echo $(((${#content} - ${#rest}) / ${#2}))
}

# Says which faults can no longer be put in.
check_all() {
  local index count stale=0
  for index in "${!sentences[@]}"; do
    if [[ ! -f "${files[index]}" ]]; then
      echo "stale: ${sentences[index]} (${files[index]} is not there)"
      stale=1
      continue
    fi
    count=0
    [[ -z "${befores[index]}" ]] || count=$(occurrences "${files[index]}" "${befores[index]}")
    [[ $count -ne 1 ]] || continue
    echo "stale: ${sentences[index]} (expected '${befores[index]}' once in ${files[index]}, found" \
      "it $count times)"
    stale=1
  done
  return $stale
}

# Brings the copy to the state of the tree. What is equal keeps its time, so that little is built.
synchronize() {
  local path
  mkdir -p "$tree"
  git ls-files -z --cached --others --exclude-standard > "$work/names"
  while IFS= read -r -d '' path; do
    if [[ -L "$path" ]]; then
      mkdir -p "$tree/$(dirname "$path")"
      ln -sfn "$(readlink "$path")" "$tree/$path"
    elif [[ -f "$path" ]] && ! cmp -s "$path" "$tree/$path"; then
      mkdir -p "$tree/$(dirname "$path")"
      cp -p "$path" "$tree/$path"
      # Not the time of the original, which may be older than what was built.
      touch "$tree/$path"
    fi
  done < "$work/names"
  # What is no longer in the tree must not be built.
  (cd "$tree" && find . -name .build -prune -o \( -type f -o -type l \) -print | sed 's|^\./||') |
    sort > "$work/copied"
  tr '\0' '\n' < "$work/names" | sort | comm -13 - "$work/copied" |
    while IFS= read -r path; do rm -f "${tree:?}/$path"; done
}

# What the results are of: the content of every file.
state_of_tree() {
  # Links to folders have no sum of their own, which is no failure.
  git ls-files -z --cached --others --exclude-standard | sort -z |
    { xargs -0 sha256sum 2> /dev/null || true; } | sha256sum | cut -d ' ' -f 1
}

build_copy() {
  (cd "$tree" && swift build -c release --build-tests) > "$work/build.log" 2>&1
}

# The tests that this filter chooses, in the copy. In a session of their own: one that hangs on a
# fault outlives swift test, and would take a processor from all tests after it.
run_tests() {
  local status=0
  (cd "$tree" && setsid --wait bash -c 'echo $$ > "$1"; exec timeout "$2" \
    swift test -c release --skip-build --no-parallel --filter "$3"' \
    mutate "$OLDPWD/$work/session" "$test_seconds" "$1") > "$work/test.log" 2>&1 || status=1
  end_tests
  [[ $status -eq 0 ]] && grep -qE 'Test run with [1-9][0-9]* test' "$work/test.log"
}

end_tests() {
  [[ -f "$work/session" ]] || return 0
  pkill -KILL -s "$(cat "$work/session")" || true
  rm -f "$work/session"
}
trap end_tests EXIT

# Without any fault all tests must build and pass: otherwise a failure would say nothing.
require_passing() {
  local filter
  echo "Building the copy in $tree …"
  if ! build_copy; then
    echo "mutate: the tree does not build; see $work/build.log" >&2
    exit 1
  fi
  printf '%s\n' "${chosen_filters[@]}" | sort -u | while IFS= read -r filter; do
    grep -qxF "passes $filter" "$results" 2> /dev/null && continue
    echo "Running $filter without a fault …"
    if ! run_tests "$filter"; then
      echo "mutate: $filter does not pass without a fault, or is no test; see $work/test.log" >&2
      exit 1
    fi
    echo "passes $filter" >> "$results"
  done
}

# Puts one fault in, runs its tests, takes it out. Prints what came of it.
judge() {
  local index=$1 file content
  file="$tree/${files[index]}"
  content=$(cat "${files[index]}"; printf x)
  content="${content%x}"
  printf '%s' "${content/"${befores[index]}"/"${afters[index]}"}" > "$file"
  if ! build_copy; then
    verdict='does not build'
  elif run_tests "${filters[index]}"; then
    verdict=unnoticed
  else
    verdict=noticed
  fi
  cp "${files[index]}" "$file"
}

identity() {
  printf '%s\n' "${files[$1]}" "${befores[$1]}" "${afters[$1]}" "${filters[$1]}" |
    sha256sum | cut -c 1-16
}

known_verdict() { sed -n "s/^verdict $(identity "$1") //p" "$results" 2> /dev/null | tail -1; }

print_table() {
  local index verdict noticed=0 count=0
  printf '\n%-15s %s\n' RESULT FAULT
  for index in "${chosen[@]}"; do
    verdict=$(known_verdict "$index")
    count=$((count + 1))
    [[ $verdict != noticed ]] || noticed=$((noticed + 1))
    printf '%-15s %s (%s)\n' "$verdict" "${sentences[index]}" "${files[index]}"
  done
  echo "$noticed of $count faults were noticed."
  [[ $((100 * noticed)) -ge $((noticed_percent_min * count)) ]]
}

shopt -s nullglob
for path in "$list"/*.txt; do read_list "$path"; done
if [[ ${#sentences[@]} -eq 0 ]]; then
  echo "mutate: expected lists of faults in $list/*.txt, found none" >&2
  exit 2
fi
check_all || exit 1
if [[ -n "$check" ]]; then
  echo "Faults that can be put in: ${#sentences[@]}"
  exit 0
fi

chosen=() chosen_filters=()
for index in "${!sentences[@]}"; do
  [[ "${sentences[index]} ${files[index]}" =~ $only ]] || continue
  chosen+=("$index")
  chosen_filters+=("${filters[index]}")
done
if [[ ${#chosen[@]} -eq 0 ]]; then
  echo "mutate: no fault matches '$only'" >&2
  exit 2
fi

mkdir -p "$work"
state=$(state_of_tree)
if [[ -n "$again" || "$(head -1 "$results" 2> /dev/null)" != "state $state" ]]; then
  echo "state $state" > "$results"
fi
synchronize
require_passing
for index in "${chosen[@]}"; do
  [[ -z "$(known_verdict "$index")" ]] || continue
  judge "$index"
  echo "verdict $(identity "$index") $verdict" >> "$results"
  printf '%-15s %s\n' "$verdict" "${sentences[index]}"
done
print_table
