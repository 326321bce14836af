# SPDX-License-Identifier: MIT
"""Prints what it costs to compile the usual includes of this library, as ratios to <boost/json.hpp> and one parse.

Beside each stands a file with the same standard headers and nothing else. All are measured in turn, several times, and
the medians printed; the time is the processor's, so that other programs matter less.
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "structure"))
from compiler import Compiler, medians  # noqa: E402

SOURCES = Path(__file__).resolve().parent / "compile_cost"
REFERENCE = "boost_json"
NAMES = ["protobuf_codec", "client_protobuf", "client_json", "hub_all_codecs", "umbrella", "rest_caller", "client_compiled"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--flags", nargs="*", default=["-O2"])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("names", nargs="*", default=NAMES)
    arguments = parser.parse_args()
    compiler = Compiler([arguments.compiler], [flag if flag.startswith("-") else "-" + flag for flag in arguments.flags])

    sources = {REFERENCE: SOURCES / f"{REFERENCE}.cpp"}
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.names:
            sources[name] = SOURCES / f"{name}.cpp"
            alone = Path(folder) / f"{name}.cpp"
            alone.write_text("".join(f"#include <{header}>\n" for header in compiler.standard_headers(sources[name])))
            sources[name, "alone"] = alone
        rows = {name: [] for name in sources}
        for _ in range(arguments.repeat):
            for name, source in sources.items():
                rows[name].append(compiler.cost(source))
    measured = {name: medians(each) for name, each in rows.items()}

    one = measured[REFERENCE][0]
    print(f"compile_cost: {arguments.compiler} {' '.join(arguments.flags)}, medians of {arguments.repeat}; "
          f"ratios to <boost/json.hpp> and one parse")
    print(f"{'':16} {'seconds':>8} {'ratio':>6} {'MB':>6} {'.text KB':>9}   standard headers alone: seconds, ratio, MB")
    for name in [REFERENCE, *arguments.names]:
        seconds, memory, text = measured[name]
        line = f"{name:16} {seconds:8.2f} {seconds / one:6.2f} {memory:6.0f} {text:9.1f}"
        if name != REFERENCE:
            seconds, memory, _ = measured[name, "alone"]
            line += f"   {seconds:8.2f} {seconds / one:6.2f} {memory:6.0f}"
        print(line)


if __name__ == "__main__":
    main()
