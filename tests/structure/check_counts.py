# SPDX-License-Identifier: MIT
"""Holds one source of tests/bench/compile_cost to its bounds in compile_counts.txt."""

import argparse
import re
import sys
from pathlib import Path

from compiler import TOP, Compiler

TABLE = Path(__file__).resolve().parent / "compile_counts.txt"


def bounds_of(case):
    section = re.search(rf"^{case}:\n((?:  .*\n)+)", TABLE.read_text(encoding="utf-8"), re.MULTILINE)[1]
    lines = int(re.search(r"own lines +(\d+)", section)[1])
    functions = int(re.search(r"functions +(\d+)", section)[1])
    headers = re.search(r"headers +((?:[a-z_./]+\s+)+)", section)
    return lines, functions, set(headers[1].split()) if headers else set()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case")
    parser.add_argument("--compiler", nargs="+", required=True)
    arguments = parser.parse_args()
    compiler = Compiler(arguments.compiler, ["-O0", "-w"])
    source = TOP / "tests/bench/compile_cost" / f"{arguments.case}.cpp"
    lines, functions, headers = compiler.own_lines(source), compiler.functions(source), compiler.standard_headers(source)
    most_lines, most_functions, allowed = bounds_of(arguments.case)
    print(f"{arguments.case}: {lines} own lines of {most_lines}, {functions} functions of {most_functions}")
    print(f"headers: {' '.join(headers)}")
    too_many = [f"too many {what}" for what, bad in (("lines", lines > most_lines), ("functions", functions > most_functions)) if bad]
    too_many += [f"<{header}> is new" for header in headers if header not in allowed]
    print("\n".join(too_many))
    sys.exit(1 if too_many else 0)


if __name__ == "__main__":
    main()
