#!/usr/bin/env bash
# Builds the container's image by its Containerfile with buildah, on bases from debootstrap and this
# machine's toolchain in place of the registry's, and has it read the 10,000 test images: as a user
# without rights, who may write nothing. Needs root.
set -euo pipefail

.dev/setup.sh buildah
[[ $EUID -eq 0 ]] || { echo "container check: expected to be root, which chroot needs" >&2; exit 1; }
[[ "$(. /etc/os-release && echo "$ID $VERSION_ID")" == 'debian 12' ]] ||
  { echo 'container check: SKIPPED: the toolchain of Debian 12 is wanted' >&2; exit 0; }
work=$(mktemp -d)
base=.build/debian.tar
toolchain=$(readlink -f "$(command -v swift)")
toolchain=${toolchain%/usr/bin/*}
export BUILDAH_ISOLATION=chroot
server=
expected=$(.dev/card-accuracy.sh tiny)

build() { buildah --storage-driver vfs --root "$work/images" --runroot "$work/run" "$@"; }

cleanup() {
  [[ -z "$server" ]] || kill -TERM "$server" 2> /dev/null || true
  wait
  build rm --all > /dev/null 2>&1 || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

fail() {
  echo "container check: $1" >&2
  [[ -z "${2:-}" ]] || tail -40 "$2" >&2
  exit 1
}

make_bases() {
  .dev/debian-base.sh
  local made
  made=$(build from scratch)
  build add --quiet "$made" "$base" / > /dev/null
  build commit --quiet "$made" docker.io/library/debian:bookworm-slim > /dev/null
  # What the registry's image has beside the toolchain.
  build run "$made" sh -c 'apt-get update && apt-get install -y --no-install-recommends binutils \
    ca-certificates git libc6-dev libcurl4-openssl-dev libedit2 libgcc-12-dev libncurses-dev \
    libpython3-dev libsqlite3-0 libstdc++-12-dev libxml2-dev libz3-dev pkg-config zlib1g-dev' \
    > "$work/log" 2>&1 || fail 'apt-get in the base' "$work/log"
  build config --env "PATH=$toolchain/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$made"
  build commit --quiet "$made" docker.io/library/swift:6.3-bookworm > /dev/null
  build rm "$made" > /dev/null
}

evaluate() {
  local container tries address accuracy runner
  container=$(build from --pull-never localhost/digits)
  build run "$container" -- digitd --models /usr/local/share/digits/models --listen 127.0.0.1:0 \
    > "$work/server.log" 2>&1 &
  runner=$!
  for ((tries = 0; tries < 300; tries++)); do
    ! grep -q ' ready ' "$work/server.log" || break
    sleep 0.1
  done
  # Below the shell and buildah's two processes.
  server=$runner
  while pgrep -P "$server" > /dev/null; do server=$(pgrep -P "$server"); done
  address=$(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$work/server.log")
  [[ -n "$address" ]] || fail 'digitd was not ready within 30 s' "$work/server.log"
  ! build run "$container" -- touch /usr/local/share/digits/written 2> /dev/null ||
    fail 'expected its user to be allowed to write nothing'
  accuracy=$("$bin/digitctl" evaluate --server "$address" --model tiny --batch 64 --json |
    sed -nE 's/^\{"accuracy":([0-9.]+).*/\1/p')
  [[ "$accuracy" == "$expected" ]] ||
    fail "expected the accuracy in the model's card, $expected, got '$accuracy'"
  build run "$container" -- digitctl health --ready --server "$address" > "$work/log" 2>&1 ||
    fail 'the image cannot ask for health' "$work/log"
  kill -TERM "$server"
  wait "$runner" || fail 'digitd did not stop with 0' "$work/server.log"
  server=
}

swift build -c release --product digitctl
bin=$(swift build -c release --show-bin-path)
echo 'container check: bases …'
make_bases
echo 'container check: buildah …'
build bud --pull-never --format docker --volume "$toolchain:$toolchain:ro" \
  -f Deploy/container/Containerfile -t digits . > "$work/log" 2>&1 ||
  fail 'buildah could not build the image' "$work/log"
evaluate
echo "container check: built by buildah, 10,000 images, accuracy $expected"
