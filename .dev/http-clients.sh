#!/usr/bin/env bash
# Drives digitd over HTTP by clients that others wrote, unchanged: NVIDIA's tritonclient and KServe's
# InferenceRESTClient read 1,000 test images, whose labels must be those of the binary protocol, and
# schemathesis sends 2,000 requests made from /openapi.json, none of which may bring a server error
# or a status that is not documented.
set -euo pipefail

environment=.build/http-clients
bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
server=
trap '[[ -z "$server" ]] || kill -TERM "$server" 2> /dev/null || true; rm -rf "$work"' EXIT

packages=(numpy 'tritonclient[http]' kserve schemathesis)
checks=not_a_server_error,status_code_conformance,content_type_conformance
checks+=,response_headers_conformance,response_schema_conformance,unsupported_method

# A Python of our own with these packages; made once.
make_environment() {
  [[ "$(cat "$environment/ready" 2> /dev/null)" != "${packages[*]}" ]] || return 0
  echo "http clients: making a Python environment in $environment …"
  # In one chain: within a condition, a failed command does not end the script.
  rm -rf "$environment" && python3 -m venv "$environment" &&
    "$environment/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" &&
    echo "${packages[*]}" > "$environment/ready"
}

if ! make_environment; then
  echo "http clients: expected pip to install ${packages[*]}, and it could not" >&2
  [[ "${CI:-}" != true ]] || exit 1
  echo "http clients: SKIPPED (with CI=true this is a failure)" >&2
  exit 0
fi

"$bin/digitd" --models Models --listen 127.0.0.1:0 --http 127.0.0.1:0 2> "$work/log" &
server=$!
for ((tries = 0; tries < 100; tries++)); do
  ! grep -q ' ready ' "$work/log" || break
  sleep 0.1
done
binary=$(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$work/log")
http=$(sed -nE 's|.* listening http=http://([^/ ]+)/.*|\1|p' "$work/log")
if [[ -z "$binary" || -z "$http" ]]; then
  echo "http clients: digitd was not ready; its log:" >&2
  cat "$work/log" >&2
  exit 1
fi

export PYTHONDONTWRITEBYTECODE=1
"$environment/bin/python" Tests/HTTPClients/triton.py "$binary" "$http"
"$environment/bin/python" Tests/HTTPClients/kserve_rest.py "$binary" "$http"

# It keeps notes in its current folder.
root=$PWD
if ! (cd "$work" && "$root/$environment/bin/schemathesis" \
  --config-file "$root/Tests/HTTPClients/schemathesis.toml" run \
  "http://$http/openapi.json" --checks "$checks" --phases examples,coverage,fuzzing \
  --max-examples 40 --seed 1 --request-timeout 30 --suppress-health-check too_slow --no-color \
  > schemathesis.txt)
then
  cat "$work/schemathesis.txt" >&2
  exit 1
fi
cases=$(sed -nE 's/^ +([0-9]+) generated.*/\1/p' "$work/schemathesis.txt")
if [[ "${cases:-0}" -lt 2000 ]]; then
  echo "http clients: expected 2000 cases of schemathesis or more, got ${cases:-none}" >&2
  exit 1
fi
echo "schemathesis: $cases requests, each answered as /openapi.json says"

kill -TERM "$server"
wait "$server"
server=
