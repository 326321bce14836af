# SPDX-License-Identifier: MIT
"""usage: live_chat.py CHAT_BEAST [--emulator EMULATOR]

Two processes of the example chat_beast talk to each other by way of the service that the environment variable
WEBPUBSUB_CONNECTION_STRING names: they connect with the reliable subprotocol, join a group of their own, and each
receives what the other sends. Without the variable the exit status is 77; with --emulator it is the emulator's.
"""

import asyncio
import os
import sys
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "support"))
from emulator import Emulator  # noqa: E402

SKIPPED = 77
VARIABLE = "WEBPUBSUB_CONNECTION_STRING"


class Chat:
    """One process of the example. It reads lines to send, prints `sender: line` for each that it receives, and what it
    has to say itself goes to standard error."""

    def __init__(self, name):
        self.name = name
        self.received = []

    async def start(self, program, group, connection_string):
        environment = {**os.environ, VARIABLE: connection_string, "USER": self.name}
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            program, group, env=environment, stdin=pipe, stdout=pipe, stderr=pipe)
        self._connected = asyncio.Event()
        self._printed = asyncio.Event()
        self._reading = [asyncio.ensure_future(self._read(stream, take)) for stream, take in (
            (self._process.stdout, self._take_line), (self._process.stderr, self._take_remark))]

    async def _read(self, stream, take):
        while line := (await stream.readline()).decode():
            print(f"{self.name} | {line.rstrip()}", flush=True)
            take(line.rstrip("\n"))

    def _take_line(self, line):
        self.received.append(line)
        self._printed.set()

    def _take_remark(self, remark):
        if remark == f"* connected as {self.name}":
            self._connected.set()

    async def until_connected(self):
        await asyncio.wait_for(self._connected.wait(), 20)

    async def until_received(self, line, within):
        async def found():
            while line not in self.received:
                self._printed.clear()
                await self._printed.wait()
        await asyncio.wait_for(found(), within)

    def say(self, line):
        self._process.stdin.write(f"{line}\n".encode())

    async def end(self):
        """It ends when its input does; the exit status."""
        self._process.stdin.close()
        status = await asyncio.wait_for(self._process.wait(), 15)
        await asyncio.gather(*self._reading)
        return status

    def kill(self):
        if self._process.returncode is None:
            self._process.kill()


async def first_heard(speaker, listener):
    """The number of the first line of `speaker` that `listener` received: it may not have joined yet."""
    for attempt in range(1, 11):
        speaker.say(f"line {attempt}")
        try:
            await listener.until_received(f"{speaker.name}: line {attempt}", 2)
            return attempt
        except asyncio.TimeoutError:
            pass
    raise AssertionError(f"{listener.name} received nothing of {speaker.name}")


async def talk(program, connection_string):
    group = f"webpubsub-live-{uuid.uuid4()}"
    chats = [Chat("live-ada"), Chat("live-bob")]
    ada, bob = chats
    try:
        for chat in chats:
            await chat.start(program, group, connection_string)
        for chat in chats:
            await chat.until_connected()
        await first_heard(ada, bob)
        await first_heard(bob, ada)
        for number in range(20):
            ada.say(f"number {number}")
        await bob.until_received("live-ada: number 19", 20)
        numbers = [line for line in bob.received if line.startswith("live-ada: number ")]
        assert numbers == [f"live-ada: number {number}" for number in range(20)], numbers
        for chat in chats:
            status = await chat.end()
            assert status == 0, f"{chat.name} ended with status {status}"
    finally:
        for chat in chats:
            chat.kill()
    print("two clients talked to each other")


async def talk_at_emulator(program, emulator):
    async with Emulator(emulator) as service:
        await talk(program, service.connection_string)


def main(arguments):
    if len(arguments) == 3 and arguments[1] == "--emulator":
        work = talk_at_emulator(arguments[0], arguments[2])
    elif len(arguments) != 1:
        sys.exit(__doc__)
    elif connection_string := os.environ.get(VARIABLE):
        work = talk(arguments[0], connection_string)
    else:
        print(f"skipped: {VARIABLE} is not set")
        sys.exit(SKIPPED)
    asyncio.run(asyncio.wait_for(work, 80))


main(sys.argv[1:])
