# SPDX-License-Identifier: MIT
"""The emulator as a process."""

import base64
import hashlib
import hmac
import json
import os
import re
import signal
import subprocess
import threading
import time

SANITIZED = bool(os.environ.get("EMULATOR_IS_SANITIZED"))
PATIENCE = 30 if SANITIZED else 10
KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"

# Set by who knows where it is.
program = None


class Emulator:
    """The process, with the lines of its standard output as they come."""

    def __init__(self, *options):
        self.process = subprocess.Popen([program, "--port", "0", *options], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines = [self.process.stdout.readline().rstrip("\n") for _ in range(3)]
        if not self.lines[2]:
            raise AssertionError("the emulator did not start: " + self.process.stderr.read())
        self.origin = self.lines[0].split(" ")[-1]
        self.port = int(self.origin.rsplit(":", 1)[1])
        self.url = self.lines[2].split(": ", 1)[1]
        self.signalled, self.end = False, None
        self.log = []
        self.reader = threading.Thread(target=lambda: self.log.extend(self.process.stdout))
        self.reader.start()

    def stop(self, with_signal=signal.SIGTERM):
        """Its exit status, and everything that it has said on standard error."""
        if self.end is None:
            self.end = self.wait_for_end(with_signal)
        return self.end

    def wait_for_end(self, with_signal):
        # A second signal would not wait for the end of the first.
        if not self.signalled:
            self.signal(with_signal)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("the emulator does not end")
        finally:
            self.reader.join()
            errors = self.process.stderr.read()
            self.process.stdout.close()
            self.process.stderr.close()
        return self.process.returncode, errors

    def signal(self, number):
        self.signalled = True
        self.process.send_signal(number)

    def memory(self, what="VmRSS"):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"{what}:\s+(\d+) kB", status.read()).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def target(self, hub="chat", **claims):
        def segment(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        claims = {"aud": f"{self.origin}/client/hubs/{hub}", "exp": int(time.time()) + 60, **claims}
        signed = segment(b'{"alg":"HS256","typ":"JWT"}') + b"." + segment(json.dumps(claims).encode())
        signature = segment(hmac.new(KEY.encode(), signed, hashlib.sha256).digest())
        return f"/client/hubs/{hub}?access_token={(signed + b'.' + signature).decode()}"


def run(*arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=PATIENCE)
