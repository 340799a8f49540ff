#!/usr/bin/env bash
# Checks with Python, which shares no code with us: that the shipped models give the same
# probabilities in NumPy and, exported, in ONNX Runtime, that the protocol's vectors are what their
# generator writes, and that a client written from the specification alone is served.
set -euo pipefail

environment=.build/python
bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages=(numpy safetensors onnx onnxruntime)

# A Python of our own with these packages; made once.
make_environment() {
  [[ "$(cat "$environment/ready" 2> /dev/null)" != "${packages[*]}" ]] || return 0
  echo "parity: making a Python environment in $environment …"
  # In one chain: within a condition, a failed command does not end the script.
  rm -rf "$environment" && python3 -m venv "$environment" &&
    "$environment/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" &&
    echo "${packages[*]}" > "$environment/ready"
}

python3 Protocol/Vectors/generate.py --check
if ! make_environment; then
  echo "parity: expected pip to install ${packages[*]}, and it could not" >&2
  [[ "${CI:-}" != true ]] || exit 1
  echo "parity: SKIPPED (with CI=true this is a failure)" >&2
  exit 0
fi

for model in Models/*.safetensors; do
  "$bin/digitlab" evaluate --model "$model" --limit 1000 --probabilities "$work/ours.bin" > "$work/log"
  printf '%s: ' "$(basename "$model" .safetensors)"
  "$environment/bin/python" Tests/Parity/parity.py "$model" "$work/ours.bin"
  "$bin/digitlab" export --model "$model" --onnx "$work/model.onnx" > "$work/log"
  "$environment/bin/python" Tests/Parity/onnx_parity.py "$work/model.onnx" "$work/ours.bin"
done
.dev/python-client.sh "$environment/bin/python"
