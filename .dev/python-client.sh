#!/usr/bin/env bash
# Runs the Python client, which was written from the specification alone, against a real digitd
# over TCP, a Unix socket and TLS; and the client as it was before there was TLS, which must work as
# ever. Called with the Python that has NumPy.
set -euo pipefail

python=$1
bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
servers=()
trap 'kill -TERM "${servers[@]}" 2> /dev/null || true; rm -rf "$work"' EXIT

# Starts digitd with a log of this name; its addresses are in the array `addresses` then.
serve() {
  local log="$work/$1" tries
  shift
  "$bin/digitd" --models Models --listen 127.0.0.1:0 "$@" 2> "$log" &
  servers+=($!)
  for ((tries = 0; tries < 100; tries++)); do
    ! grep -q ' ready ' "$log" || break
    sleep 0.1
  done
  mapfile -t addresses < <(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$log")
  if [[ ${#addresses[@]} -eq 0 ]]; then
    echo "python client: digitd was not ready; its log:" >&2
    cat "$log" >&2
    exit 1
  fi
}

check() {
  "$python" "$1/test_digits_client.py" "$2" Tests/Data/mnist/t10k-images-idx3-ubyte.gz \
    Tests/Data/mnist/t10k-labels-idx1-ubyte.gz "${@:3}"
}

serve plain --listen "unix:$work/socket"
for address in "${addresses[@]}"; do check Protocol/clients/python "$address"; done
check Tests/Compatibility "${addresses[0]}"
PYTHONDONTWRITEBYTECODE=1 "$python" Protocol/clients/python/test_package.py \
  Tests/Data/mnist/t10k-images-idx3-ubyte.gz Tests/Data/mnist/t10k-labels-idx1-ubyte.gz \
  "${addresses[@]}"

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key" \
  -out "$work/certificate" -days 2 -subj /CN=digits -addext subjectAltName=IP:127.0.0.1 2> /dev/null
serve tls --tls-cert "$work/certificate" --tls-key "$work/key"
check Protocol/clients/python "${addresses[0]}" "$work/certificate"

for server in "${servers[@]}"; do
  kill -TERM "$server"
  wait "$server"
done
servers=()
