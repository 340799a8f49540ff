#!/usr/bin/env bash
# Makes .build/packages: a Debian package, a tar that runs wherever it is unpacked, and the Python
# client's wheel.
set -euo pipefail

.dev/setup.sh dpkg-dev patchelf python3 python3-venv
out=.build/packages
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The same commit gives the same files.
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
architecture=$(dpkg --print-architecture)
machine=$(uname -m)
umask 022

# Libraries that the programs name and that are not part of the C library.
libraries() {
  ldd "$@" | sed -nE 's/.* => (\/[^ ]+) .*/\1/p' | sort -u |
    grep -vE '/(ld-linux[^/]*|libc|libm|libdl|libpthread|librt|libresolv)\.so'
}

debian_changelog() {
  echo "digits ($version) unstable; urgency=medium"
  echo
  # Its items, each one joined and folded anew.
  awk -v version="$version" '/^## / { on = $2 == version; next }
    on && /^- / { if (item) print item; item = substr($0, 3) }
    on && /^  / { item = item " " substr($0, 3) }
    END { print item }' CHANGES.md |
    while IFS= read -r item; do
      fold -s -w 74 <<< "$item" | sed 's/ *$//; 1s/^/  * /; 2,$s/^/    /'
    done
  echo
  echo " -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

make_deb() {
  local tree=$work/deb depends
  .dev/install.sh --prefix /usr --destdir "$tree" > /dev/null
  version=$("$tree/usr/bin/digitd" --version | cut -d ' ' -f 2)
  maintainer=$(sed -n 's/^Maintainer: //p' Deploy/debian/control)
  # Debian 12 has units there.
  mkdir "$tree/lib" && mv "$tree/usr/lib/systemd" "$tree/lib/systemd"
  install -D -m 644 Deploy/debian/default "$tree/etc/default/digitd"
  install -D -m 644 -t "$tree/usr/share/doc/digits" Deploy/debian/copyright
  debian_changelog | gzip -9n > "$tree/usr/share/doc/digits/changelog.gz"
  chmod 644 "$tree/usr/share/doc/digits/changelog.gz"
  mkdir -p "$tree/DEBIAN" "$work/source/debian"
  printf 'Source: digits\n\nPackage: digits\nArchitecture: any\n' > "$work/source/debian/control"
  depends=$(cd "$work/source" && dpkg-shlibdeps -O "$tree"/usr/bin/* 2> "$work/log" |
    sed -n 's/^shlibs:Depends=//p') || { cat "$work/log" >&2; exit 1; }
  sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" \
    -e "s/@DEPENDS@/$depends/" -e "s/@SIZE@/$(du -sk "$tree" | cut -f 1)/" \
    Deploy/debian/control > "$tree/DEBIAN/control"
  echo /etc/default/digitd > "$tree/DEBIAN/conffiles"
  install -m 755 -t "$tree/DEBIAN" Deploy/debian/{postinst,prerm,postrm}
  (cd "$tree" && find etc lib usr -type f -print0 | sort -z | xargs -0 md5sum > DEBIAN/md5sums)
  dpkg-deb --root-owner-group --build "$tree" "$out/digits_${version}_$architecture.deb" > /dev/null
}

# The programs with the libraries that a machine may lack, found from where the programs lie.
make_tar() {
  local name=digits-$version-linux-$machine library package
  local tree=$work/$name
  .dev/install.sh --prefix /opt/digits --destdir "$work/tar" > /dev/null
  mv "$work/tar/opt/digits" "$tree"
  mkdir "$tree/lib/digits"
  mkdir -p "$tree/share/doc/digits/libraries"
  for library in $(libraries "$tree"/bin/*); do
    install -m 644 "$library" "$tree/lib/digits"
    patchelf --set-rpath '$ORIGIN' "$tree/lib/digits/$(basename "$library")"
    package=$(dpkg -S "*/$(basename "$(readlink -f "$library")")" | head -1 | cut -d : -f 1)
    [[ -n "$package" ]] || { echo "package: expected a package that has $library" >&2; exit 1; }
    cp "/usr/share/doc/$package/copyright" "$tree/share/doc/digits/libraries/$package"
  done
  patchelf --set-rpath '$ORIGIN/../lib/digits' "$tree"/bin/*
  cp LICENSE CHANGES.md Deploy/debian/copyright "$tree/share/doc/digits"
  tar --create --gzip --file "$out/$name.tar.gz" --directory "$work" --sort name --owner 0 --group 0 \
    --numeric-owner --mtime "@$SOURCE_DATE_EPOCH" "$name"
}

make_wheel() {
  local environment=.build/wheel
  if [[ ! -e "$environment/ready" ]]; then
    rm -rf "$environment" && python3 -m venv "$environment" &&
      "$environment/bin/pip" install --quiet --disable-pip-version-check setuptools wheel &&
      touch "$environment/ready"
  fi
  cp -r Protocol/clients/python "$work/python"
  "$environment/bin/pip" wheel --quiet --disable-pip-version-check --no-deps \
    --no-build-isolation --wheel-dir "$out" "$work/python"
}

rm -rf "$out"
mkdir -p "$out"
make_deb
make_tar
make_wheel
ls -l "$out" | sed -nE 's/^([^ ]+ +){4}([0-9]+) .* ([^ ]+)$/\2 \3/p'
