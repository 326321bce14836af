# SPDX-License-Identifier: MIT
"""A WebSocket server on 127.0.0.1 that does what a test tells it, right or wrong, and the program that connects to it."""

import asyncio
import base64
import hashlib
import json
import logging
import os
import re
import signal
import socket
import struct

# That something took long is no news on a busy machine.
logging.getLogger("asyncio").setLevel(logging.ERROR)
# In seconds, for one thing that is waited for.
PATIENCE = 20
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Gone(Exception):
    """The peer has closed or reset the TCP connection."""


def frame(opcode, payload=b"", final=True):
    head = bytes([(128 if final else 0) | opcode])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 65536:
        return head + struct.pack(">BH", 126, len(payload)) + payload
    return head + struct.pack(">BQ", 127, len(payload)) + payload


def close_frame(code, reason=""):
    return frame(CLOSE, b"" if code is None else struct.pack(">H", code) + reason.encode())


def message(value):
    return frame(TEXT, json.dumps(value).encode())


def connected(connection_id="c"):
    return message({"type": "system", "event": "connected", "userId": "eve", "connectionId": connection_id,
                    "reconnectionToken": "t"})


def group_message(text, sequence_id):
    return message({"sequenceId": sequence_id, "type": "message", "from": "group", "fromUserId": "bob",
                    "group": "room", "dataType": "text", "data": text})


class Peer:
    """One TCP connection of the program under test."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer
        self.target = None
        self.offered = None
        self.key = None

    async def exactly(self, size):
        try:
            return await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone from error

    async def read_request(self):
        try:
            request = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Gone from error
        self.target = request.split(b" ", 2)[1].decode()
        self.key, self.offered = (re.search(rb"(?i)\r\nsec-websocket-" + name + rb": *([^\r]*)", request).group(1)
                                  for name in (b"key", b"protocol"))

    async def accept(self, and_then=b"", **changed):
        """Answers the handshake, with some bytes more in the same segment."""
        await self.read_request()
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Protocol": self.offered.decode(),
                   "Sec-WebSocket-Accept": base64.b64encode(hashlib.sha1(self.key + GUID).digest()).decode(),
                   **{name.replace("_", "-"): value for name, value in changed.items()}}
        lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
        self.write("\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, "", ""]).encode() + and_then)

    async def refuse(self, status, *headers):
        await self.read_request()
        self.write("\r\n".join([f"HTTP/1.1 {status} No", *headers, "Content-Length: 3", "Connection: close", "",
                                "no\n"]).encode())
        await self.hang_up()

    def write(self, data):
        self.writer.write(data)

    async def read_frame(self):
        """The next frame as (opcode, final, payload)."""
        first, second = await self.exactly(2)
        assert second & 128, "a client masks"
        size = second & 127
        if size == 126:
            size, = struct.unpack(">H", await self.exactly(2))
        elif size == 127:
            size, = struct.unpack(">Q", await self.exactly(8))
        key = await self.exactly(4)
        payload = await self.exactly(size)
        mask = int.from_bytes((key * (size // 4 + 1))[:size], "big")
        return first & 15, bool(first & 128), (int.from_bytes(payload, "big") ^ mask).to_bytes(size, "big")

    async def read_message(self):
        """The next message as (opcode, payload), control frames among them."""
        whole, kind = b"", None
        while True:
            opcode, final, payload = await self.read_frame()
            if opcode >= 8:
                return opcode, payload
            kind = opcode or kind
            whole += payload
            if final:
                return kind, whole

    async def serve(self, until=lambda request: False):
        """Does what the service does, until a request for which `until` is true, which is answered and returned, or
        until the peer closes: then the close frame's payload is returned. Publishes are gathered in `published`."""
        while True:
            opcode, payload = await self.read_message()
            if opcode == CLOSE:
                self.write(frame(CLOSE, payload[:2]))
                return payload
            if opcode == PING:
                self.write(frame(PONG, payload))
            if opcode != TEXT:
                continue
            request = json.loads(payload)
            if request["type"] == "ping":
                self.write(message({"type": "pong"}))
            if "ackId" in request:
                if request["type"] == "sendToGroup":
                    self.published.setdefault(request["ackId"], request["data"])
                self.write(message({"type": "ack", "ackId": request["ackId"], "success": True}))
            if until(request):
                return request

    async def accept_and_join(self):
        await self.accept(connected())
        await self.serve(lambda request: request["type"] == "joinGroup")

    async def hang_up(self):
        """An orderly end of the TCP connection."""
        try:
            if self.writer.can_write_eof():
                self.writer.write_eof()
            await asyncio.wait_for(self.reader.read(), PATIENCE)
        except (OSError, asyncio.TimeoutError):
            pass
        self.writer.close()

    def reset(self):
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def forever(self):
        await asyncio.Event().wait()


class Service:
    """Plays one script for each connection, in their order; the last one for all that follow."""

    def __init__(self, *scripts, receive_buffer=None):
        self.scripts = list(scripts)
        self.receive_buffer = receive_buffer
        self.published = {}
        self.failure = None
        self.peers = []
        self.tasks = set()

    async def __aenter__(self):
        listener = socket.create_server(("127.0.0.1", 0))
        if self.receive_buffer:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        self.port = listener.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/client/hubs/chat?access_token=secret"
        self.server = await asyncio.start_server(self.play, sock=listener, limit=65536)
        return self

    async def __aexit__(self, *_):
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        if self.failure:
            raise self.failure

    async def play(self, reader, writer):
        task = asyncio.current_task()
        self.tasks.add(task)
        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
        peer = Peer(reader, writer)
        peer.published = self.published
        self.peers.append(peer)
        try:
            await script(peer)
        except (Gone, ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:  # pylint: disable=broad-except
            self.failure = error
        finally:
            writer.close()
            self.tasks.discard(task)


class Program:
    """The program under test: its lines of output, and a way to wait for one of them."""

    def __init__(self, *command, **environment):
        self.command, self.environment = command, environment
        self.lines = []

    async def __aenter__(self):
        inherited = {name: value for name, value in os.environ.items()
                     if name != "WEBPUBSUB_CONNECTION_STRING" and not name.lower().endswith("_proxy")}
        self.child = await asyncio.create_subprocess_exec(
            *self.command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT, env={**inherited, **self.environment}, limit=1 << 24)
        self.changed = asyncio.Condition()
        self.reader = asyncio.create_task(self.read())
        return self

    async def __aexit__(self, *_):
        self.signal(signal.SIGKILL)
        await self.child.wait()
        await self.reader

    def signal(self, number):
        # Not by the child's own functions: they would take its status away from the loop.
        if self.child.returncode is None:
            try:
                os.kill(self.child.pid, number)
            except ProcessLookupError:
                pass

    async def expects(self, number):
        """Waits until it blocks or catches the signal: before that it would die of it."""
        bit = 1 << (number - 1)
        until = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < until:
            with open(f"/proc/{self.child.pid}/status") as status:
                masks = re.findall(r"^Sig(?:Blk|Cgt):\s*([0-9a-f]+)$", status.read(), re.MULTILINE)
            if any(int(mask, 16) & bit for mask in masks):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"it does not expect signal {number}")

    async def read(self):
        while line := await self.child.stdout.readline():
            await self.add(line.decode(errors="replace").rstrip("\n"))
        await self.add("(end)")

    async def add(self, line):
        async with self.changed:
            self.lines.append(line)
            self.changed.notify_all()

    async def wait_for(self, pattern, patience=PATIENCE):
        """The first match of a line; the lines so far are in the message of a failure."""
        def find():
            return next((found for line in self.lines if (found := re.search(pattern, line))), None)

        try:
            async with self.changed:
                await asyncio.wait_for(self.changed.wait_for(find), patience)
            return find()
        except asyncio.TimeoutError:
            shown = "\n".join(line[:300] for line in self.lines[-40:])
            raise AssertionError(f"no line like {pattern!r} in time, but:\n{shown}") from None

    async def type(self, text):
        self.child.stdin.write(text.encode())
        await self.child.stdin.drain()

    async def status(self, patience=PATIENCE):
        """Waits for its end."""
        try:
            return await asyncio.wait_for(self.child.wait(), patience)
        except asyncio.TimeoutError:
            shown = "\n".join(line[:300] for line in self.lines[-40:])
            raise AssertionError(f"it does not end:\n{shown}") from None
