#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: seeds.py FOLDER
Makes seeds for the fuzz targets of the frames in tests/vectors: FOLDER/<target>/<hash>, one file a frame."""

import hashlib
import json
import pathlib
import sys

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "tests" / "vectors"


def frames():
    """Encoding, direction and bytes of each frame."""
    for path in sorted(VECTORS.glob("*/*.jsonl")):
        for case in map(json.loads, path.read_text("utf-8").splitlines()):
            direction = case.get("direction", "upstream" if path.stem == "client" else "downstream")
            for key in ("json", "protobuf", "frame", "hex"):
                if key in case:
                    frame = case[key].encode() if key in ("json", "frame") else bytes.fromhex(case[key])
                    yield case.get("encoding", key), direction, frame


def main():
    folder = pathlib.Path(sys.argv[1])
    for encoding, direction, frame in frames():
        side = "client" if direction == "upstream" else "service"
        targets = [f"{encoding}_{side}_message", "transcode"] + (["json_text"] if encoding == "json" else [])
        for target in targets:
            seed = folder / target / hashlib.sha1(frame).hexdigest()[:12]
            seed.parent.mkdir(parents=True, exist_ok=True)
            seed.write_bytes(frame)


if __name__ == "__main__":
    main()
