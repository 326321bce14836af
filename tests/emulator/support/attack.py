# SPDX-License-Identifier: MIT
"""Sends malformed input over many connections at once and checks what comes of each piece of it."""

import collections
import importlib.util
import itertools
import json
import pathlib
import re
import socket
import struct

from .framing import Reading
from .websocket import BINARY, CLOSE, PONG, TEXT, Client, Closed, Connection, frame, mask, read_response

VECTORS = pathlib.Path(__file__).parents[2] / "vectors"
ROLES = ["webpubsub." + role for role in ("joinLeaveGroup", "sendToGroup", "setGroupState", "getGroupState")]


def load_reference():
    """The second implementation of the protocol: what it makes of a frame is what the emulator has to make of it."""
    spec = importlib.util.spec_from_file_location("reference", VECTORS / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


reference = load_reference()


def samples(encoding):
    """A frame for each kind of message, and more."""
    with open(VECTORS / "messages" / "client.jsonl", encoding="utf-8") as file:
        frames = [json.loads(line)[encoding] for line in file]
    return [text.encode() if encoding == "json" else bytes.fromhex(text) for text in frames]


def answers(message):
    """What a client must be sent for a message that was taken."""
    kind, ack = message["kind"], message.get("ackId")
    # For half of a surrogate pair; a message that has one, and no ack id, is dropped.
    if kind.startswith("stream") and "\ufffd" in json.dumps(message, ensure_ascii=False):
        return []
    if kind == "streamStart":
        return [("stream", message["stream"]["streamId"])]
    if kind in ("streamData", "streamEnd"):
        return [("stream", message["streamId"])]
    if kind == "invoke":
        return [("invokeResponse", message["invocationId"])]
    return [("pong",)] if kind == "ping" else [] if ack is None else [("ack", ack)]


def answer_of(message):
    kind = message["kind"]
    if kind in ("streamAck", "streamNack", "streamClosed"):
        return "stream", message["streamId"]
    return {"ack": lambda: (kind, message["ackId"]), "pong": lambda: (kind,),
            "invokeResponse": lambda: (kind, message["invocationId"])}.get(kind, lambda: None)()


# Where the emulator and the reference may differ: a dataType without data; exponents that a JSON parser does not count;
# in protobuf tags of more than 32 bits, and a keep-alive of a stream with a payload of no known kind.
UNCLEAR = {"json": re.compile(rb"[eE][+-]?\d{9}"), "protobuf": re.compile(rb"[eE][+-]?\d{9}|[\x80-\xff]{4}[\x10-\x7f]")}


# A half of a surrogate pair may stand in a key of metadata, where its replacement may not.
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def is_unclear(encoding, payload, message):
    if UNCLEAR[encoding].search(payload):
        return True
    if encoding == "json":
        values = json.loads(payload)
        return "data" not in values and values.get("dataType") not in (None, "text", "json", "binary", "protobuf")
    return message["kind"] == "streamKeepAlive" and b"\x1a" in payload


def has_wrong_json(message):
    """In protobuf, where a reader of nothing but protobuf would not look; to a hub with JSON clients it matters."""
    data = message.get("data", {})
    if data.get("dataType") != "json":
        return False
    event = b'{"type":"event","event":"e","data":' + data["json"].encode() + b"}"
    return reference.meaning("upstream", "json", event) == "refused"


class Attempt:
    """Bytes, and what may come of them: one of these close codes, or these answers and a connection that works."""

    def __init__(self, data, codes, expected):
        self.data, self.codes, self.expected = data, codes, expected


class Lane:
    """One connection after another, in a hub of its own."""

    probes = itertools.count(1 << 50)

    def __init__(self, emulator, name, encoding):
        self.emulator, self.encoding = emulator, encoding
        self.target = emulator.target(name, role=ROLES, exp=1 << 40)
        self.opcode = TEXT if encoding == "json" else BINARY
        self.client = None

    def judge(self, payload):
        """The answers that a message gets; None where it is refused."""
        message = reference.meaning("upstream", self.encoding, payload)
        if message == "refused" and self.encoding == "json":
            if reference.meaning("upstream", "json", SURROGATE.sub(b"x", payload)) != "refused":
                self.unclear = True
                return []
        if message == "refused" or (self.encoding == "protobuf" and has_wrong_json(message)):
            return None
        self.unclear = self.unclear or is_unclear(self.encoding, payload, message)
        return answers(message)

    def message(self, payload):
        self.unclear = False
        expected = self.judge(payload)
        return Attempt(frame(payload, self.opcode), (1007,) if self.unclear or expected is None else (), expected)

    def frames(self, data):
        """The data, and what is missing to the end of its last frame: spaces where that is a message's."""
        self.unclear = False
        reading, parts = Reading(self.judge), [data]
        reading.feed(data)
        while (size := min(reading.missing(), 1 << 18)) > 0:
            key, at = reading.frame[3:] if reading.frame else (bytes(4), 0)
            parts.append(mask(b" " * size, key[at % 4:] + key[:at % 4]) if reading.frame else bytes(size))
            reading.feed(parts[-1])
        # Where a message has begun and has not ended, the next one is wrong.
        codes = reading.codes or ((1002,) if reading.message else ())
        return Attempt(b"".join(parts), codes + ((1007,) if self.unclear else ()), None if codes else reading.answers)

    def start(self, attempt):
        if self.client is None:
            self.client = Client(self.emulator, self.target, f"{self.encoding}.webpubsub.azure.v1")
        number = str(next(self.probes))
        self.probe = "ack", number
        probe = {"kind": "joinGroup", "group": "probe", "ackId": number}
        write = reference.write_json if self.encoding == "json" else reference.write_protobuf
        written = write(probe)
        written = written.encode() if isinstance(written, str) else written
        self.client.socket.sendall(attempt.data + frame(written, self.opcode))

    def finish(self, attempt):
        try:
            received = self.receive_until_probe()
        except Closed as closed:
            assert closed.code in attempt.codes, f"closed with {closed} instead of {attempt.codes} {attempt.expected}"
            self.end(closed.code)
            return "refused"
        assert attempt.expected is not None, f"not closed with {attempt.codes}"
        missing = collections.Counter(attempt.expected) - received
        assert not missing, f"no answers {missing}"
        return "valid"

    def receive_until_probe(self):
        received = collections.Counter()
        while True:
            opcode, payload = self.client.receive()
            if opcode == PONG:
                received["WebSocket pong", payload] += 1
                continue
            assert opcode == self.opcode, f"opcode {opcode}"
            message = reference.meaning("downstream", self.encoding, payload)
            assert message != "refused" and message["kind"] != "unknown", f"the emulator wrote {payload!r}"
            answer = answer_of(message)
            if answer == self.probe:
                return received
            received[answer] += 1

    def end(self, code):
        try:
            self.client.send(struct.pack(">H", code) if code else b"", CLOSE)
            # What came before need not be whole, and then the close frame is part of it.
            self.client.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        assert self.client.input.read() == b"", "more comes after the close frame"
        self.close()

    def close(self):
        if self.client is not None:
            self.client.close()
        self.client = None


class Door:
    """A lane for requests to upgrade, each on a connection of its own."""

    def __init__(self, emulator):
        self.emulator, self.client = emulator, None

    def request(self, data):
        # A parser may wait for a version of eight characters, as there is in every request that is one.
        more = b"" if b"\r\n" in data[:data.index(b"\r\n\r\n")] else b"\r\n" * 4
        return Attempt(data + more, (), None)

    def start(self, attempt):
        self.client = Connection(self.emulator, attempt.data)

    def finish(self, _):
        status, headers, _ = read_response(self.client.input)
        if status == 101:
            self.check_open(headers.get("sec-websocket-protocol"))
        else:
            assert 400 <= status < 500, f"HTTP status {status}"
            assert self.client.input.read() == b"", "more comes after a refusal"
        self.close()
        return "valid" if status == 101 else "refused"

    def check_open(self, subprotocol):
        if subprotocol is None:
            self.client.send("probe")
            assert self.client.receive() == (TEXT, b"probe")
        else:
            assert self.client.receive_json()["event"] == "connected"
            assert self.client.ask({"type": "ping"}) == {"type": "pong"}

    def close(self):
        if self.client is not None:
            self.client.close()
        self.client = None


def run(lanes, make_attempt, count):
    """How often which outcome came of `count` attempts; the first that is wrong is told with its bytes."""
    outcomes = collections.Counter()
    for first in range(0, count, len(lanes)):
        under_way = [(lane, make_attempt(lane)) for lane in lanes[:count - first]]
        for lane, attempt in under_way:
            lane.start(attempt)
        for number, (lane, attempt) in enumerate(under_way, first):
            try:
                outcomes[lane.finish(attempt)] += 1
            except (AssertionError, OSError, EOFError) as wrong:
                raise AssertionError(f"number {number}, {attempt.data[:3000]!r}: {wrong!r}") from wrong
    for lane in lanes:
        lane.close()
    return outcomes
