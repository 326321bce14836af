# SPDX-License-Identifier: MIT
"""A message broker as a process, on a free port and in a folder of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from .process import PATIENCE


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_for_port(port):
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def program(name):
    """Debian keeps servers where users don't look."""
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


class Broker:
    """Killed and started again, it has the same port and remembers nothing."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.port = free_port()
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def close(self):
        if self.process:
            self.kill()
        self.folder.cleanup()


class Redis(Broker):
    name = "redis-server"

    def command(self):
        return [program(self.name), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", self.folder.name,
                "--save", "", "--appendonly", "no"]

    def options(self):
        return "--redis", f"127.0.0.1:{self.port}"


class RedisWithPassword(Redis):
    password = "correct horse"

    def command(self):
        return super().command() + ["--requirepass", self.password]


class Nats(Broker):
    name = "nats-server"

    def command(self):
        return [program(self.name), "-a", "127.0.0.1", "-p", str(self.port)]

    def options(self):
        return "--nats", f"nats://127.0.0.1:{self.port}"
