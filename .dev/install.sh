#!/usr/bin/env bash
# Builds the three programs as they are installed, and installs them with their data.
#
# Usage: install.sh [--prefix P] [--destdir D]
#   --prefix   where they will run from (default: /usr/local)
#   --destdir  a folder that stands for / while a package is made
set -euo pipefail
shopt -s nullglob

prefix=/usr/local
destdir=
while [[ $# -gt 0 ]]; do
  case "$1" in
    --prefix=*) prefix=${1#*=} && shift ;;
    --destdir=*) destdir=${1#*=} && shift ;;
    --prefix | --destdir)
      [[ $# -ge 2 ]] || { echo "install: expected a folder after $1" >&2; exit 2; }
      declare "${1#--}=$2"
      shift 2
      ;;
    *) echo "install: expected --prefix P or --destdir D, got '$1'" >&2; exit 2 ;;
  esac
done
if [[ "$prefix" != /* || "$prefix" == / ]]; then
  echo "install: expected --prefix to be an absolute path below /, got '$prefix'" >&2
  exit 2
fi
prefix=${prefix%/}
root=$destdir$prefix
programs=(digitd digitctl digitlab)
# A build of its own: with Swift's libraries inside, every symbol bound when a program starts and
# its table read-only from then on, guarded stacks, and no folder of this machine's in RUNPATH.
options=(-c release --scratch-path .build/install --static-swift-stdlib --disable-local-rpath
  -Xlinker -z -Xlinker relro -Xlinker -z -Xlinker now -Xcc -fstack-protector-strong)

build() {
  local program log
  log=$(mktemp)
  for program in "${programs[@]}"; do
    # The linker warns of functions in Swift's own libraries: shown only where the build fails.
    if ! swift build "${options[@]}" --product "$program" > "$log" 2>&1; then
      cat "$log" >&2
      exit 1
    fi
  done
  rm "$log"
  bin=$(swift build "${options[@]}" --show-bin-path)
}

install_programs() {
  local program
  for program in "${programs[@]}"; do
    install -D -m 755 -s -t "$root/bin" "$bin/$program"
  done
}

install_data() {
  install -D -m 644 -t "$root/share/digits/models" Models/*.safetensors Models/*.json
  install -D -m 644 -t "$root/share/digits/mnist" Tests/Data/mnist/t10k-*.gz \
    Tests/Data/mnist/README.md
}

# One page of a program or of its command.
install_page() {
  local program=$1 section=1 name
  [[ "$program" != digitd ]] || section=8
  name=$(IFS=-; echo "$*")
  mkdir -p "$root/share/man/man$section"
  "$bin/$program" --generate man "${@:2}" | gzip -9n \
    > "$root/share/man/man$section/$name.$section.gz"
}

install_pages() {
  local program command commands
  for program in "${programs[@]}"; do
    install_page "$program"
    commands=$("$bin/$program" --help | sed -nE '/^Commands:/,/^$/s/^  ([a-z-]+)  .*/\1/p')
    for command in $commands; do install_page "$program" "$command"; done
  done
}

install_completions() {
  local program zsh=site-functions
  # Debian keeps site-functions for what its administrators add.
  [[ "$prefix" != /usr ]] || zsh=vendor-completions
  mkdir -p "$root/share/bash-completion/completions" "$root/share/zsh/$zsh" \
    "$root/share/fish/vendor_completions.d"
  for program in "${programs[@]}"; do
    "$bin/$program" --generate complete-bash \
      > "$root/share/bash-completion/completions/$program"
    "$bin/$program" --generate complete-zsh > "$root/share/zsh/$zsh/_$program"
    "$bin/$program" --generate complete-fish \
      > "$root/share/fish/vendor_completions.d/$program.fish"
  done
}

install_units() {
  local unit
  mkdir -p "$root/lib/systemd/system"
  for unit in Deploy/systemd/*.service Deploy/systemd/*.socket; do
    sed "s,/usr/local/,$prefix/," "$unit" > "$root/lib/systemd/system/$(basename "$unit")"
  done
  install -D -m 644 Deploy/systemd/digitd.sysusers "$root/lib/sysusers.d/digitd.conf"
}

umask 022
build
install_programs
install_data
install_pages
install_completions
install_units
echo "Installed $("$bin/digitd" --version | tr ' ' '-' | sed 's/digitd-/Digits /') in $root"
