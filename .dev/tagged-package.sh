#!/usr/bin/env bash
# Builds a Swift package elsewhere that depends on a tagged version of this one by git URL, and has
# it ask a server: tagged-package.sh DIGITD
set -euo pipefail

digitd=$1
work=$(mktemp -d)
server=
trap '[[ -z "$server" ]] || kill -TERM "$server" 2> /dev/null || true; rm -rf "$work"' EXIT
version=$(sed -nE 's/.*"([0-9.]+)"/\1/p' Sources/ProgramShell/ProductVersion.swift)

# The tree as it is, as a repository whose one commit has the version's tag.
git clone --quiet --no-hardlinks --depth 1 "file://$PWD" "$work/Digits"
git -C "$work/Digits" tag -f "$version" > /dev/null
mkdir -p "$work/reader/Sources/reader"
cat > "$work/reader/Package.swift" <<SWIFT
// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "reader",
  dependencies: [.package(url: "file://$work/Digits", exact: "$version")],
  targets: [
    .executableTarget(
      name: "reader", dependencies: [.product(name: "DigitClient", package: "Digits")])
  ])
SWIFT
cp Examples/read-digits/main.swift "$work/reader/Sources/reader/main.swift"
swift build --package-path "$work/reader" > "$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
"$digitd" --models Models --listen 127.0.0.1:0 2> "$work/server.log" &
server=$!
for ((tries = 0; tries < 300; tries++)); do
  ! grep -q ' ready ' "$work/server.log" || break
  sleep 0.1
done
address=$(sed -nE 's/.* listening address=([^ ]+).*/\1/p' "$work/server.log")
gzip -dc Tests/Data/mnist/t10k-images-idx3-ubyte.gz > "$work/images"
dd if="$work/images" of="$work/pixels" bs=16 skip=1 count=490 status=none
said=$("$work/reader/.build/debug/reader" "$work/pixels" "$address" | tail -1)
if [[ "$said" != '7 2 1 0 4 1 4 9 5 9' ]]; then
  echo "tagged package: expected the first ten digits, got '$said'" >&2
  exit 1
fi
kill -TERM "$server"
wait "$server"
server=
echo "tagged package: version $version by URL, built and read: $said"
