#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Clients that mean no good: malformed input of every kind, and more of everything than is allowed, while two
well-behaved clients must not notice.

usage: hostile_test.py EMULATOR [--count N] [--seed N]

  --count N  malformed pieces of each kind (default: 10000)
  --seed N   of what is made at random (default: WEBPUBSUB_SEED, or 1)
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

from support import attack, floods, process
from support.mutator import Mutator
from support.process import PATIENCE, SANITIZED, Emulator
from support.websocket import upgrade_request

JSON = "json.webpubsub.azure.v1"
LANES = 16
FAR_FUTURE = 1 << 40
# Resident memory beyond what there was at first: at most, and in the end. Sanitizers keep freed memory for themselves.
MOST_MEMORY, LAST_MEMORY = ((1 << 30, 1 << 30) if SANITIZED else (96 << 20, 64 << 20))


class Witness:
    """See support/witness.py."""

    def __init__(self, emulator):
        targets = [emulator.target("witness", role="webpubsub.sendToGroup", **{"webpubsub.group": ["witness"]})
                   for _ in range(2)]
        self.process = subprocess.Popen(
            [sys.executable, "-B", "-m", "support.witness", str(emulator.port), *targets],
            cwd=pathlib.Path(__file__).parent, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n", "the witness did not start"

    def end(self):
        output, _ = self.process.communicate(timeout=PATIENCE)
        assert self.process.returncode == 0, "the witness was disturbed"
        seen = json.loads(output)
        print(f"the witness saw {seen['messages']} messages in order, the slowest in {seen['slowest'] * 1000:.0f} ms")
        assert seen["slowest"] < PATIENCE


def attacks(emulator, mutator):
    """By name: the lanes, and what makes an attempt for one."""
    texts, messages = attack.samples("json"), attack.samples("protobuf")
    target = emulator.target(exp=FAR_FUTURE)
    requests = [upgrade_request(target, JSON), upgrade_request(target),
                upgrade_request("/client/?hub=chat", JSON, ["Authorization: Bearer " + target.split("=")[1]])]

    def lanes(encoding):
        return [attack.Lane(emulator, f"lane{n}", encoding) for n in range(LANES)]

    return {
        "JSON messages": (lanes("json"), lambda lane: lane.message(mutator.json(texts))),
        "protobuf messages": (lanes("protobuf"), lambda lane: lane.message(mutator.message(messages))),
        "WebSocket frames": (lanes("json"), lambda lane: lane.frames(mutator.frames(texts))),
        "upgrade requests": ([attack.Door(emulator) for _ in range(LANES)],
                             lambda door: door.request(mutator.request(mutator.random.choice(requests)))),
    }


def malformed_input(emulator, count, seed):
    for name, (lanes, make) in attacks(emulator, Mutator(seed)).items():
        started = time.monotonic()
        outcomes = attack.run(lanes, make, count)
        assert sum(outcomes.values()) == count and min(outcomes["refused"], outcomes["valid"]) > 0, outcomes
        print(f"{time.monotonic() - started:5.1f} s  {count} malformed {name}: {outcomes['refused']} refused, "
              f"{outcomes['valid']} still valid", flush=True)


def all_floods(emulator):
    def timed(flood):
        started = time.monotonic()
        flood(emulator)
        print(f"{time.monotonic() - started:5.1f} s  {flood.__name__.replace('_', ' ')}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(len(floods.ALL)) as pool:
        for done in [pool.submit(timed, flood) for flood in floods.ALL]:
            done.result()


def check_resources(emulator, descriptors, memory):
    deadline = time.monotonic() + PATIENCE
    while emulator.descriptors() > descriptors and time.monotonic() < deadline:
        time.sleep(0.05)
    most, last = emulator.memory("VmHWM") - memory, emulator.memory() - memory
    print(f"memory: {memory >> 20} MiB at first, at most {most >> 20} MiB more (allowed: {MOST_MEMORY >> 20}), "
          f"in the end {last >> 20} MiB more (allowed: {LAST_MEMORY >> 20})")
    assert emulator.descriptors() == descriptors, f"{emulator.descriptors()} descriptors instead of {descriptors}"
    assert most < MOST_MEMORY and last < LAST_MEMORY


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("emulator")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("WEBPUBSUB_SEED") or 1))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, {arguments.count} of each kind{' for a sanitized emulator' if SANITIZED else ''}")

    process.program = arguments.emulator
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        json.dump(floods.HUB_CONFIG, config)
        config.flush()
        emulator = Emulator("--hub-config", config.name)
    try:
        descriptors, memory = emulator.descriptors(), emulator.memory()
        witness = Witness(emulator)
        try:
            malformed_input(emulator, arguments.count, arguments.seed)
            all_floods(emulator)
        finally:
            witness.end()
        check_resources(emulator, descriptors, memory)
    finally:
        ended = emulator.stop()
    assert ended == (0, ""), ended


if __name__ == "__main__":
    main()
