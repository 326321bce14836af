# SPDX-License-Identifier: MIT
"""Clients that ask for more than they may have. Each function is one of them, and fails if it gets away with it, or
gets less than it is due."""

import contextlib
import json
import socket
import struct
import threading
import time

from .process import PATIENCE
from .websocket import BINARY, PING, PONG, TEXT, Client, Closed, Connection, frame, upgrade_request

JSON = "json.webpubsub.azure.v1"
ROLES = ["webpubsub." + role for role in ("joinLeaveGroup", "sendToGroup", "setGroupState")]
# Of a hub whose application never answers. It pings often, for that is how it learns of the end of clients that it does
# not read.
SILENT = "silent"
HUB_CONFIG = {"hubs": {SILENT: {"eventHandlers": [{"userEventPattern": "*", "answer": "none"}],
                                "webSocketKeepAliveIntervalInSeconds": PATIENCE / 5}}}


def connect(emulator, hub="floods", **rest):
    client = Client(emulator, emulator.target(hub, role=ROLES), JSON, **rest)
    assert client.receive_json()["event"] == "connected"
    return client


def encoded(message):
    return frame(json.dumps(message).encode())


def ask(client, messages):
    """The answers, read in time for the queue of the emulator not to be full."""
    answers = []
    for first in range(0, len(messages), 500):
        part = messages[first:first + 500]
        client.socket.sendall(b"".join(map(encoded, part)))
        answers += [client.receive_json() for _ in part]
    return answers


def is_refused(answer):
    return (answer.get("error") or {}).get("name") == "BadRequest"


def check_refusals(answers, allowed):
    assert [is_refused(answer) for answer in answers] == [n >= allowed for n in range(len(answers))], answers


def send_without_reading(client, data, size):
    """So much, or until the connection is cut."""
    with contextlib.suppress(ConnectionError):
        for _ in range(0, size, len(data)):
            client.socket.sendall(data)


def end_of(client):
    """The close code, if there was room for a close frame."""
    try:
        while True:
            client.receive()
    except Closed as closed:
        return closed.code
    except (EOFError, ConnectionError):
        return None


# A receive buffer smaller than the usual one would bring TCP itself to a standstill here: Linux does not take a window
# update from a segment that it has no room for.

def pings_whose_answers_nobody_reads(emulator):
    with connect(emulator) as client:
        send_without_reading(client, encoded({"type": "ping"}) * 1000, 200 << 20)
        assert end_of(client) in (1008, None)


def echoes_that_nobody_reads(emulator):
    event = {"type": "event", "event": "echo", "dataType": "text", "data": "x" * 500_000}
    with connect(emulator) as client:
        send_without_reading(client, encoded(event), 100 << 20)
        assert end_of(client) in (1008, None)


def messages_that_a_member_does_not_read(emulator):
    message = encoded({"type": "sendToGroup", "group": "unread", "noEcho": True, "dataType": "text",
                       "data": "x" * 30_000})
    with connect(emulator, receive_buffer=4096) as member, connect(emulator) as sender:
        assert member.ask({"type": "joinGroup", "group": "unread", "ackId": 1})["success"]
        for _ in range(50):
            sender.socket.sendall(message * 20)
            assert sender.ask({"type": "ping"}) == {"type": "pong"}
        time.sleep(PATIENCE / 3)
        assert end_of(member) in (1008, None)
        assert sender.ask({"type": "ping"}) == {"type": "pong"}


def pings_whose_answers_are_read(emulator):
    with connect(emulator) as client:
        assert ask(client, [{"type": "ping"}] * 20_000) == [{"type": "pong"}] * 20_000


def websocket_pings(emulator):
    with connect(emulator) as client:
        thread = threading.Thread(target=client.socket.sendall, args=(frame(b"x" * 100, PING) * 20_000,))
        thread.start()
        for _ in range(20_000):
            assert client.receive_but_pings() == (PONG, b"x" * 100)
        thread.join()
    with connect(emulator) as client:
        client.socket.settimeout(0.5)
        with contextlib.suppress(socket.timeout):
            client.socket.sendall(frame(b"x" * 100, PING) * 300_000)


def messages_without_an_end(emulator):
    for size in ((1 << 20) + 1, 1 << 40, (1 << 64) - 1):
        with connect(emulator) as client:
            client.socket.sendall(struct.pack(">BBQ", 0x81, 255, size) + bytes(4) + b" " * ((1 << 20) + 1))
            assert end_of(client) == 1009
    with connect(emulator) as client:
        part = frame(b" " * 60_000, 0, final=False)
        client.socket.sendall(frame(b" ", TEXT, final=False) + part * 20)
        assert end_of(client) == 1009


def messages_in_small_parts(emulator):
    with Client(emulator, emulator.target("floods")) as simple:
        for part, count in ((b"x", 50_000), (b"", 100_000)):
            simple.send(b"begin", BINARY, final=False)
            simple.socket.sendall(frame(part, 0, final=False) * count)
            simple.send(b"end", 0)
            assert simple.receive_but_pings() == (BINARY, b"begin" + part * count + b"end")


def join(number):
    return {"type": "joinGroup", "group": f"g{number}", "ackId": number}


def groups(emulator):
    with connect(emulator) as client:
        check_refusals(ask(client, [join(n) for n in range(10_050)]), 10_000)


def group_states(emulator):
    with connect(emulator) as client:
        ask(client, [join(n) for n in range(120)])
        state = {"type": "setGroupState", "state": {"k": "v" * 500}}
        check_refusals(ask(client, [{**state, "group": f"g{n}", "ackId": 200 + n} for n in range(120)]), 100)


def streams(emulator):
    with connect(emulator) as client:
        start = {"type": "sendToGroup", "group": "g"}
        check_refusals(ask(client, [{**start, "stream": {"streamId": str(n)}} for n in range(150)]), 100)
        answers = ask(client, [{"type": "streamEnd", "streamId": str(n)} for n in range(100)])
        assert not any("error" in answer for answer in answers)


def invocations(emulator):
    with connect(emulator, SILENT) as client:
        invoke = {"type": "invoke", "event": "e"}
        for n in range(100):
            client.send({**invoke, "invocationId": str(n)})
        check_refusals(ask(client, [{**invoke, "invocationId": "x" * n} for n in range(1, 500)]), 0)
        client.send({"type": "cancelInvocation", "invocationId": "0"})
        client.send({**invoke, "invocationId": "0"})
        assert client.ask({"type": "ping"}) == {"type": "pong"}


def requests_behind_an_event(emulator):
    """They are not read any more when too many wait."""
    large = encoded({"type": "event", "event": "e", "dataType": "text", "data": "x" * 1_000_000})
    for requests in (encoded({"type": "joinGroup", "group": "g"}) * 1000, large):
        with connect(emulator, SILENT) as client:
            client.send({"type": "event", "event": "e", "data": 1})
            client.socket.settimeout(PATIENCE / 10)
            try:
                for _ in range(0, 100 << 20, len(requests)):
                    client.socket.sendall(requests)
                raise AssertionError("100 MiB of requests were read")
            except socket.timeout:
                pass


def recoveries_of_nothing(emulator):
    for n in range(200):
        target = f"/client/hubs/floods{n}?awps_connection_id={n:032x}&awps_reconnection_token={n:064x}"
        with Client(emulator, target, JSON) as client:
            assert end_of(client) == 1008


def connections_that_are_reset(emulator):
    request = upgrade_request(emulator.target("floods"), JSON)
    for n in range(400):
        connection = Connection(emulator, request[:(0, 10, len(request) - 1, len(request))[n % 4]])
        if n % 8 == 7:
            connection.input.read(1)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def handshakes_that_do_not_end(emulator):
    request = upgrade_request(emulator.target("floods"), JSON)
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(Connection(emulator, request[:size]))
                  for size in (0, 1, 20, len(request) - 1) for _ in range(100)]
        with connect(emulator) as client:
            assert client.ask({"type": "ping"}) == {"type": "pong"}
        for connection in silent:
            assert connection.input.read() == b"", "there is an answer to half a request"
    assert time.monotonic() - started > 4


ALL = [pings_whose_answers_nobody_reads, echoes_that_nobody_reads, messages_that_a_member_does_not_read,
       pings_whose_answers_are_read, websocket_pings, messages_without_an_end, messages_in_small_parts, groups,
       group_states, streams, invocations, requests_behind_an_event, recoveries_of_nothing, connections_that_are_reset,
       handshakes_that_do_not_end]
