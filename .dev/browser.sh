#!/usr/bin/env bash
# Tests the page in headless Chromium, against servers of its own:
# browser.sh [--picture | TEST…]   (--picture writes Docs/page.png instead)
set -euo pipefail

environment=.build/browser
packages=(selenium axe-playwright-python)

# A Python of our own with these packages; made once.
make_environment() {
  [[ "$(cat "$environment/ready" 2> /dev/null)" != "${packages[*]}" ]] || return 0
  echo "browser: making a Python environment in $environment …"
  # In one chain: within a condition, a failed command does not end the script.
  rm -rf "$environment" && python3 -m venv "$environment" &&
    "$environment/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" &&
    echo "${packages[*]}" > "$environment/ready"
}

bin=$(swift build -c release --show-bin-path)
if ! make_environment; then
  echo "browser: expected pip to install ${packages[*]}, and it could not" >&2
  [[ "${CI:-}" != true ]] || exit 1
  echo "browser: SKIPPED (with CI=true this is a failure)" >&2
  exit 0
fi

export PYTHONDONTWRITEBYTECODE=1
if [[ "${1:-}" == --picture ]]; then
  exec "$environment/bin/python" Tests/Browser/picture.py "$bin/digitd"
fi
exec "$environment/bin/python" Tests/Browser/run.py "$bin/digitd" "$@"
