# SPDX-License-Identifier: MIT
"""What a user's compiler says of the headers.

language: with an older C++ there is one error, and it says what is wanted.
user:     no warning under flags that are stricter than ours, none for designated initialisers of option structs, and no
          name that is ambiguous with a using-directive for each namespace that a program of one end uses: a client's, or
          a hub's.
"""

import argparse
import re
import sys
import tempfile
from pathlib import Path

from compiler import INCLUDE, Compiler
from declarations import ambiguous_names, declared_types, struct_members

FLAGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Wmissing-field-initializers"]

# Members for which there is no default that means anything.
WITHOUT_DEFAULT = {
    "client_options": {"url"},
    "recovery_request": {"connection_id", "reconnection_token"},
    "accepted": {"subprotocol"},
    "refused": {"message"},
}
# By the namespaces of the other end. Parts are for nobody else, and the doubles of `testing` are named in full.
ENDS = {"client": r"hub_|.*_parts|testing", "hub": r"client_|.*_parts|testing"}


def check_language(compiler, header):
    compiler.flags[0] = "-std=c++17"
    status, lines = compiler.messages("-fsyntax-only", "-x", "c++", header)
    errors = [line for line in lines if "error:" in line]
    if status == 0 or "webpubsub needs C++20: compile with -std=c++20" not in errors[0] or len(lines) > 24:
        return [f"{len(lines)} lines", *lines[:24]]
    # The second ends the compilation.
    return errors if len(errors) > 2 or "webpubsub needs C++20" not in errors[-1] else []


def option_structs():
    files = [*INCLUDE.glob("webpubsub/**/*options.hpp"), INCLUDE / "webpubsub/hub/admission.hpp"]
    for file in sorted(files):
        yield from struct_members(file.read_text(encoding="utf-8")).items()


def check_user(compiler, header):
    failures = []
    headers = [file for file in INCLUDE.glob("webpubsub/**/*.hpp") if "proto" not in file.parts]
    types = declared_types(header, headers)
    lines = [f'#include "{header}"']
    for end, others in ENDS.items():
        names = ambiguous_names(headers, others)
        failures += [f"{name} is declared in {' and '.join(sorted(spaces))}" for name, spaces in names.items()]
        seen = sorted((space, name) for space, name in types if not re.match(others, space))
        spaces = sorted({space for space, _ in seen if space})
        lines += [f"namespace at_{end} {{", "using namespace webpubsub;"]
        lines += [f"using namespace webpubsub::{space};" for space in spaces]
        lines += [f"using check_{i} = {name};" for i, (_, name) in enumerate(seen)]
        lines.append("}")
    lines.append("using namespace webpubsub;")
    count = 0
    for name, members in option_structs():
        failures += [f"{name}::{member} has no initialiser" for member, has in members
                     if not has and member not in WITHOUT_DEFAULT.get(name, ())]
        if name in {each for _, each in types} and name not in WITHOUT_DEFAULT:
            lines.append(f"[[maybe_unused]] const {name} check_{name}{{.{members[0][0]} = {{}}}};")
            count += 1
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "user.cpp"
        source.write_text("\n".join(lines) + "\n")
        compiler.flags += FLAGS
        if "clang" not in compiler.command[-1]:
            compiler.flags.append("-Wuseless-cast")
        status, output = compiler.messages("-fsyntax-only", source)
    warnings = [line for line in output if re.search(r"(warning|error):", line)]
    failures += warnings
    print(f"{len(types)} types, {count} option structs, {len(warnings)} warnings")
    if not count or not types:
        failures.append("There was nothing to look at.")
    return failures if failures or status == 0 else output


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", choices=["language", "user"])
    parser.add_argument("header", help="a header that includes all those of webpubsub::webpubsub")
    parser.add_argument("--compiler", nargs="+", required=True)
    arguments = parser.parse_args()
    check = check_language if arguments.check == "language" else check_user
    failures = check(Compiler(arguments.compiler), arguments.header)
    print("\n".join(failures))
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
