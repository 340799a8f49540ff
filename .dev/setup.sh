#!/usr/bin/env bash
# Checks the Swift toolchain and installs what the build needs from Debian or Ubuntu packages.
# Says what it does; where there is nothing to do it says nothing.
#
# Usage: setup.sh [PACKAGE…]   (more packages, beside those of the build)
set -euo pipefail

swift_minimum=6.3
packages=(pkg-config libuv1-dev libhttp-parser-dev libssl-dev zlib1g-dev libpng-dev
  libturbojpeg0-dev libwebp-dev libtiff-dev libsimdjson-dev "$@")

check_swift() {
  local output version
  if ! command -v swift > /dev/null; then
    echo "setup: no Swift toolchain found: install Swift $swift_minimum or later from" \
      "https://www.swift.org/install/linux/ and put it on the PATH." >&2
    exit 1
  fi
  # Where a shared library of its own is missing, its own words say which.
  if ! output=$(swift --version 2>&1); then
    echo "setup: swift is on the PATH and cannot start: $output" >&2
    echo "setup: install what it needs, as https://www.swift.org/install/linux/ lists it." >&2
    exit 1
  fi
  version=$(sed -n 's/.*Swift version \([0-9.]*\).*/\1/p' <<< "$output" | head -1)
  if [[ "$(printf '%s\n' "$swift_minimum" "$version" | sort -V | head -1)" != "$swift_minimum" ]]
  then
    echo "setup: expected Swift $swift_minimum or later, got ${version:-an unknown version}:" \
      "install it from https://www.swift.org/install/linux/." >&2
    exit 1
  fi
}

# A package counts as present where its tool works, however it came to the machine.
is_present() {
  case "$1" in
    pkg-config | python3 | openssl) command -v "$1" > /dev/null ;;
    gnuplot-nox) command -v gnuplot > /dev/null ;;
    tshark) command -v tshark > /dev/null && command -v dumpcap > /dev/null ;;
    kubernetes-client) command -v kubectl > /dev/null ;;
    python3-pip) python3 -m pip --version > /dev/null 2>&1 ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2> /dev/null ;;
    libuv1-dev) pkg-config --exists libuv 2> /dev/null ;;
    libhttp-parser-dev)
      [[ -e /usr/include/http_parser.h || -e /usr/local/include/http_parser.h ]]
      ;;
    libssl-dev) pkg-config --exists 'openssl >= 3.0' 2> /dev/null ;;
    zlib1g-dev) pkg-config --exists zlib 2> /dev/null ;;
    libpng-dev) pkg-config --exists libpng 2> /dev/null ;;
    libsimdjson-dev) pkg-config --exists simdjson 2> /dev/null ;;
    libturbojpeg0-dev) pkg-config --exists libturbojpeg 2> /dev/null ;;
    libwebp-dev) pkg-config --exists libwebpdemux 2> /dev/null ;;
    # Since 4.5 it can be told what to allocate at most.
    libtiff-dev) pkg-config --exists 'libtiff-4 >= 4.5' 2> /dev/null ;;
    *) dpkg-query -W -f '${Status}' "$1" 2> /dev/null | grep -q 'install ok installed' ;;
  esac
}

as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo > /dev/null; then
    sudo "$@"
  else
    echo "setup: ${missing[*]} must be installed, which needs root or sudo:" \
      "run 'apt-get install ${missing[*]}' as root." >&2
    exit 1
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "${missing[@]}"
}

install_missing() {
  local package
  missing=()
  for package in "${packages[@]}"; do
    is_present "$package" || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if ! command -v apt-get > /dev/null; then
    echo "setup: ${missing[*]} must be installed, and this system has no apt-get:" \
      "install them (or your system's packages of the same libraries) by hand." >&2
    exit 1
  fi
  echo "Installing ${missing[*]} with apt-get …"
  # The package lists may be absent, or too old for what the mirror still holds.
  if apt-cache show "${missing[@]}" > /dev/null 2>&1 && apt_install; then return; fi
  as_root apt-get update -q
  apt_install
}

check_swift
install_missing
