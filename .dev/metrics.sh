#!/usr/bin/env bash
# Lets Debian's tools judge a running server's metrics: promtool the text, Python's client library
# OpenMetrics, and Prometheus both, which scrapes a server under load: metrics.sh [SECONDS]
set -euo pipefail

seconds=${1:-60}
.dev/setup.sh prometheus python3 python3-prometheus-client curl
swift build -c release --product digitd
swift build -c release --product digitctl
bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
server= prometheus=

cleanup() {
  [[ -z "$prometheus" ]] || kill -TERM "$prometheus" 2> /dev/null || true
  [[ -z "$server" ]] || kill -TERM "$server" 2> /dev/null || true
  wait
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "metrics: $1" >&2
  [[ -z "${2:-}" ]] || cat "$2" >&2
  exit 1
}

# Tries a command every tenth of a second, for ten seconds.
wait_for() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    if "${@:2}" > /dev/null 2>&1; then return; fi
    sleep 0.1
  done
  fail "$1 within 10 s" "$work/log"
}

start_server() {
  "$bin/digitd" --models Models --loops 2 --listen 127.0.0.1:0 --http 127.0.0.1:0 2> "$work/log" &
  server=$!
  wait_for 'digitd was not ready' grep -q ' ready ' "$work/log"
  address=$(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$work/log" | head -1)
  http=$(sed -nE 's,.* listening http=http://([^ ]+)/$,\1,p' "$work/log")
}

# A scrape in one of the two formats.
scrape() { curl --silent --show-error --fail --header "Accept: $1" "http://$http/metrics"; }

check_texts() {
  # A status has a series once it has been answered: both texts must have it.
  curl --silent --fail --output /dev/null "http://$http/livez"
  scrape 'text/plain;version=0.0.4' > "$work/text"
  promtool check metrics < "$work/text" > "$work/complaints" 2>&1 ||
    fail 'promtool complains:' "$work/complaints"
  [[ ! -s "$work/complaints" ]] || fail 'promtool complains:' "$work/complaints"
  scrape 'application/openmetrics-text;version=1.0.0' > "$work/openmetrics"
  /usr/bin/python3 - "$work/text" "$work/openmetrics" <<'PYTHON'
import sys
from prometheus_client import openmetrics, parser
from prometheus_client.openmetrics import parser as openmetrics_parser

def series(families):
    return {(sample.name, tuple(sorted(sample.labels.items())))
            for family in families for sample in family.samples}

text, openmetrics_text = (open(path, encoding="utf-8").read() for path in sys.argv[1:])
ours = series(openmetrics_parser.text_string_to_metric_families(openmetrics_text))
assert ours == series(parser.text_string_to_metric_families(text)), "the formats differ"
print(f"{len(ours)} series in each format")
PYTHON
}

start_prometheus() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat > "$work/prometheus.yml" <<YAML
global: { scrape_interval: 1s, scrape_timeout: 900ms }
scrape_configs:
  - job_name: digitd
    static_configs: [{ targets: ["$http"] }]
YAML
  prometheus --config.file="$work/prometheus.yml" --storage.tsdb.path="$work/data" \
    --web.listen-address="127.0.0.1:$port" > "$work/prometheus.log" 2>&1 &
  prometheus=$!
  wait_for 'Prometheus was not ready' curl --silent --fail "http://127.0.0.1:$port/-/ready"
}

# The one number that a query comes to.
query() {
  curl --silent --fail --get --data-urlencode "query=$1" "http://127.0.0.1:$port/api/v1/query" |
    python3 -c 'import json, sys
results = json.load(sys.stdin)["data"]["result"]
print(results[0]["value"][1] if len(results) == 1 else "no number")'
}

expect() {
  local value
  value=$(query "$1")
  [[ "$value" == "$2" ]] || fail "expected $1 to be $2, got $value" "$work/prometheus.log"
}

check_scrapes() {
  local window="[${seconds}s]" answered
  expect "min_over_time(up{job=\"digitd\"}$window)" 1
  # Its own, which it does not scrape.
  curl --silent --fail "http://127.0.0.1:$port/metrics" > "$work/own"
  for complaint in sample_duplicate_timestamp sample_out_of_order sample_out_of_bounds \
    exceeded_sample_limit; do
    grep -qx "prometheus_target_scrapes_${complaint}_total 0" "$work/own" ||
      fail "Prometheus counts scrapes with $complaint"
  done
  ! grep -E 'level=(warn|error)' "$work/prometheus.log" > "$work/complaints" ||
    fail 'Prometheus complains:' "$work/complaints"
  # Nothing is in flight any more, so that both must have the same.
  answered=$("$bin/digitctl" stats --server "$address" --json |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["figures"]["requests_answered"])')
  expect 'sum(digitd_requests_total{outcome="answered"})' "$answered"
  expect 'sum(digitd_request_duration_seconds_count)' "$answered"
  echo "Prometheus: $(query "count_over_time(up{job=\"digitd\"}$window)") scrapes of" \
    "$(query 'scrape_samples_scraped') samples in" \
    "$(query "avg_over_time(scrape_duration_seconds$window) * 1000") ms on average," \
    "$answered requests, p99" \
    "$(query "histogram_quantile(0.99, sum by (le) (rate(digitd_request_duration_seconds_bucket[30s]))) * 1e6") µs"
}

start_server
check_texts
start_prometheus
"$bin/digitctl" bench --server "$address" --model compact --connections 4 --pipeline 8 \
  --duration "${seconds}s" --json > "$work/bench.json"
sleep 2
check_texts
check_scrapes
kill -TERM "$server"
wait "$server" || fail 'digitd did not stop cleanly' "$work/log"
server=
