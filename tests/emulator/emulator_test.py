#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Drives webpubsub-emulator from outside, over sockets of the standard library: emulator_test.py EMULATOR [TEST]..."""

import base64
import hashlib
import hmac
import json
import os
import re
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse

EMULATOR = None
SANITIZED = bool(os.environ.get("EMULATOR_IS_SANITIZED"))
PATIENCE = 30 if SANITIZED else 10
KEY = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789ABCDEFGH"
JSON = "json.webpubsub.azure.v1"
RELIABLE = "json.reliable.webpubsub.azure.v1"
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
INVALID_JSON = "The client message is not a valid JSON protocol message."


class Emulator:
    """The process, with the lines of its standard output as they come."""

    def __init__(self, *options):
        self.process = subprocess.Popen([EMULATOR, "--port", "0", *options], stdout=subprocess.PIPE,
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

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmRSS:\s+(\d+) kB", status.read()).group(1)) * 1024

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def target(self, hub="chat", **claims):
        def segment(data):
            return base64.urlsafe_b64encode(data).rstrip(b"=")
        claims = {"aud": f"{self.origin}/client/hubs/{hub}", "exp": int(time.time()) + 60, **claims}
        signed = segment(b'{"alg":"HS256","typ":"JWT"}') + b"." + segment(json.dumps(claims).encode())
        signature = segment(hmac.new(KEY.encode(), signed, hashlib.sha256).digest())
        return f"/client/hubs/{hub}?access_token={(signed + b'.' + signature).decode()}"


class Refused(Exception):
    def __init__(self, status, headers, body):
        super().__init__(f"{status} {body}")
        self.status, self.headers, self.body = status, headers, body


class Closed(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class Client:
    """A WebSocket connection that can also do what a client must not do."""

    def __init__(self, emulator, target=None, subprotocol=None, headers=(), tls=None, receive_buffer=None, early=b""):
        if target is None:
            target = "/" + emulator.url.split("/", 3)[3]
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", emulator.port))
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        lines = [f"GET {target} HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", *headers]
        if subprotocol:
            lines.append(f"Sec-WebSocket-Protocol: {subprotocol}")
        self.socket.sendall("\r\n".join(lines + ["", ""]).encode() + early)
        self.input = self.socket.makefile("rb")
        try:
            status, self.headers, body = read_response(self.input)
            if status != 101:
                raise Refused(status, self.headers, body)
        except BaseException:
            self.close()
            raise
        assert self.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.input.close()
        self.socket.close()

    def send(self, payload, opcode=TEXT, final=True, masked=True, reserved=0):
        if not isinstance(payload, bytes):
            payload = (payload if isinstance(payload, str) else json.dumps(payload)).encode()
        self.socket.sendall(frame(payload, opcode, final, masked, reserved))

    def receive(self):
        """The next message as (opcode, payload)."""
        first, second = self.exactly(2)
        size = second & 127
        if size == 126:
            size, = struct.unpack(">H", self.exactly(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.exactly(8))
        assert second < 128 and first & 0xF0 == 0x80
        payload = self.exactly(size)
        if first & 15 == CLOSE:
            code = struct.unpack(">H", payload[:2])[0] if payload else None
            raise Closed(code, payload[2:].decode())
        return first & 15, payload

    def receive_json(self):
        opcode, payload = self.receive()
        assert opcode == TEXT
        return json.loads(payload)

    def exactly(self, size):
        data = self.input.read(size)
        if len(data) != size:
            raise EOFError("the connection was cut")
        return data

    def ask(self, message):
        self.send(message)
        return self.receive_json()

    def wait_for_end(self):
        """The close frame that comes after whatever else; then the TCP connection ends."""
        try:
            while True:
                self.receive()
        except Closed as closed:
            self.send(struct.pack(">H", closed.code), CLOSE)
            assert self.input.read() == b""
            return closed.code, closed.reason


def frame(payload, opcode=TEXT, final=True, masked=True, reserved=0):
    head = bytes([(128 if final else 0) | reserved << 4 | opcode])
    mask_bit = 128 if masked else 0
    if len(payload) < 126:
        head += bytes([mask_bit | len(payload)])
    elif len(payload) < 65536:
        head += struct.pack(">BH", mask_bit | 126, len(payload))
    else:
        head += struct.pack(">BQ", mask_bit | 127, len(payload))
    if not masked:
        return head + payload
    key = os.urandom(4)
    repeated = int.from_bytes((key * (len(payload) // 4 + 1))[:len(payload)], "big")
    return head + key + (int.from_bytes(payload, "big") ^ repeated).to_bytes(len(payload), "big")


def read_response(stream):
    status = stream.readline()
    if not status:
        raise EOFError("no answer")
    headers = {}
    while (line := stream.readline().strip()):
        name, value = line.decode().split(":", 1)
        headers[name.lower()] = value.strip()
    return int(status.split()[1]), headers, stream.read(int(headers.get("content-length", 0))).decode()


def http(emulator, request):
    with socket.create_connection(("127.0.0.1", emulator.port), PATIENCE) as connection:
        connection.sendall(request if isinstance(request, bytes) else request.encode())
        with connection.makefile("rb") as stream:
            answer = read_response(stream)
            assert stream.read() == b"", "the connection goes on after a refusal"
            return answer


def run(*arguments):
    return subprocess.run([EMULATOR, *arguments], capture_output=True, text=True, timeout=PATIENCE)


class CommandLine(unittest.TestCase):
    def test_help_explains_every_option(self):
        result = run("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        for option in ("--host", "--port", "--access-key", "--tls-cert", "--tls-key", "--allow-anonymous",
                       "--log frames", "--help"):
            self.assertRegex(result.stdout, rf"(?m)^  {option}\b.*  \w")

    def test_wrong_options_are_named_and_end_with_2(self):
        for arguments, complaint in (
                (["--prot", "1"], "--prot"), (["--port"], "needs a value"), (["--port", "65536"], "65536"),
                (["--port=x"], "'x'"), (["--port", "-1"], "-1"), (["--access-key", "short"], "32"),
                (["--log", "all"], "'all'"), (["--host="], "--host"), (["surplus"], "surplus"),
                (["--tls-cert", "a.pem"], "--tls-key"), (["--allow-anonymous=yes"], "--allow-anonymous"),
                (["--tls-cert", "/nonexistent.pem", "--tls-key", "/nonexistent.pem"], "/nonexistent.pem")):
            with self.subTest(arguments):
                result = run(*arguments)
                self.assertEqual((result.returncode, result.stdout), (2, ""))
                self.assertRegex(result.stderr, r"^webpubsub-emulator: .*\n$")
                self.assertIn(complaint, result.stderr)

    def test_a_port_in_use_is_named_and_ends_with_1(self):
        with socket.create_server(("127.0.0.1", 0)) as other:
            port = str(other.getsockname()[1])
            result = run("--port", port)
        self.assertEqual((result.returncode, result.stdout), (1, ""))
        self.assertIn(f"127.0.0.1:{port}: Address already in use", result.stderr)


class WithEmulator(unittest.TestCase):
    options = ()

    def setUp(self):
        self.emulator = Emulator(*self.options)
        self.addCleanup(self.check_end)

    def check_end(self):
        self.assertEqual(self.emulator.stop(), (0, ""))

    def connect(self, subprotocol=None, **rest):
        client = Client(self.emulator, subprotocol=subprotocol, **rest)
        self.addCleanup(client.close)
        return client

    def connect_json(self, subprotocol=JSON, **rest):
        client = self.connect(subprotocol, **rest)
        client.hello = client.receive_json()
        self.assertEqual(client.hello["event"], "connected")
        return client

    def refusal(self, target, **rest):
        with self.assertRaises(Refused) as caught:
            Client(self.emulator, target, **rest)
        self.assertRegex(caught.exception.headers["content-type"], "^text/plain")
        self.assertNotEqual(caught.exception.body, "")
        return caught.exception.status


class Start(WithEmulator):
    def test_three_lines_say_how_to_reach_it(self):
        origin = f"http://127.0.0.1:{self.emulator.port}"
        self.assertEqual(self.emulator.lines[:2], [
            f"listening on {origin}", f"connection string: Endpoint={origin};AccessKey={KEY};Version=1.0;"])
        self.assertRegex(self.emulator.lines[2],
                         rf"^client url: ws://127.0.0.1:{self.emulator.port}/client/hubs/chat\?access_token=\S+$")
        payload = self.emulator.url.split(".")[-2]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        self.assertEqual(claims["role"], ["webpubsub.joinLeaveGroup", "webpubsub.sendToGroup"])
        self.assertAlmostEqual(claims["exp"], time.time() + 3600, delta=60)

    def test_it_ends_at_a_signal_and_says_goodbye(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            emulator = Emulator()
            with Client(emulator) as simple, Client(emulator, subprotocol=RELIABLE) as client, \
                    socket.create_connection(("127.0.0.1", emulator.port)):
                client.receive()
                emulator.signal(number)
                self.assertEqual(client.receive_json()["event"], "disconnected")
                self.assertEqual(client.wait_for_end()[0], 1001)
                self.assertEqual(simple.wait_for_end()[0], 1001)
                self.assertEqual(emulator.stop(), (0, ""))

    def test_peers_that_do_not_answer_do_not_keep_it(self):
        emulator = Emulator()
        with Client(emulator):
            self.assertEqual(emulator.stop(), (0, ""))


class Http(WithEmulator):
    def test_what_is_not_an_upgrade_of_a_client_is_refused(self):
        target = self.emulator.target()
        for expected, request in (
                (400, f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"),
                (400, "GET /client/?hub=chat HTTP/1.1\r\nHost: x\r\n\r\n"),
                (404, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
                (404, "POST /api/x HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"),
                (400, "what is this?\r\n\r\n"),
                (431, "GET / HTTP/1.1\r\nHost: " + "x" * 100_000 + "\r\n\r\n"),
                (400, f"GET {target} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n")):
            with self.subTest(request[:60]):
                status, headers, body = http(self.emulator, request)
                self.assertEqual(status, expected)
                self.assertRegex(headers["content-type"], "^text/plain")
                self.assertNotEqual(body, "")

    def test_clients_without_a_good_token_are_refused(self):
        good = self.emulator.target()
        self.assertEqual(self.refusal("/client/hubs/chat"), 401)
        self.assertEqual(self.refusal("/client/hubs/chat?access_token=junk"), 401)
        self.assertEqual(self.refusal(good[:-2] + "xx"), 401)
        self.assertEqual(self.refusal(good.replace("hubs/chat", "hubs/other")), 401)
        self.assertEqual(self.refusal(self.emulator.target(exp=1)), 401)
        self.assertEqual(self.refusal(self.emulator.target("1")), 400)
        self.assertEqual(self.refusal(self.emulator.target(**{"webpubsub.group": " "})), 400)
        self.assertEqual(self.refusal("/clients/mqtt/hubs/chat"), 404)
        self.assertEqual(self.refusal(good + "&webpubsub_mode=sendToGroup&group=g"), 501)
        self.assertEqual(self.refusal(good, subprotocol="not a list"), 400)
        self.assertEqual(self.refusal(good, early=frame(b"too early")), 400)

    def test_a_token_may_come_in_the_header_and_name_any_name_of_this_machine(self):
        token = self.emulator.target(aud=f"http://localhost:{self.emulator.port}/client/hubs/chat").split("=")[1]
        self.connect_json(target="/client/?hub=chat", headers=[f"Authorization: Bearer {token}"])

    def test_connections_that_are_silent_or_slow_are_given_up_and_hold_up_nobody(self):
        silent = socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE)
        slow = socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE)
        with silent, slow:
            slow.sendall(b"GET /client/hubs/chat HTTP/1.1\r\n")
            self.connect_json()
            self.assertEqual(select.select([silent, slow], [], [], 0)[0], [])
            self.assertEqual(silent.recv(1), b"")
            self.assertEqual(slow.recv(1), b"")

    def test_many_connections_that_come_and_go_leave_nothing(self):
        self.connect_json()
        before = self.emulator.descriptors()
        for _ in range(300):
            socket.create_connection(("127.0.0.1", self.emulator.port), PATIENCE).close()
        for _ in range(100):
            with Client(self.emulator, subprotocol=JSON):
                pass
        deadline = time.monotonic() + PATIENCE
        while self.emulator.descriptors() > before and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual(self.emulator.descriptors(), before)
        self.connect_json()


class Messages(WithEmulator):
    def test_a_simple_client_gets_back_what_it_sends(self):
        client = self.connect()
        self.assertNotIn("sec-websocket-protocol", client.headers)
        for opcode, payload in ((TEXT, "h\u00e4llo".encode()), (BINARY, b"\x00\xff"), (TEXT, b""),
                                (TEXT, b"x" * 70_000), (BINARY, b"\x00" * (1 << 20))):
            client.send(payload, opcode)
            self.assertEqual(client.receive(), (opcode, payload))

    def test_an_unknown_subprotocol_makes_a_simple_client(self):
        client = self.connect("protobuf.unknown, own")
        self.assertNotIn("sec-websocket-protocol", client.headers)

    def test_a_json_client_joins_and_gets_what_the_group_gets(self):
        client = self.connect_json("own, JSON.webpubsub.azure.v1")
        self.assertEqual(client.headers["sec-websocket-protocol"], "JSON.webpubsub.azure.v1")
        self.assertEqual(client.ask({"type": "joinGroup", "ackId": 1, "group": "group1"}),
                         {"type": "ack", "ackId": 1, "success": True})
        other = self.connect_json(target=self.emulator.target(sub="user1", role="webpubsub.sendToGroup.group1"))
        self.assertEqual(other.hello["userId"], "user1")
        self.assertTrue(other.ask({"type": "sendToGroup", "ackId": 1, "group": "group1", "data": {"a": 1}})["success"])
        self.assertEqual(client.receive_json(), {"type": "message", "from": "group", "group": "group1",
                                                 "fromUserId": "user1", "dataType": "json", "data": {"a": 1}})
        self.assertEqual(other.ask({"type": "joinGroup", "ackId": 2, "group": "group1"})["error"]["name"], "Forbidden")
        self.assertEqual(client.ask({"type": "ping"}), {"type": "pong"})

    def test_the_events_echo_and_message_are_answered_and_others_succeed(self):
        client = self.connect_json()
        for ack_id, name in enumerate(("echo", "message")):
            answer = client.ask({"type": "event", "event": name, "ackId": ack_id, "dataType": "text", "data": name})
            self.assertEqual(answer, {"type": "message", "from": "server", "dataType": "text", "data": name})
            self.assertEqual(client.receive_json(), {"type": "ack", "ackId": ack_id, "success": True})
        self.assertEqual(client.ask({"type": "event", "event": "other", "ackId": 9, "dataType": "text", "data": ""}),
                         {"type": "ack", "ackId": 9, "success": True})

    def test_fragments_are_put_together_and_pings_answered_between_them(self):
        client = self.connect()
        client.send("one ", TEXT, final=False)
        client.send("hey", PING)
        self.assertEqual(client.receive(), (PONG, b"hey"))
        client.send("message", 0)
        self.assertEqual(client.receive(), (TEXT, b"one message"))

    def test_a_client_that_closes_is_answered(self):
        client = self.connect_json()
        client.send(struct.pack(">H", 4000) + b"bye", CLOSE)
        with self.assertRaises(Closed) as closed:
            client.receive()
        self.assertEqual(closed.exception.code, 4000)
        self.assertEqual(client.input.read(), b"")

    def test_hubs_are_separate_and_do_not_mind_case(self):
        groups = {"role": ["webpubsub.sendToGroup"], "webpubsub.group": ["g"]}
        one, same, other = (self.connect_json(target=self.emulator.target(hub, **groups))
                            for hub in ("One", "oNE", "two"))
        one.send({"type": "sendToGroup", "group": "g", "dataType": "text", "data": "hi", "noEcho": True})
        self.assertEqual(same.receive_json()["data"], "hi")
        self.assertEqual(other.ask({"type": "ping"}), {"type": "pong"})

    def test_a_cut_connection_is_recovered_with_what_it_missed(self):
        claims = {"role": ["webpubsub.sendToGroup"], "webpubsub.group": ["g"]}
        cut = self.connect_json(RELIABLE, target=self.emulator.target(**claims))
        cut.close()
        sender = self.connect_json(target=self.emulator.target(role="webpubsub.sendToGroup"))
        for number in range(3):
            sender.ask({"type": "sendToGroup", "group": "g", "data": number, "ackId": number})
        recovery = "/client/hubs/chat?awps_connection_id={}&awps_reconnection_token={}"
        back = self.connect_json(RELIABLE, target=recovery.format(
            cut.hello["connectionId"], urllib.parse.quote(cut.hello["reconnectionToken"])))
        self.assertEqual(back.hello["connectionId"], cut.hello["connectionId"])
        replayed = [back.receive_json() for _ in range(3)]
        self.assertEqual([(m["sequenceId"], m["data"]) for m in replayed], [(1, 0), (2, 1), (3, 2)])
        for target in (recovery.format(cut.hello["connectionId"], "wrong"),
                       recovery.format("none", "none").replace("chat", "nosuchhub")):
            self.assertEqual(self.connect(RELIABLE, target=target).wait_for_end(),
                             (1008, "The connection could not be recovered."))


class Families(WithEmulator):
    """Streams, invocations and group state."""

    def member(self, *roles, **rest):
        claims = {"role": ["webpubsub." + role for role in roles], "webpubsub.group": ["g"]}
        return self.connect_json(target=self.emulator.target(**claims), **rest)

    def test_a_stream_is_published_and_ends_for_both_sides(self):
        publisher, subscriber = self.member("sendToGroup"), self.member(subprotocol=RELIABLE)
        self.assertEqual(publisher.ask({"type": "sendToGroup", "group": "g", "noEcho": True, "stream": {"streamId": "s"}}),
                         {"type": "streamAck", "streamId": "s", "expectedSequenceId": 1})
        part = {"type": "streamData", "streamId": "s", "streamSequenceId": 1, "dataType": "text", "data": "part"}
        for _ in range(2):
            self.assertEqual(publisher.ask(part), {"type": "streamAck", "streamId": "s", "expectedSequenceId": 2})
        self.assertEqual(publisher.ask({**part, "streamSequenceId": 3})["type"], "streamNack")
        self.assertEqual(publisher.ask({"type": "streamEnd", "streamId": "s"}), {"type": "streamClosed", "streamId": "s"})
        self.assertEqual(publisher.ask(part)["error"]["name"], "StreamNotFound")
        got = [subscriber.receive_json() for _ in range(2)]
        self.assertEqual([(m["sequenceId"], m["data"], m["stream"]) for m in got], [
            (1, "part", {"streamId": "s", "streamSequenceId": 1}),
            (2, "", {"streamId": "s", "streamSequenceId": 2, "endOfStream": True})])

    def test_a_stream_ends_when_nothing_comes_and_when_its_publisher_goes(self):
        publisher, subscriber = self.member("sendToGroup"), self.member()
        for stream, idle, end in (("s", 50, lambda: publisher.receive_json()), ("t", 60_000, publisher.close)):
            publisher.ask({"type": "sendToGroup", "group": "g", "noEcho": True,
                           "stream": {"streamId": stream, "idleTimeoutMs": idle}})
            end()
            self.assertEqual(subscriber.receive_json()["stream"]["error"]["name"],
                             {"s": "IdleTimeout", "t": "Cancelled"}[stream])

    def test_invocations_of_echo_and_message_are_answered_with_their_payload(self):
        client = self.member()
        for name in ("echo", "message"):
            self.assertEqual(
                client.ask({"type": "invoke", "invocationId": name, "event": name, "dataType": "text", "data": "hi"}),
                {"type": "invokeResponse", "invocationId": name, "success": True, "dataType": "text", "data": "hi"})
        self.assertEqual(client.ask({"type": "invoke", "invocationId": "1", "event": "other", "data": [1]}),
                         {"type": "invokeResponse", "invocationId": "1", "success": True})
        client.send({"type": "cancelInvocation", "invocationId": "1"})
        self.assertEqual(client.ask({"type": "ping"}), {"type": "pong"})

    def test_group_state_is_watched_until_its_author_goes(self):
        author, watcher = self.member("setGroupState"), self.member("getGroupState", subprotocol=RELIABLE)
        set_state = {"type": "setGroupState", "group": "g", "state": {"k": "v"}, "ackId": 1}
        self.assertEqual(author.ask(set_state), {"type": "ack", "ackId": 1, "success": True})
        self.assertEqual(watcher.ask({"type": "subscribeGroupState", "group": "g", "ackId": 1}),
                         {"type": "ack", "ackId": 1, "success": True})
        snapshot = watcher.receive_json()
        self.assertEqual((snapshot["type"], snapshot["sequenceId"]), ("groupStateSnapshot", 1))
        author.close()
        update = watcher.receive_json()
        self.assertEqual((update["type"], update["sequenceId"]), ("groupStateUpdate", 2))
        before, = snapshot["items"]
        after, = update["items"]
        self.assertEqual(before["state"], {"k": "v"})
        self.assertAlmostEqual(before["updatedAt"] / 1000, time.time(), delta=PATIENCE)
        self.assertNotIn("state", after)
        self.assertEqual(after["connectionId"], author.hello["connectionId"])
        self.assertGreater(after["updatedAt"], before["updatedAt"])
        self.assertEqual(watcher.ask({**set_state, "ackId": 2})["error"]["name"], "Forbidden")


class BadFrames(WithEmulator):
    def check_close(self, client, code, reason):
        self.assertEqual(client.wait_for_end(), (code, reason))

    def test_a_binary_frame_of_a_json_client_closes_with_1003(self):
        client = self.connect_json()
        client.send(b"{}", BINARY)
        self.check_close(client, 1003, "The JSON subprotocol requires text messages.")

    def test_what_is_no_message_closes_with_1007(self):
        for text in ("garbage", "[]", '{"type":"joinGroup"}', '{"type":"nothing"}'):
            client = self.connect_json()
            client.send(text)
            self.check_close(client, 1007, INVALID_JSON)

    def test_text_that_is_not_utf8_closes_with_1007(self):
        for payload in (b"\xff", b'{"type":"ping","a":"\xc3\x28"}', b"\xe2\x82", b"\xed\xa0\x80"):
            client = self.connect_json()
            client.send(payload)
            self.check_close(client, 1007, INVALID_JSON)
        client = self.connect()
        client.send(b"\xff")
        self.check_close(client, 1007, "The client message is not valid UTF-8.")

    def test_a_message_that_is_too_long_closes_with_1009(self):
        too_large = "The client message is too large."
        for size in ((1 << 20) + 1, 3 << 20):
            client = self.connect_json()
            client.send(b" " * size)
            self.check_close(client, 1009, too_large)
        client = self.connect()
        for number in range(5):
            client.send(b" " * (1 << 18), BINARY if number == 0 else 0, final=False)
        self.check_close(client, 1009, too_large)
        client = self.connect()
        client.socket.sendall(struct.pack(">BBQ", 0x82, 255, 1 << 40) + b"\0\0\0\0" + b"x" * ((1 << 20) + 1))
        with self.assertRaises(Closed) as closed:
            client.receive()
        self.assertEqual((closed.exception.code, closed.exception.reason), (1009, too_large))
        self.assertEqual(client.input.read(), b"")

    def test_a_frame_that_breaks_websocket_closes_with_1002(self):
        for options in ({"masked": False}, {"reserved": 4}, {"opcode": 3}, {"opcode": 0},
                        {"opcode": PING, "final": False}, {"opcode": CLOSE, "payload": b"\x03\xed"},
                        {"opcode": PING, "payload": b"x" * 126}):
            with self.subTest(options):
                client = self.connect_json()
                client.send(**{"payload": b"{}", **options})
                self.check_close(client, 1002, "The client frame is invalid.")

    def test_a_bad_frame_behind_others_ends_the_connection_for_good(self):
        client = self.connect_json(RELIABLE)
        client.socket.sendall(frame(b'{"type":"ping"}') * 50 + frame(b"{}", reserved=4))
        self.assertEqual(client.wait_for_end()[0], 1002)
        recovery = (f"/client/hubs/chat?awps_connection_id={client.hello['connectionId']}"
                    f"&awps_reconnection_token={client.hello['reconnectionToken']}")
        self.assertEqual(self.connect(RELIABLE, target=recovery).wait_for_end()[0], 1008)

    def test_what_was_asked_before_a_bad_message_is_answered(self):
        client = self.connect_json()
        client.socket.sendall(b"".join(frame(json.dumps({"type": "joinGroup", "group": "g", "ackId": n}).encode())
                                       for n in range(50)) + frame(b"garbage"))
        self.assertEqual([client.receive_json()["ackId"] for _ in range(50)], list(range(50)))
        self.check_close(client, 1007, INVALID_JSON)


class Load(WithEmulator):
    claims = {"role": ["webpubsub.sendToGroup"], "webpubsub.group": ["g"]}

    def member(self, **rest):
        return self.connect_json(target=self.emulator.target(**self.claims), **rest)

    def sender(self):
        return self.connect_json(target=self.emulator.target(role="webpubsub.sendToGroup"))

    def test_a_member_that_does_not_read_is_dropped_and_nobody_waits_for_it(self):
        slow = self.member(receive_buffer=4096)
        member, sender = self.member(), self.sender()
        before = self.emulator.memory()
        message = frame(json.dumps({"type": "sendToGroup", "group": "g", "dataType": "text",
                                    "data": "x" * 32_000}).encode())
        count = 1500
        thread = threading.Thread(target=lambda: [sender.socket.sendall(message) for _ in range(count)])
        thread.start()
        peak = 0
        for _ in range(count):
            self.assertEqual(len(member.receive_json()["data"]), 32_000)
            peak = max(peak, self.emulator.memory())
        thread.join()
        # Replaying it here needs no more than what the kernel has of it: the connection is gone, without a close frame.
        received = 0
        with self.assertRaises((EOFError, ConnectionError)):
            while True:
                slow.receive()
                received += 1
        self.assertLess(received, count)
        self.assertEqual(member.ask({"type": "ping"}), {"type": "pong"})
        if not SANITIZED:
            self.assertLess(peak - before, 40 << 20)

    def test_a_burst_of_many_senders_does_not_outrun_a_member_that_reads(self):
        member = self.member()
        senders = [self.sender() for _ in range(8)]
        message = frame(b'{"type":"sendToGroup","group":"g","dataType":"text","data":"x"}')
        threads = [threading.Thread(target=s.socket.sendall, args=(message * 1000,)) for s in senders]
        for thread in threads:
            thread.start()
        for _ in range(8 * 1000):
            self.assertEqual(member.receive_json()["data"], "x")
        for thread in threads:
            thread.join()


class Anonymous(WithEmulator):
    options = ("--allow-anonymous",)

    def test_clients_without_a_token_are_let_in_and_may_do_nothing_else(self):
        client = self.connect_json(target="/client/hubs/chat")
        self.assertEqual(client.ask({"type": "joinGroup", "ackId": 1, "group": "g"})["error"]["name"], "Forbidden")
        self.assertEqual(self.refusal("/client/hubs/chat?access_token=junk"), 401)

    def test_there_is_a_limit_to_the_hubs(self):
        for number in range(100):
            with Client(self.emulator, f"/client/hubs/h{number}"):
                pass
        self.assertEqual(self.refusal("/client/hubs/h100"), 503)
        self.connect(target="/client/hubs/h99")


class Log(WithEmulator):
    options = ("--log", "frames")

    def test_every_frame_has_a_line_with_its_meaning_and_without_secrets(self):
        client = self.connect_json(RELIABLE)
        client.ask({"type": "joinGroup", "group": "a\nb", "ackId": 1})
        client.send("\x1b[31mgarbage\n")
        client.wait_for_end()
        with Client(self.emulator) as simple:
            simple.send("access_token=secret&x=1")
            simple.receive()
            simple.send(b"\x00", BINARY)
            simple.receive()
        self.emulator.stop()
        log = "".join(self.emulator.log)
        prefix = r"(?m)^\d\d:\d\d:\d\d\.\d{3} chat " + client.hello["connectionId"]
        for line in (
                rf" open /client/hubs/chat\?access_token=REDACTED # {RELIABLE}$",
                r' -> \{.*"reconnectionToken":"REDACTED"\} # system/connected .*\(secret\)$',
                r' <- \{"type": "joinGroup", "group": "a\\nb", "ackId": 1\} # joinGroup group="a\.b" ackId=1$',
                r' -> \{"type":"ack","ackId":1,"success":true\} # ack ackId=1 success$',
                r" <- \\x1b\[31mgarbage\\x0a # not a message: .*$",
                rf" -> close 1007 # {INVALID_JSON}$",
                r" end \d+.*$"):
            self.assertRegex(log, prefix + line)
        for line in (r"open .* # no subprotocol", r"<- access_token=REDACTED&x=1 # text",
                     r"-> \(1 bytes\) # binary", r"end 1006"):
            self.assertRegex(log, r"(?m) chat [0-9a-f]{32} " + line + "$")
        self.assertNotIn(client.hello["reconnectionToken"], log)
        self.assertNotIn("secret&", log)
        self.assertNotIn(self.emulator.url.split("access_token=")[1], log)


@unittest.skipUnless(shutil.which("openssl"), "SKIPPED: there is no openssl to make a certificate with")
class Tls(unittest.TestCase):
    def test_clients_and_urls_are_those_of_https(self):
        with tempfile.TemporaryDirectory() as folder:
            key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
                            "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                            certificate], check=True, capture_output=True)
            emulator = Emulator("--tls-cert", certificate, "--tls-key", key)
            try:
                self.check(emulator, ssl.create_default_context(cafile=certificate))
            finally:
                ended = emulator.stop()
            self.assertEqual(ended, (0, ""))

    def check(self, emulator, tls):
        self.assertEqual(emulator.lines[0], f"listening on https://127.0.0.1:{emulator.port}")
        self.assertTrue(emulator.url.startswith(f"wss://127.0.0.1:{emulator.port}/client/hubs/chat?access_token="))
        with Client(emulator, tls=tls) as simple:
            for payload in (b"hello", b"x" * (1 << 20)):
                simple.send(payload, BINARY)
                self.assertEqual(simple.receive(), (BINARY, payload))
        with self.assertRaises(Refused) as refused:
            Client(emulator, "/client/hubs/chat", tls=tls)
        self.assertEqual(refused.exception.status, 401)
        with Client(emulator, subprotocol=JSON, tls=tls) as client:
            self.assertEqual(client.receive_json()["event"], "connected")
            client.send(b"\xff")
            self.assertEqual(client.wait_for_end(), (1007, INVALID_JSON))
        with socket.create_connection(("127.0.0.1", emulator.port), PATIENCE) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while plain.recv(1000):
                pass
        self.burst(emulator, tls)

    def burst(self, emulator, tls):
        claims = {"role": ["webpubsub.sendToGroup"], "webpubsub.group": ["g"]}
        message = frame(b'{"type":"sendToGroup","group":"g","dataType":"text","data":"x","noEcho":true}')
        with Client(emulator, emulator.target(**claims), JSON, tls=tls) as member, \
                Client(emulator, emulator.target(role="webpubsub.sendToGroup"), JSON, tls=tls) as sender:
            member.receive_json()
            thread = threading.Thread(target=sender.socket.sendall, args=(message * 4000,))
            thread.start()
            for _ in range(4000):
                self.assertEqual(member.receive_json()["data"], "x")
            thread.join()


if __name__ == "__main__":
    EMULATOR = sys.argv.pop(1)
    result = unittest.main(verbosity=2, exit=False).result
    # 77 is for ctest to say that something was skipped.
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
