#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the adaptor of a WebSocket stack to a hub must do, asked by clients on 127.0.0.1 that can also do what they must
not do.

usage: hub_conformance.py HUB_SERVER CHAT [TEST]...
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import struct
import sys
import time
import unittest

from scripted_service import BINARY, CLOSE, GUID, PATIENCE, PING, PONG, TEXT, Gone, Program

SERVER = CHAT = None
ACCESS_KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
ROLES = ("webpubsub.joinLeaveGroup", "webpubsub.sendToGroup")
JSON, RELIABLE = "json.webpubsub.azure.v1", "json.reliable.webpubsub.azure.v1"
HANDSHAKE_KEY = b"dGhlIHNhbXBsZSBub25jZQ=="


def masked(opcode, payload=b"", final=True):
    head = bytes([(128 if final else 0) | opcode])
    if len(payload) < 126:
        head += bytes([128 | len(payload)])
    elif len(payload) < 65536:
        head += struct.pack(">BH", 128 | 126, len(payload))
    else:
        head += struct.pack(">BQ", 128 | 127, len(payload))
    key = os.urandom(4)
    mask = int.from_bytes((key * (len(payload) // 4 + 1))[:len(payload)], "big")
    return head + key + (int.from_bytes(payload, "big") ^ mask).to_bytes(len(payload), "big")


def target(port, user="eve", key=ACCESS_KEY, hub="chat"):
    def encode(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    claims = {"aud": f"http://127.0.0.1:{port}/client/hubs/{hub}", "exp": int(time.time()) + 600, "sub": user,
              "role": ROLES}
    signed = ".".join(encode(json.dumps(part).encode()) for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    signature = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"/client/hubs/{hub}?access_token={signed}.{encode(signature)}"


class Closed(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Client:
    """A WebSocket connection to the hub."""

    def __init__(self, port):
        self.port = port
        self.buffer = bytearray()

    async def connect(self, receive_buffer=None):
        raw = socket.socket()
        if receive_buffer:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        raw.setblocking(False)
        await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", self.port))
        self.reader, self.writer = await asyncio.open_connection(sock=raw, limit=1 << 18)
        return self

    async def request(self, path, subprotocol=None, early=b"", upgrade=True):
        """Returns the status."""
        lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
        if upgrade:
            lines += ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
                      f"Sec-WebSocket-Key: {HANDSHAKE_KEY.decode()}"]
        if subprotocol:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        self.writer.write("\r\n".join(lines + ["", ""]).encode() + early)
        answer = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), PATIENCE)
        status = int(answer.split()[1])
        if status == 101:
            accept = base64.b64encode(hashlib.sha1(HANDSHAKE_KEY + GUID).digest())
            assert accept in answer, answer
            assert subprotocol is None or subprotocol.encode() in answer, answer
        return status

    def send(self, value):
        self.writer.write(masked(TEXT, json.dumps(value).encode()))

    def take_frame(self):
        """The first of the frames that are there, or nothing."""
        if len(self.buffer) < 2:
            return None
        first, size = self.buffer[:2]
        assert size < 128, "a server does not mask"
        begin = 2
        if size >= 126:
            begin = 4 if size == 126 else 10
            if len(self.buffer) < begin:
                return None
            size = int.from_bytes(self.buffer[2:begin], "big")
        if len(self.buffer) < begin + size:
            return None
        payload = bytes(self.buffer[begin:begin + size])
        del self.buffer[:begin + size]
        return first & 15, bool(first & 128), payload

    async def receive_frame(self, patience=PATIENCE):
        """The next frame as (opcode, final, payload)."""
        while (taken := self.take_frame()) is None:
            try:
                data = await asyncio.wait_for(self.reader.read(1 << 18), patience)
            except ConnectionError as error:
                raise Gone from error
            if not data:
                raise Gone
            self.buffer += data
        return taken

    async def receive(self, patience=PATIENCE):
        """The next message, decoded."""
        whole = b""
        while True:
            opcode, final, payload = await self.receive_frame(patience)
            if opcode == CLOSE:
                self.writer.write(masked(CLOSE, payload[:2]))
                raise Closed(struct.unpack(">H", payload[:2])[0] if payload else None)
            if opcode == PING:
                self.writer.write(masked(PONG, payload))
            if opcode < 8:
                whole += payload
                if final:
                    return json.loads(whole)

    async def ack(self, number):
        """What came before the ack with this id, and the ack."""
        before = []
        while True:
            value = await self.receive()
            if value["type"] == "ack" and value["ackId"] == number:
                return before, value
            before.append(value)

    def close(self):
        self.writer.close()


class WithServer(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        self.server = await Program(SERVER, "0", ACCESS_KEY).__aenter__()
        self.port = int((await self.server.wait_for(r"^connection string: Endpoint=http://127.0.0.1:(\d+);")).group(1))
        self.clients = []

    async def asyncTearDown(self):
        for client in self.clients:
            client.close()
        crashed = self.server.child.returncode not in (None, 0)
        await self.server.__aexit__()
        self.assertFalse(crashed, self.server.lines)

    async def tcp(self, **options):
        self.clients.append(Client(self.port))
        return await self.clients[-1].connect(**options)

    async def member(self, subprotocol=JSON, user="eve", **options):
        client = await self.tcp(**options)
        self.assertEqual(await client.request(target(self.port, user), subprotocol), 101)
        client.said = await client.receive()
        self.assertEqual(client.said["event"], "connected")
        client.send({"type": "joinGroup", "group": "room", "ackId": 1})
        _, ack = await client.ack(1)
        self.assertTrue(ack["success"])
        return client

    async def recovers(self, client):
        """Whether the hub still has the connection that was the client's."""
        again = await self.tcp()
        lost = client.said
        await again.request(f"/client/hubs/chat?awps_connection_id={lost['connectionId']}"
                            f"&awps_reconnection_token={lost['reconnectionToken']}", RELIABLE)
        try:
            return (await again.receive())["connectionId"] == lost["connectionId"]
        except Closed as closed:
            self.assertEqual(closed.code, 1008)
            return False

    async def assert_serves(self):
        client = await self.member()
        client.send({"type": "event", "event": "echo", "ackId": 7, "dataType": "text", "data": "still there?"})
        answers, ack = await client.ack(7)
        self.assertTrue(ack["success"])
        self.assertEqual([answer["data"] for answer in answers], ["still there?"])


class Letting(WithServer):
    async def test_a_token_lets_in_and_nothing_else(self):
        for path, status in ((target(self.port), 101), ("/client/hubs/chat", 401), (target(self.port, key="x" * 40), 401),
                             (target(self.port, hub="other"), 404), ("/elsewhere", 404), ("/client/hubs/a%zz", 400)):
            with self.subTest(path[:30]):
                client = await self.tcp()
                self.assertEqual(await client.request(path, JSON), status)
                if status != 101:
                    await asyncio.wait_for(client.reader.read(), PATIENCE)
        client = await self.tcp()
        self.assertEqual(await client.request(target(self.port), upgrade=False), 400)

    async def test_frames_before_the_answer_are_refused(self):
        client = await self.tcp()
        self.assertEqual(await client.request(target(self.port), JSON, early=masked(TEXT, b"{}")), 400)

    async def test_what_is_no_request_ends(self):
        for data in (b"\0\xff\r\n\r\n", b"GET / HTTP/1.1\r\nHost", b"x" * 100000):
            client = await self.tcp()
            try:
                client.writer.write(data)
                client.writer.write_eof()
                await asyncio.wait_for(client.reader.read(), PATIENCE)
            except OSError:
                pass
        await self.assert_serves()

    async def test_who_says_nothing_is_dropped(self):
        client = await self.tcp()
        self.assertEqual(await asyncio.wait_for(client.reader.read(), PATIENCE), b"")

    async def test_simple_clients_are_answered(self):
        client = await self.tcp()
        self.assertEqual(await client.request(target(self.port)), 101)
        client.writer.write(masked(TEXT, b'"one"') + masked(TEXT, b'"two"'))
        self.assertEqual([await client.receive(), await client.receive()], ["one", "two"])


class Carrying(WithServer):
    async def test_a_mebibyte_goes_both_ways(self):
        one, other = await self.member(), await self.member(RELIABLE)
        text = "0123456789abcdef" * 65520
        one.send({"type": "sendToGroup", "group": "room", "ackId": 2, "noEcho": True, "dataType": "text", "data": text})
        self.assertEqual((await other.receive())["data"], text)
        self.assertTrue((await one.ack(2))[1]["success"])

    async def test_ten_clients_that_pipeline_400_messages_each_get_all_and_stay(self):
        for subprotocol in (JSON, RELIABLE):
            with self.subTest(subprotocol):
                clients = [await self.member(subprotocol, f"user{n}") for n in range(10)]

                async def take(client):
                    got, acks = {}, 0
                    while acks < 400 or sum(map(len, got.values())) < 4000:
                        value = await client.receive()
                        acks += value["type"] == "ack"
                        if value["type"] == "message":
                            got.setdefault(value["fromUserId"], []).append(int(value["data"]))
                            if value.get("sequenceId", 1) % 50 == 0:
                                client.send({"type": "sequenceAck", "sequenceId": value["sequenceId"]})
                    return got

                for client in clients:
                    client.writer.write(b"".join(masked(TEXT, json.dumps(
                        {"type": "sendToGroup", "group": "room", "ackId": n + 2, "dataType": "text",
                         "data": str(n)}).encode()) for n in range(400)))
                for got in await asyncio.gather(*map(take, clients)):
                    self.assertEqual(got, {f"user{n}": list(range(400)) for n in range(10)})
                for client in clients:
                    client.close()

    async def test_a_reader_that_stops_does_not_stop_the_others(self):
        reader, sender = await self.member(), await self.member(user="bob")
        stopped = await self.member(receive_buffer=4096)
        stopped.writer.transport.pause_reading()

        async def send():
            for n in range(300):
                sender.send({"type": "sendToGroup", "group": "room", "ackId": n + 2, "noEcho": True, "dataType": "text",
                             "data": str(n) + "x" * 100000})
                await sender.writer.drain()
            await sender.ack(301)

        sending = asyncio.create_task(send())
        for n in range(300):
            self.assertEqual((await reader.receive(30))["data"].rstrip("x"), str(n))
        await asyncio.wait_for(sending, 30)
        await self.assert_serves()

    async def test_two_chats_talk_over_it(self):
        url = f"ws://127.0.0.1:{self.port}"
        async with Program(CHAT, url + target(self.port, "alice"), "room") as alice, \
                Program(CHAT, url + target(self.port, "bob"), "room", "--subprotocol",
                        "protobuf.reliable.webpubsub.azure.v1") as bob:
            await alice.wait_for(r"^\* joined room")
            await bob.wait_for(r"^\* joined room")
            await alice.type("hello\n")
            await bob.wait_for(": hello$")
            await bob.type("and hello to you\n")
            await alice.wait_for("^bob: and hello to you$")


class Closing(WithServer):
    async def test_a_clients_1000_ends_the_connection_and_other_codes_do_not(self):
        for code in (1000, 1001, 1011, 1012, 1013, 3000, 4999, None):
            with self.subTest(code):
                client = await self.member(RELIABLE)
                payload = b"" if code is None else struct.pack(">H", code) + b"because"
                client.writer.write(masked(CLOSE, payload))
                opcode, _, echoed = await client.receive_frame()
                self.assertEqual((opcode, echoed[:2]), (CLOSE, payload[:2] or b"\x03\xe8"))
                await asyncio.wait_for(client.reader.read(), PATIENCE)
                client.close()
                await asyncio.sleep(0.2)
                self.assertEqual(await self.recovers(client), code != 1000)

    async def test_an_end_without_a_close_frame_can_be_recovered(self):
        for reset in (False, True):
            client = await self.member(RELIABLE)
            if reset:
                client.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                                  struct.pack("ii", 1, 0))
                client.writer.transport.abort()
            else:
                client.close()
            await asyncio.sleep(0.2)
            self.assertTrue(await self.recovers(client))

    async def test_what_is_no_websocket_is_answered_with_its_code(self):
        for name, data, code in (("reserved opcode", masked(3, b"x"), 1002), ("not UTF-8", masked(TEXT, b"\xff"), 1007),
                                 ("unmasked", b"\x81\x01x", 1002), ("code 1005", masked(CLOSE, b"\x03\xed"), 1002),
                                 ("code 1015", masked(CLOSE, b"\x03\xf7"), 1002), ("binary", masked(BINARY, b"x"), 1003),
                                 ("too long", masked(TEXT, b'"' + b"x" * (1 << 20) + b'"'), 1009)):
            with self.subTest(name):
                client = await self.member()
                client.writer.write(data)
                with self.assertRaises(Closed) as closed:
                    while True:
                        await client.receive()
                self.assertEqual(closed.exception.code, code)
        await self.assert_serves()

    async def test_a_half_close_during_a_blocked_write_harms_nobody(self):
        sender = await self.member(user="bob")
        blocked = await self.member(RELIABLE, receive_buffer=4096)
        blocked.writer.transport.pause_reading()
        for n in range(100):
            sender.send({"type": "sendToGroup", "group": "room", "ackId": n + 2, "noEcho": True, "dataType": "text",
                         "data": str(n) + "x" * 100000})
        await asyncio.sleep(1)
        blocked.writer.write_eof()
        await asyncio.wait_for(sender.ack(101), 30)
        await self.assert_serves()

    async def test_a_signal_ends_it_gracefully(self):
        one, other = await self.member(), await self.member(RELIABLE)
        silent = await self.tcp()
        self.server.signal(signal.SIGTERM)
        for client in (one, other):
            with self.assertRaises(Closed) as closed:
                while True:
                    await client.receive()
            self.assertEqual(closed.exception.code, 1001)
        self.assertEqual(await self.server.status(8), 0)
        silent.close()

    async def test_a_signal_ends_it_in_spite_of_clients_that_do_not_answer(self):
        await self.member()
        blocked = await self.member(receive_buffer=4096)
        blocked.writer.transport.pause_reading()
        self.server.signal(signal.SIGTERM)
        self.assertEqual(await self.server.status(8), 0)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__.strip())
    SERVER, CHAT = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
