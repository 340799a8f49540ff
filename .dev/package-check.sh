#!/usr/bin/env bash
# Installs what ./dev package has made and uses it: the Debian package and the tar in fresh roots of
# Debian, on a read-only file system and as a user without rights, the wheel in a virtual
# environment, and the Swift library by a tag in a package of its own. Needs root.
set -euo pipefail

.dev/setup.sh lintian fish zsh man-db python3 python3-venv
[[ $EUID -eq 0 ]] || { echo "package check: expected to be root, which chroot needs" >&2; exit 1; }
packages=$PWD/.build/packages
base=.build/debian.tar
work=$(mktemp -d)
root=$work/root
server=
expected=$(.dev/card-accuracy.sh tiny)

cleanup() {
  [[ -z "$server" ]] || kill -TERM "$server" 2> /dev/null || true
  wait
  umount "$work/frozen/proc" 2> /dev/null || true
  umount "$work/frozen" 2> /dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

fail() {
  echo "package check: $1" >&2
  [[ -z "${2:-}" ]] || cat "$2" >&2
  exit 1
}

fresh_root() {
  rm -rf --one-file-system "$root"
  mkdir "$root"
  tar --extract --file "$base" --directory "$root"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
}

# Everything in the root with its kind, owner and mode, and users; not what apt itself keeps.
inventory() {
  (cd "$root" && find . -path ./proc -prune -o -path ./var/cache -prune -o -path ./var/lib/apt -prune \
    -o -path ./var/log -prune -o -printf '%y %u %m %p\n' |
    grep -vE ' \./(var/lib/dpkg|etc/ld.so.cache|(etc|var/lib)/(passwd|group|shadow|gshadow)|run|tmp)' |
    sort; cut -d : -f 1 etc/passwd etc/group)
}

# A server in the root, which nothing may write to, as a user who may do nothing there.
serve() {
  local user=$1
  shift
  mkdir -p "$work/frozen"
  mount --bind "$root" "$work/frozen"
  mount -o remount,bind,ro "$work/frozen"
  # By /proc a program knows where it lies.
  mount -t proc proc "$work/frozen/proc"
  ! chroot --userspec "$user:$user" "$work/frozen" touch /tmp/written 2> /dev/null ||
    fail 'the file system can be written to'
  # Before it is looked for: what the last server said is not this one's.
  : > "$work/server.log"
  chroot --userspec "$user:$user" "$work/frozen" "$@" 2> "$work/server.log" &
  server=$!
  for ((tries = 0; tries < 300; tries++)); do
    ! grep -q ' ready ' "$work/server.log" || break
    kill -0 "$server" 2> /dev/null || fail 'digitd did not start' "$work/server.log"
    sleep 0.1
  done
  address=$(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$work/server.log")
  [[ -n "$address" ]] || fail 'digitd was not ready within 30 s' "$work/server.log"
}

stop() {
  kill -TERM "$server"
  wait "$server" || fail 'digitd did not stop cleanly' "$work/server.log"
  server=
  umount "$work/frozen/proc" "$work/frozen"
}

# The 10,000 images by the root's own digitctl.
evaluate() {
  local accuracy
  accuracy=$(chroot "$work/frozen" "$1" evaluate --server "$address" --model tiny --batch 64 --json |
    sed -nE 's/^\{"accuracy":([0-9.]+).*/\1/p')
  [[ "$accuracy" == "$expected" ]] ||
    fail "expected the accuracy in the model's card, $expected, got '$accuracy'"
  echo "package check: $2: 10,000 images, accuracy $accuracy"
}

check_deb() {
  local command needed
  lintian --fail-on error "$packages"/*.deb 2> "$work/log" || fail 'lintian found errors' "$work/log"
  echo 'package check: lintian: no errors'
  fresh_root
  chroot "$root" apt-get update -q > "$work/log" 2>&1 || fail 'apt-get update' "$work/log"
  # What the package needs comes first, so that only the package itself is compared.
  cp "$packages"/*.deb "$root/tmp/digits.deb"
  needed=$(dpkg-deb -f "$root/tmp/digits.deb" Depends |
    sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
  read -ra needed <<< "$needed"
  [[ ${#needed[@]} -gt 1 ]] || fail "expected the package's dependencies, got '${needed[*]}'"
  DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y -q --no-install-recommends \
    "${needed[@]}" > "$work/log" 2>&1 || fail 'its dependencies' "$work/log"
  inventory > "$work/before"
  chroot "$root" apt-get install -y -q /tmp/digits.deb > "$work/log" 2>&1 || fail 'apt-get install' "$work/log"
  command=$(sed -nE 's/^ExecStart=([^ ]+).*/\1/p' "$root/lib/systemd/system/digitd.service")
  serve "$(chroot "$root" id -u digitd)" "$command" --listen 127.0.0.1:0
  evaluate /usr/bin/digitctl 'Debian package'
  stop
  chroot "$root" apt-get purge -y -q digits > "$work/log" 2>&1 || fail 'apt-get purge' "$work/log"
  inventory > "$work/after"
  diff "$work/before" "$work/after" > "$work/log" || fail 'purging left or took:' "$work/log"
  echo 'package check: purged without a trace'
}

check_tar() {
  fresh_root
  mkdir -p "$root/srv/elsewhere"
  tar --extract --gzip --file "$packages"/digits-*.tar.gz --strip-components 1 \
    --directory "$root/srv/elsewhere"
  serve 65534 /srv/elsewhere/bin/digitd --listen 127.0.0.1:0
  evaluate /srv/elsewhere/bin/digitctl 'tar, unpacked elsewhere'
  stop
}

check_binaries() {
  local file
  dpkg-deb --extract "$packages"/*.deb "$work/deb"
  for file in "$work"/deb/usr/bin/*; do
    readelf -d -W "$file" > "$work/dynamic"
    grep -q BIND_NOW "$work/dynamic" || fail "expected $file to bind all symbols at its start"
    ! grep -qE 'R(UN)?PATH' "$work/dynamic" || fail "expected no RUNPATH in $file" "$work/dynamic"
    readelf -l -W "$file" | grep -q GNU_RELRO || fail "expected RELRO in $file"
    readelf -h "$file" | grep -q 'DYN (' || fail "expected $file to be position-independent"
  done
  echo 'package check: binaries: RELRO, BIND_NOW, PIE, no RUNPATH'
}

check_pages() {
  local page shells=$work/shells
  for page in "$work"/deb/usr/share/man/man*/*; do
    LC_ALL=C.UTF-8 man --warnings -l "$page" 2> "$work/log" > /dev/null
    [[ ! -s "$work/log" ]] || fail "$page:" "$work/log"
  done
  mkdir -p "$shells"
  cp -r "$work/deb/usr/share/bash-completion/completions" "$shells/bash"
  cp -r "$work/deb/usr/share/zsh/vendor-completions" "$shells/zsh"
  cp -r "$work/deb/usr/share/fish/vendor_completions.d" "$shells/fish"
  python3 -B Tests/Packaging/shells.py "$shells"
}

# Served by the tar's digitd, which is there.
check_wheel() {
  local python=$work/venv/bin/python
  python3 -m venv "$work/venv"
  "$work/venv/bin/pip" install --quiet --disable-pip-version-check "$packages"/*.whl mypy
  cp Protocol/clients/python/test_package.py "$work"
  serve 65534 /srv/elsewhere/bin/digitd --listen 127.0.0.1:0
  (cd "$work" && "$python" -B test_package.py "$OLDPWD"/Tests/Data/mnist/t10k-{images-idx3,labels-idx1}-ubyte.gz "$address")
  echo 'from digits_client import DigitsClient; reveal_type(DigitsClient.predict)' > "$work/typed.py"
  (cd "$work" && venv/bin/mypy --strict typed.py > log && venv/bin/mypy --strict -p digits_client > log) ||
    fail 'mypy on the installed package:' "$work/log"
  stop
}

# A package elsewhere that names this one by its URL and a tag.
check_swift() {
  .dev/tagged-package.sh "$root/srv/elsewhere/bin/digitd"
}

.dev/debian-base.sh
check_binaries
check_pages
check_deb
check_tar
check_wheel
check_swift
echo 'package check: OK'
