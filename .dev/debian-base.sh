#!/usr/bin/env bash
# Makes .build/debian.tar, a fresh root of Debian 12, where it is not there yet. Needs root.
set -euo pipefail

base=.build/debian.tar
[[ ! -e "$base" ]] || exit 0
.dev/setup.sh debootstrap
[[ $EUID -eq 0 ]] || { echo "debian base: expected to be root, which chroot needs" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
echo 'debian base: debootstrap …'
debootstrap --variant=minbase bookworm "$work/root" > "$work/log" 2>&1 ||
  { cat "$work/log" >&2; echo 'debian base: debootstrap could not make a root' >&2; exit 1; }
mkdir -p .build
tar --create --file "$base.part" --directory "$work/root" . && mv "$base.part" "$base"
