#!/usr/bin/env python3
"""Writes the seeds that the fuzzers begin with: Tests/Fuzz/<Subject>/Corpus.

The frames are the protocol's vectors, the files small ones of our own. Deterministic: running it
again changes nothing. What once broke something lies beside them as finding-… and stays.
"""
import gzip
import json
import math
import pathlib
import re
import struct

FUZZ = pathlib.Path(__file__).resolve().parent
VECTORS = FUZZ.parent.parent / "Protocol" / "Vectors"
BYTE_COUNT_MAX = 2048


def expanded(text: str) -> bytes:
    """Bytes written as `01 (00FF*3)`: see Protocol/Vectors/README.md."""
    text = text.replace(" ", "")
    return b"".join(
        bytes.fromhex(pattern or plain) * int(count or 1)
        for pattern, count, plain in re.findall(r"\(([0-9A-F]+)\*(\d+)\)|([0-9A-F]+)", text)
    )


def frames() -> dict[str, bytes]:
    """Of the valid vectors that begin with a type of frame the shortest and the longest: a fuzzer
    finds the rest, and what is malformed, by itself."""
    by_type: dict[int, list[tuple[bytes, str]]] = {}
    for vector in json.loads((VECTORS / "valid.json").read_text()):
        seed = b"".join(expanded(part["hex"]) for part in vector.get("stream", [vector]))
        if len(seed) <= BYTE_COUNT_MAX:
            by_type.setdefault(seed[4], []).append((seed, vector["name"]))
    seeds = {}
    for candidates in by_type.values():
        candidates.sort(key=lambda candidate: (len(candidate[0]), candidate[1]))
        for seed, name in (candidates[0], candidates[-1]):
            seeds[name] = seed
    return seeds


def requests() -> dict[str, bytes]:
    """One of each way in which a body ends, and what lies on both sides of a refusal."""
    host = "Host: a:7380\r\n"
    seeds = {
        "get": f"GET /v2/models/m?many=1&a=%20 HTTP/1.1\r\n{host}Accept: */*\r\n\r\n",
        "length": f"POST /v1/predict HTTP/1.1\r\n{host}Content-Length: 5\r\n\r\nhello",
        "chunks": (
            f"POST / HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\n"
            "5;a=b\r\nhello\r\na\r\n0123456789\r\n0\r\nX: y\r\n\r\n"),
        "two": f"HEAD / HTTP/1.1\r\n{host}\r\n" * 2,
        "old": "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "absolute": f"OPTIONS http://b/ HTTP/1.1\r\n{host}\r\nOPTIONS * HTTP/1.1\r\n{host}\r\n",
        "expect": (
            f"PUT / HTTP/1.1\r\n{host}Expect: 100-continue\r\nContent-Encoding: identity\r\n"
            "Content-Length: 1\r\n\r\nx"),
        "upgrade": f"GET / HTTP/1.1\r\n{host}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        "both": (
            f"POST / HTTP/1.1\r\n{host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
            "0\r\n\r\n"),
        "preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    }
    return {name: seed.encode() for name, seed in seeds.items()}


def tensors_of(layers: list, height: int) -> dict[str, list[int]]:
    """The shape of every tensor of a network for square inputs of one channel."""
    shapes = {}
    channels = 1
    for index, layer in enumerate(layers):
        name = f"layers.{index}"
        match layer["type"]:
            case "convolution":
                kernel = layer["kernel"]
                shapes[f"{name}.weight"] = [kernel, kernel, channels, layer["filters"]]
                channels = layer["filters"]
                shapes[f"{name}.bias"] = [channels]
                height = height + 2 * layer["padding"] - kernel + 1
            case "batchNormalization":
                for part in ("gamma", "beta", "mean", "variance"):
                    shapes[f"{name}.{part}"] = [channels]
            case "pooling":
                height = (height - layer["size"]) // layer["stride"] + 1
            case "flatten":
                channels *= height * height
            case "dense":
                shapes[f"{name}.weight"] = [channels, layer["units"]]
                channels = layer["units"]
                shapes[f"{name}.bias"] = [channels]
    return shapes


def network(layers: list, height: int, more: dict = {}) -> dict:
    return {
        "name": "seed", "input": {"height": height, "width": height, **more}, "layers": layers}


def model_file(layers: list, height: int, more: dict = {}, metadata: dict = {}) -> bytes:
    return weights_file(network(layers, height, more), tensors_of(layers, height), metadata)


def calibration(products: int) -> dict[str, str]:
    """Says that a network of so many products may be computed in int8, and in bf16."""
    scales = [{"scale": 0.01, "zeroPoint": 3}] * products
    gate = {"agreeing": 10_000, "imageCount": 10_000}
    return {
        "calibration.int8": json.dumps({"inputs": [scales], "gate": gate}),
        "calibration.bf16": json.dumps({"gate": gate})}


def ensemble_file(layers: list, height: int, count: int, more: dict = {}) -> bytes:
    members = {"name": "seed", "members": [network(layers, height)] * count, **more}
    return weights_file(members, {
        f"members.{member}.{name}": shape
        for member in range(count) for name, shape in tensors_of(layers, height).items()})


def weights_file(
    architecture: dict, shapes: dict[str, list[int]], metadata: dict = {}
) -> bytes:
    header: dict = {"__metadata__": {"architecture": json.dumps(architecture)} | metadata}
    end = 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    values = [0.01 * (index % 50 + 1) for index in range(end // 4)]
    return struct.pack("<Q", len(text)) + text + struct.pack(f"<{len(values)}f", *values)


def safetensors() -> dict[str, bytes]:
    """Networks of a few weights, with every kind of layer among them."""
    flatten = {"type": "flatten"}
    dense = {"type": "dense", "units": 2, "activation": "softmax"}
    convolution = {
        "type": "convolution", "filters": 2, "kernel": 3, "stride": 1, "padding": 1,
        "activation": "relu"}
    pooling = {"type": "pooling", "kind": "maximum", "size": 2, "stride": 2}
    norm = {"type": "batchNormalization", "epsilon": 0.001}
    sigmoid = [
        {"type": "dense", "units": 3, "activation": "linear"},
        {"type": "dropout", "rate": 0.5}, {"type": "activation", "activation": "sigmoid"}]
    return {
        "dense": model_file([flatten, dense], 2),
        "sigmoid": model_file([flatten, *sigmoid], 2),
        "convolution": model_file([convolution, pooling, flatten, dense], 4),
        "norm": model_file([convolution, norm, pooling, norm, flatten, dense], 5),
        "conditioned": model_file([flatten, dense], 2, {"conditioning": "contrast"}),
        "calibrated": model_file([flatten, norm, *sigmoid], 2, {}, calibration(1)),
        "calibrated-map": model_file(
            [convolution, norm, pooling, norm, flatten, dense], 5, {}, calibration(2)),
        "ensemble": ensemble_file([flatten, dense], 2, 2),
        "cascade": ensemble_file([flatten, dense], 2, 3, {"stages": [
            {"members": 1, "below": 0.75, "share": 1}, {"members": 1, "below": 0.9, "share": 0.5},
            {"members": 1}]}),
        "empty": struct.pack("<Q", 2) + b"{}",
    }


def idx() -> dict[str, bytes]:
    labels = bytes([0, 0, 8, 1]) + struct.pack(">I", 5) + bytes(range(5))
    images = bytes([0, 0, 8, 3]) + struct.pack(">III", 2, 3, 4) + bytes(range(24))
    zipped = {
        f"{name}.gz": gzip.compress(plain, level, mtime=0)
        for name, plain, level in [
            ("labels", labels, 9), ("images", images, 9), ("stored", images, 0)]}
    return {"labels": labels, "images": images, **zipped}


def client_hello(version: int, extensions: bytes) -> bytes:
    suites = struct.pack(">HHH", 4, 0x1301, 0xC02B)
    body = struct.pack(">H", 0x0303) + b"r" * 32 + b"\x20" + b"s" * 32 + suites + b"\x01\x00"
    body += struct.pack(">H", len(extensions)) + extensions
    handshake = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return struct.pack(">BHH", 22, version, len(handshake)) + handshake


def extension(kind: int, content: bytes) -> bytes:
    return struct.pack(">HH", kind, len(content)) + content


def tls_records() -> dict[str, bytes]:
    """A ClientHello of both versions, an alert, and a record of each other type."""
    groups = extension(10, struct.pack(">HH", 2, 29))
    signatures = extension(13, struct.pack(">HH", 2, 0x0403))
    share = extension(51, struct.pack(">HHH", 36, 29, 32) + b"\x09" + b"\x00" * 31)
    name = extension(0, struct.pack(">HBH", 12, 0, 9) + b"localhost")
    protocol = extension(16, struct.pack(">HB", 9, 8) + b"digits/1")
    versions = extension(43, b"\x02\x03\x04")
    return {
        "hello-1.3": client_hello(0x0301, name + groups + signatures + protocol + versions + share),
        "hello-1.2": client_hello(0x0301, name + groups + signatures),
        "alert": bytes([21, 3, 3, 0, 2, 2, 40]),
        "data": bytes([23, 3, 3, 0, 20]) + bytes(20),
        "change": bytes([20, 3, 3, 0, 1, 1]),
        "plain": b"GET / HTTP/1.1\r\n\r\n",
    }


def token_list() -> dict[str, bytes]:
    line = "alice predict,stats " + "0123456789abcdef" * 4
    return {
        "one": f"{line}\n".encode(),
        "two": f"# all\n{line}\r\n\nbob\tadmin {'AB' * 32}".encode(),
        "twice": f"{line}\n{line}\n".encode(),
        "short": b"alice predict 00\n",
    }


IMAGE = [0] * 400 + [1] + [0] * 383
ROWS = [IMAGE[row:row + 28] for row in range(0, 784, 28)]


def text(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def open_inference() -> dict[str, bytes]:
    """Two bytes before each body: how many are JSON, 65,535 for all."""
    def tensor(datatype: str, shape: list[int], **more: object) -> dict:
        return {"name": "image", "datatype": datatype, "shape": shape, **more}

    def binary(datatype: str, shape: list[int], values: bytes, **more: object) -> bytes:
        parameters = {"binary_data_size": len(values)}
        head = text({"inputs": [tensor(datatype, shape, parameters=parameters)], **more})
        return struct.pack("<H", len(head)) + head + values

    outputs = [
        {"name": "probabilities", "parameters": {"classification": 2, "binary_data": True}},
        {"name": "label"}]
    return {
        "flat": b"\xff\xff" + text({"inputs": [tensor("FP32", [1, 784], data=IMAGE)]}),
        "rows": b"\xff\xff" + text({
            "id": "7", "inputs": [tensor("UINT8", [1, 28, 28], data=[ROWS])], "outputs": outputs,
            "parameters": {"timeout": 50000, "raw": True}}),
        "bytes": binary("UINT8", [1, 28, 28], bytes(IMAGE), outputs=outputs),
        "floats": binary("FP32", [1, 1, 28, 28], struct.pack("<784f", *IMAGE)),
    }


def tensorflow_serving() -> dict[str, bytes]:
    return {
        "rows": text({"signature_name": "serving_default", "instances": [IMAGE]}),
        "named": text({"instances": [{"image": ROWS}]}),
        "columns": text({"inputs": [[ROWS]]}),
        "named-columns": text({"inputs": {"image": [ROWS]}}),
    }


def predict() -> dict[str, bytes]:
    return {
        "flat": text({"images": [IMAGE]}),
        "rows": text({"images": [ROWS], "model": "m", "version": 1, "raw": False}),
        "deadline": text({"images": [[ROWS]], "deadline_ms": 1.5}),
        "bytes": bytes(IMAGE),
    }


def pictures() -> dict[str, bytes]:
    """A bar of ink, and of each format the golden files that make a decoder do most."""
    level = [0 if 4 <= x < 7 and 2 <= y < 14 else 255 for y in range(16) for x in range(12)]
    golden = FUZZ.parent / "Data" / "pictures"
    names = {"golden.png": "grey-1.png", "golden.jpg": "grey.jpg", "golden.gif": "clear.gif",
             "masks.bmp": "colour-16.bmp", "runs.bmp": "runs-8.bmp", "text.pbm": "text.pbm",
             "lossy.webp": "clear.webp", "lossless.webp": "clear-lossless.webp",
             "frames.webp": "two-frames.webp", "exif.webp": "exif-6.webp", "fax.tiff": "group4.tiff",
             "words.tiff": "lzw.tiff", "planes.tiff": "planes.tiff", "tiles.tiff": "tiles.tiff",
             "inks.tiff": "four-inks.tiff", "palette.tiff": "palette.tiff", "jpeg.tiff": "jpeg.tiff"}
    return {
        "bar.pgm": b"P5 # a bar\n12 16\n255\n" + bytes(level),
        "bar.ppm": b"P6\n12 16\n255\n" + bytes(sample for l in level for sample in (l, l, l)),
        **{seed: (golden / name).read_bytes() for seed, name in names.items()},
    }


def repository_index() -> dict[str, bytes]:
    aliases = {"cnn-28": {"default": 1, "stable": 1, "canary": 2}, "tiny": {"old": 4294967295}}
    return {
        "empty": b"{}",
        "aliases": json.dumps({"default": "cnn-28:stable", "aliases": aliases}).encode(),
        "unknown": b'{"alias": {}}',
        "many": json.dumps({"aliases": {"m": {f"a{n}": n + 1 for n in range(65)}}}).encode(),
    }


def configuration() -> dict[str, bytes]:
    usual = (
        '{\n  "listen": ["0.0.0.0:7311", "unix:/run/digitd/socket"],\n  "workers": 4,\n'
        '  "drain_grace": "20s",\n  "pin_workers": true\n}\n'
    )
    return {
        "empty": b"{}",
        "usual": usual.encode(),
        "escapes": rb'{"a\u00e9\ud83d\ude00": "\"\\\/\b\f\n\r\t", "b": [-1.5e-3, 0, false]}',
        "nested": b'{"a": {"b": [[], {"c": null}]}, "d": null, "d": 1}',
        "cut": b'{"a": ["x", 1.5',
    }


def main() -> None:
    for subject, seeds in [
        ("Frames", frames()), ("Requests", requests()), ("Safetensors", safetensors()),
        ("IDX", idx()),
        ("OpenInference", open_inference()), ("TensorFlowServing", tensorflow_serving()),
        ("Predict", predict()), ("Pictures", pictures()),
        ("RepositoryIndex", repository_index()), ("Configuration", configuration()),
        ("TLSRecords", tls_records()), ("TokenList", token_list()),
    ]:
        folder = FUZZ / subject / "Corpus"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if not old.name.startswith("finding-"):
                old.unlink()
        for name, seed in seeds.items():
            (folder / re.sub(r"[^A-Za-z0-9.]+", "-", name)).write_bytes(seed)


if __name__ == "__main__":
    main()
