# SPDX-License-Identifier: MIT
"""The emulator as a process of its own on a free port."""

import asyncio
import signal


class Emulator:
    """`async with Emulator(program) as emulator:` it is ready, and afterwards it has ended with status 0."""

    def __init__(self, program, *options):
        self._arguments = [program, "--host", "127.0.0.1", "--port", "0", *options]
        self.endpoint = self.connection_string = self.client_url = None

    async def __aenter__(self):
        self._process = await asyncio.create_subprocess_exec(*self._arguments, stdout=asyncio.subprocess.PIPE)
        try:
            await asyncio.wait_for(self._read_ready_lines(), 10)
        except BaseException:
            self._signal(signal.SIGKILL)
            raise
        self._rest = asyncio.ensure_future(self._process.stdout.read())
        return self

    async def __aexit__(self, failed, *_):
        self._signal(signal.SIGTERM)
        try:
            status = await asyncio.wait_for(self._process.wait(), 10)
        except asyncio.TimeoutError:
            self._signal(signal.SIGKILL)
            raise
        await self._rest
        if failed is None and status != 0:
            raise AssertionError(f"the emulator ended with status {status}")

    def _signal(self, number):
        # One that has ended already is told by its status.
        if self._process.returncode is None:
            self._process.send_signal(number)

    async def _read_ready_lines(self):
        while not (self.endpoint and self.connection_string and self.client_url):
            line = (await self._process.stdout.readline()).decode()
            if not line:
                raise AssertionError("the emulator ended before it was ready")
            for start, name in (("listening on ", "endpoint"), ("connection string: ", "connection_string"),
                                ("client url: ", "client_url")):
                if line.startswith(start):
                    setattr(self, name, line[len(start):].strip())
