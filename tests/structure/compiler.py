# SPDX-License-Identifier: MIT
"""What a compiler does with a source that includes this library: its files, lines, functions, and cost."""

import os
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
INCLUDE = TOP / "include"
OWN = str(INCLUDE / "webpubsub") + "/"


class Compiler:
    """`command` is the compiler, after a launcher such as ccache if there is one."""

    def __init__(self, command, flags=()):
        self.command = command
        self.flags = ["-std=c++20", f"-I{INCLUDE}", *flags]

    def output(self, *arguments):
        run = subprocess.run([*self.command, *self.flags, *map(str, arguments)], capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(f"{run.args} failed:\n{run.stderr}")
        return run.stdout

    def messages(self, *arguments):
        """The lines that the compiler prints, whether it fails or not."""
        run = subprocess.run([*self.command, *self.flags, *map(str, arguments)], capture_output=True, text=True)
        return run.returncode, run.stderr.splitlines()

    def files(self, source):
        """Every file that is read for `source`, itself first."""
        names = self.output("-M", source).replace("\\\n", " ").split(":", 1)[1].split()
        return [os.path.normpath(name) for name in names]

    def own_lines(self, source):
        """Lines of this library's headers that are left after the preprocessor, without empty ones."""
        count, own = 0, False
        for line in self.output("-E", source).splitlines():
            marker = re.match(r'# \d+ "([^"]*)"', line)
            if marker:
                own = os.path.normpath(marker[1]).startswith(OWN)
            elif own and line.strip():
                count += 1
        return count

    def standard_headers(self, source):
        """The standard headers that `source` and this library's headers include themselves, and that are read."""
        files = self.files(source)
        ends = {"/" + Path(name).name for name in files}
        folder = str(Path(source).resolve().parent) + "/"
        found = set()
        for name in files:
            if name.startswith(OWN) or str(Path(name).resolve()).startswith(folder):
                text = Path(name).read_text(encoding="utf-8")
                found.update(re.findall(r"^ *# *include <([a-z_]+|bits/[a-z_.]+)>", text, re.MULTILINE))
        return sorted(header for header in found if "/" + Path(header).name in ends)

    def functions(self, source):
        """The number of functions in the object file of `source`."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "source.o"
            self.output("-c", source, "-o", target)
            listing = subprocess.run(["nm", "--defined-only", target], capture_output=True, text=True, check=True)
        return len(re.findall(r"^[0-9a-f]+ [tTW] ", listing.stdout, re.MULTILINE))

    def cost(self, source):
        """Seconds of processor time and MB of memory of one compilation, and KB of code in its object file."""
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "source.o"
            arguments = [*self.command, *self.flags, "-c", str(source), "-o", str(target)]
            child = os.posix_spawnp(arguments[0], arguments, os.environ)
            _, status, usage = os.wait4(child, 0)
            if status != 0:
                raise RuntimeError(f"{arguments} failed")
            sections = subprocess.run(["size", "-A", "-d", target], capture_output=True, text=True, check=True).stdout
        text = sum(int(size) for size in re.findall(r"^\.text\S* +(\d+)", sections, re.MULTILINE))
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text / 1024


def medians(rows):
    return [statistics.median(column) for column in zip(*rows)]
